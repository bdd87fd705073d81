#!/bin/bash
# A raw capture that was pruned is pruned and nothing worse, with its signed
# tombstone; one that merely disappeared is missed, and so is one that came back
# changed.  What a verdict cites stays, and stays trusted.
. tests/netns/lib.sh

daemon_conf <<-END
	prune: {after: 30d}
END
bench_start
ctl key show --public >"$dir/bench.pem"
# A run whose worker is killed: it has a capture, and no verdict with a frame.
barren_run() {
	run_begin
	await 20 run_is_testing
	kill -KILL "$(pid_of worker)"
	run_end
}
verifies() {
	local want=$1 status=0
	shift
	ctl verify "$@" --trust "$dir/bench.pem" >"$dir/out" 2>&1 || status=$?
	same "$status" "$want" "exit status of verify $*: $(cat "$dir/out")"
}
says() { has_line "$dir/out" "$1" || fail "it does not say $1: $(cat "$dir/out")"; }
captures=$dir/state/captures/wired0
files() { all_records | jq -r 'select(.type == "manifest") | .captures[].file'; }

scenario_of '- probe: tcp.ports' '  with: {addresses: ipv4}'
barren_run
barren=$(run_number)
mapfile -t barren_files < <(files)
barren_run
lost=$(run_number)
mapfile -t lost_files < <(files)
scenario_of '- probe: tcp.ports' '  with: {addresses: ipv4, ports: 1-100}'
run_whole
cited=$(run_number)
verifies 0 "$barren"
verifies 0 "$lost"
verifies 0 "$cited"
ctl bundle "$barren" -o "$dir/before.tar" --captures >>"$dir/run.log"
verifies 0 "$dir/before.tar"

# Gone with nothing said.
mv "$captures/${lost_files[0]}" "$dir/lost.pcapng"
verifies 1 "$lost"
says 'it is missing, and has no tombstone'
# Back, but not as it was.
cp "$dir/lost.pcapng" "$captures/${lost_files[0]}"
chmod 640 "$captures/${lost_files[0]}"
size=$(stat -c %s "$dir/lost.pcapng")
printf 'X' | dd of="$captures/${lost_files[0]}" bs=1 seek=$((size / 2)) conv=notrunc status=none
chown --reference="$dir/lost.pcapng" "$captures/${lost_files[0]}"
verifies 1 "$lost"
says 'it is not the capture that the manifest names'
cp "$dir/lost.pcapng" "$captures/${lost_files[0]}"
verifies 0 "$lost"

# Pruned by the bench.
for f in "$captures"/*; do touch -h -d "40 days ago" "$f"; done

ctl prune >>"$dir/run.log"
is_pruned() { [ ! -e "$captures/${barren_files[0]}" ]; }
await 20 is_pruned
verifies 2 "$barren"
says 'pruned: intact but for captures'
says 'its tombstone is good'
verifies 0 "$cited"
ctl bundle "$barren" -o "$dir/after.tar" --captures >>"$dir/run.log"
bench_stop
verifies 2 "$dir/after.tar"
says 'pruned'
verifies 0 "$dir/before.tar"
