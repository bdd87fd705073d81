# A day of runs (GROWTH=20 an hour), hour by hour without the waiting: nothing grows but what runs leave.
# shellcheck shell=bash disable=SC2154
. tests/bench/tcp.sh
needs nmap ethtool nft jq ping

# A simulated hour: runs of every end (passed, cancelled, its worker killed),
# the device registered anew with another firmware, the files an hour older,
# and the hourly look at what may go.  Prune is of two hours.
captures=

# Lines "ROLE KB DESCRIPTORS" of the daemon's processes, by their start, and of
# a client that watches all the day.
sizes() {
	local pid role
	for pid in $(pgrep -f '(^|/)assayd( |$)') "$watcher"; do
		role=$(tr '\0' ' ' <"/proc/$pid/cmdline" | sed -n 's/.*-x \([a-z]*\).*/\1/p')
		[ "$pid" != "$watcher" ] || role=client
		echo "${role:-warden} $(awk '$1 == "Rss:" { print $2 }' "/proc/$pid/smaps_rollup") $(find "/proc/$pid/fd" -mindepth 1 | wc -l)"
	done
}
# Lines "WHAT BYTES": the store, its log, raw captures, slices.
disk() {
	local state=$dir/part$number/state
	echo "store $(stat -c %s "$state/store/assay.db")"
	echo "log $(stat -c %s "$state/store/assay.db-wal")"
	echo "captures $(cat "$captures"/*.pcapng "$captures"/*.idx | wc -c)"
	echo "slices $(find "$state/evidence" -type f -exec cat {} + | wc -c)"
}
one_port() { ctl --json probe dut tcp.ports addresses=ipv4 ports=80 "$@"; }
worker_is_there() { pgrep -f '(^|/)assay-worker( |$)'; }
# A run that is ended in its midst.
broken_run() { # broken_run COMMAND…
	ctl --json probe dut tcp.ports addresses=ipv4 max_pps=100 >"$dir/broken.jsonl" 2>>"$dir/ours.log" &
	local client=$!
	await 10 worker_is_there
	"$@"
	wait "$client" || true
}
cancel_newest() { ctl cancel "$(ctl --json runs | jq -rn '[inputs | .. | .run? // empty | numbers] | max')" >/dev/null; }
kill_worker() { pkill -KILL -f '(^|/)assay-worker( |$)'; }
hour() { # hour NUMBER RUNS
	local i f
	for ((i = 2; i < $2; i++)); do
		one_port >/dev/null 2>"$dir/ours.log" || true
	done
	broken_run cancel_newest
	broken_run kill_worker
	sed -i "s/^firmware: .*/firmware: \"$1\"/" "$dir/profile.yaml"
	ctl device add dut --mac "$mac" --profile "$dir/profile.yaml" >/dev/null || die "device add"
	for f in "$captures"/*.pcapng; do touch -r "$f" -d '-1 hour' "$f"; done
	ctl --json prune >"$dir/prune.json" || die "prune"
	pruned=$((pruned + $(jq '.pruned' "$dir/prune.json")))
}
ring_is_narrow() { [ "$("$build/tests/bench/resident" "$(pgrep -f -- '-x capture')" | cut -d ' ' -f 2)" -lt 16384 ]; }
nobody_is_at_work() {
	! worker_is_there && [ "$(pgrep -fc '(^|/)assayd -c ')" = 1 ]
}
# measure_at NAME: behind a run the wide ring is given back; then what there is.
measure_at() {
	await 70 ring_is_narrow
	await 20 nobody_is_at_work
	sizes >"$dir/sizes-$1"
	disk >"$dir/disk-$1"
}
# Nothing that prune is to take is there any more, and nothing has gone that a
# verdict cites: what stays, stays for a reason.
captures_are_kept_for_a_reason() {
	ctl --json prune --dry-run >"$dir/prune.json" || die "prune"
	jq -re '.files | group_by(.why) | map("\(.[0].why) \(length)") | join(", ")' "$dir/prune.json"
	jq -e 'all(.files[]; .goes | not)' "$dir/prune.json" >/dev/null || short "captures are there that were to go"
	[ "$pruned" -gt 0 ] || short "nothing was pruned"
}
shown_processes() {
	paste "$dir/sizes-begin" "$dir/sizes-middle" "$dir/sizes-end" | awk '{
		printf "    %-9s %6d kB, then %6d, then %6d; descriptors %3d, %3d, %3d\n", $1, $2, $5, $8, $3, $6, $9
		# Caches that are bounded may still fill in the first half.
		if ($4 != $1 || $7 != $1 || NF != 9 || $8 > $2 * 1.1 + 256 || $8 > $5 * 1.01 + 64 || $9 > $3 + 1) bad = 1
	} END { exit bad || NR < 7 }' || short "something grows"
}
shown_disk() { # shown_disk RUNS: from one measurement to the next
	paste "$dir/disk-begin" "$dir/disk-middle" "$dir/disk-end" | awk -v n="$1" '{
		first = ($4 - $2) / n; second = ($6 - $4) / n
		printf "    %-9s %8.1f kB, then %8.1f, then %8.1f; %.1f kB a run, then %.1f\n", $1, $2 / 1024, $4 / 1024, $6 / 1024, first / 1024, second / 1024
		if (second > first * 1.1 + 512) bad = 1
	} END { exit bad || NR != 4 }' || short "a run leaves more and more"
}
part() {
	local n=${GROWTH:-20} began=$EPOCHREALTIME h pruned=0
	number=1
	more_conf="prune: {after: 2h}"
	captures=$dir/part$number/state/captures/wired0
	device_start 0
	daemon_start
	ctl --json watch >/dev/null 2>"$dir/watch.log" &
	watcher=$!
	# The first hours fill every buffer and cache there is.
	for ((h = 1; h <= 24; h++)); do
		hour "$h" "$n"
		case $h in
		8) measure_at begin ;;
		16) measure_at middle ;;
		24) measure_at end ;;
		esac
	done
	echo "  24 hours of $n runs in $(seconds_since "$began") s; after 8, 16 and 24 of them:"
	shown_processes
	shown_disk $((n * 8))
	echo "    captures: $pruned files pruned, there are $(captures_are_kept_for_a_reason)"
	kill "$watcher" # it would wait for a daemon to come back
	wait "$watcher" 2>/dev/null
	all_stop
}
