#!/bin/bash
# Raw captures that nothing speaks for go, and leave a tombstone that openssl
# verifies; what a verdict cites stays under a ceiling of 1 MiB, what is held
# stays, and a crash between tombstone and file is made good.
. tests/netns/lib.sh
command -v sqlite3 >/dev/null || skip "sqlite3 is not there"

captures=$dir/state/captures/wired0
report() { ctl --json prune "$@" >"$dir/prune.json"; }
why_of() { jq -r --arg f "wired0/$1" '.files[] | select(.file == $f) | .why' "$dir/prune.json"; }
goes() { jq -r '.files[] | select(.goes) | .file' "$dir/prune.json"; }
store_says() { sqlite3 -readonly "$dir/state/store/assay.db" "$1"; }
manifest_of() { store_says "SELECT CAST(bytes AS TEXT) FROM record WHERE type = 'manifest' AND run = $1"; }
files_of() { manifest_of "$1" | jq -r '.captures[].file'; }
# A run whose worker is killed: it has a file, and no verdict with a frame.
barren_run() {
	run_begin
	await 20 run_is_testing
	kill -KILL "$(pid_of worker)"
	run_end
}
old() { touch -h -d '40 days ago' "$captures/$1"; }

daemon_conf <<-END
	prune: {after: 30d}
END
device_start
daemon_start
await 20 segment_is_up
device_addressed
device_add
await 20 bench_knows_addresses 4

scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole
same "$run_status" 0 "exit status of the run"
cited=$(run_number)
mapfile -t cited_files < <(files_of "$cited")
[ "${#cited_files[@]}" -ge 1 ] || fail "the manifest names no file"
for f in "${cited_files[@]}"; do
	sum=$(sha256sum "$captures/$f" | cut -d ' ' -f 1)
	manifest_of "$cited" | jq -e --arg f "$f" --arg s "$sum" \
	    'any(.captures[]; .file == $f and .sha256 == $s and .frames > 0)' \
	    >/dev/null || fail "the manifest does not name $f by its SHA-256"
done
barren_run
held=$(run_number)
mapfile -t held_files < <(files_of "$held")
barren_run
barren=$(run_number)
mapfile -t idle_files < <(files_of "$barren")
barren_run # so that none of these is the newest
[ "${#held_files[@]}" -ge 1 ] && [ "${#idle_files[@]}" -ge 1 ] ||
    fail "a run without a file: ${held_files[*]} / ${idle_files[*]}"

# Nothing is old: nothing goes.
report
same "$(goes)" "" "what goes while all is new"
same "$(why_of "${cited_files[0]}")" cited "what keeps a cited file"
for f in "$captures"/*.pcapng; do old "${f##*/}"; done
ctl hold "$held" --reason "a question is open" >"$dir/out"
ctl --json holds | jq -e --arg n "run/$held" \
    '[.holds[].name] == [$n] and .holds[0].reason == "a question is open"' >/dev/null ||
    fail "the hold is not listed"
! ctl hold 999999 2>"$dir/err" || fail "a run that is not there is held"

# Said, and not done.
report --dry-run
same "$(why_of "${cited_files[0]}")" cited "an old cited file"
same "$(why_of "${held_files[0]}")" held "an old held file"
same "$(why_of "${idle_files[0]}")" age "an old file"
[ -e "$captures/${idle_files[0]}" ] || fail "a dry run removed a file"
gone=${idle_files[0]}
sum=$(sha256sum "$captures/$gone" | cut -d ' ' -f 1)
cp -p "$captures/$gone" "$dir/kept.pcapng"
cp -p "$captures/${gone%.pcapng}.idx" "$dir/kept.idx"

# Done, with a tombstone.
report
same "$(why_of "$gone")" age "what went"
[ ! -e "$captures/$gone" ] || fail "$gone is still there"
for f in "${cited_files[@]}" "${held_files[@]}"; do
	[ -e "$captures/$f" ] || fail "$f is gone"
done
ctl status >"$dir/out"
has_line "$dir/out" '^captures [0-9]+ files, .*; kept for 720 h; pruned [1-9]' ||
    fail "status: $(cat "$dir/out")"

tombstone=$dir/tombstone.json
of_file="FROM tombstone_signature WHERE file = 'wired0/$gone'"
store_says "SELECT statement $of_file" | tr -d '\n' >"$tombstone"
store_says "SELECT hex(sig) $of_file" >"$dir/sig.hex"
jq -e --arg f "wired0/$gone" --arg s "$sum" '.file == $f and .sha256 == $s and
    .reason == "age" and .type == "tombstone" and .v == 1 and .frames > 0 and
    .bench == "bench-test"' "$tombstone" >/dev/null || fail "tombstone: $(cat "$tombstone")"
ctl --json key show | jq -r .public >"$dir/bench.pem"
unhex() { # shellcheck disable=SC2059
	printf "$(sed 's/../\\x&/g')"
}
tr -d '\n' <"$dir/sig.hex" | unhex >"$dir/sig"
{
	printf 'assay 1 tombstone\0'
	sha256sum "$tombstone" | cut -d ' ' -f 1 | tr -d '\n' | unhex
} >"$dir/signed"
openssl pkeyutl -verify -rawin -pubin -inkey "$dir/bench.pem" -in "$dir/signed" \
    -sigfile "$dir/sig" >"$dir/out" || fail "openssl does not verify the tombstone"

# The run without it is whole but for that; one with all its files is intact.
status=0
ctl verify "$barren" --trust "$dir/bench.pem" >"$dir/out" 2>&1 || status=$?
same "$status" 2 "exit status of verify: $(cat "$dir/out")"
has_line "$dir/out" 'pruned' || fail "verify: $(cat "$dir/out")"
ctl verify "$cited" --trust "$dir/bench.pem" >"$dir/out" || fail "verify: $(cat "$dir/out")"

# Killed between tombstone and unlink: the file lies there again when the next
# life begins, and goes; one of the same name with other bytes does not.
put_back() { # FILE INDEX
	cp "$1" "$captures/$gone"
	cp "$2" "$captures/${gone%.pcapng}.idx"
	chown --reference="$captures/${cited_files[0]}" "$captures/$gone" \
	    "$captures/${gone%.pcapng}.idx"
}
is_removed() { [ ! -e "$captures/$gone" ]; }
put_back "$dir/kept.pcapng" "$dir/kept.idx"
kill -KILL "$(pid_of engine)" "$(pid_of capture)"
await 20 is_removed
await 20 daemon_answers
for f in "${cited_files[@]}" "${held_files[@]}"; do
	[ -e "$captures/$f" ] || fail "$f is gone"
done
put_back "$captures/${cited_files[0]}" "$captures/${cited_files[0]%.pcapng}.idx"
await 20 segment_is_up
report
! is_removed || fail "a file was removed by a tombstone of another"
rm -f "$captures/$gone" "$captures/${gone%.pcapng}.idx"

# Released, it goes, too; and no ceiling takes what is cited.
ctl release "$held" >"$dir/out"
report
[ ! -e "$captures/${held_files[0]}" ] || fail "${held_files[0]} is still there"
daemon_stop
sed -i 's/^prune: .*/prune: {disk: 1MiB}/' "$dir/assayd.yaml"
daemon_start
await 20 segment_is_up
report
for f in "${cited_files[@]}"; do
	[ -e "$captures/$f" ] || fail "$f is gone"
	same "$(why_of "$f")" cited "what keeps $f"
done
jq -e '.over > 0 and .disk == 1048576' "$dir/prune.json" >/dev/null ||
    fail "it does not say that it is over the ceiling"
ctl status >"$dir/out"
has_line "$dir/out" 'OVER THE CEILING' || fail "status: $(cat "$dir/out")"
has_line "$dir/daemon.log" 'bytes over their ceiling' || fail "the log does not say it"
bench_stop
