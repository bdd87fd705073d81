# A run has the ring that assayd.yaml gives it, and gives its memory back; the
# frames before, within and behind it are all there.
# shellcheck shell=bash disable=SC2154
. tests/netns/lib.sh

# The rings that the capture has, in KiB, the greatest first.
rings() {
	awk '/^[0-9a-f]+-/ { ring = /socket:/ } ring && $1 == "Size:" { print $2 }' \
	    "/proc/$(pid_of capture)/smaps" | sort -rn | paste -sd ' '
}
rings_are() { [ "$(rings)" = "$1" ]; }

bench_start
same "$(rings)" 2048 "ring at rest"
ctl probe dut tcp.ports --quiet 600s >>"$dir/run.log" 2>&1 &
client=$!
await 20 rings_are "32768 2048"
ctl cancel 1
wait "$client" || true
same "$(rings)" "32768 2048" "ring right behind a run"
run_whole
await 30 rings_are 2048
ctl --json status | jq -e '.segments[0].capture.dropped == 0' >/dev/null ||
    fail "frames were lost"
! grep -l '^gap disk' "$dir"/state/captures/wired0/*.idx || fail "a gap"
# Positions follow each other over every file and either ring.
cat "$dir"/state/captures/wired0/*.idx | awk '$1 == "block" {
	if ($6 != next_one && seen) { print "behind position " next_one - 1 " comes " $6; bad = 1 }
	next_one = $6 + $5; seen = 1 }
	END { exit bad || !seen }' || fail "positions are missing"
bench_stop
