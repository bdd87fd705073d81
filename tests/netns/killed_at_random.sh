#!/bin/bash
# limit: 300 s
# Each process is killed with kill -9 at random moments of a run, the warden in
# every fifth round.  Whatever a watching client was ever shown is in the store
# with the same bytes, every chain holds, every run comes to its end, no pass
# stands on a span in which the capture died, and the warden leaves nothing.
#
#   ROUNDS=50 SEED=…      to go on longer, or to see the same again
. tests/netns/lib.sh
needs_sandbox

rounds=${ROUNDS:-50}
seed=${SEED:-$((RANDOM * 32768 + RANDOM))}
RANDOM=$seed
shown=$dir/shown.jsonl
echo "seed $seed, $rounds rounds"

## Who watches, and what it saw.

watch_on() {
	[ -z "${watch_pid:-}" ] || is_gone "$watch_pid" || return 0
	"$BUILD/assayctl" --json watch --from 1 >>"$shown" 2>>"$dir/watch.log" &
	watch_pid=$!
}
# has_record RUN TYPE
has_record() {
	grep -q "\"run\":$1,.*\"type\":\"$2\"" "$shown"
}
# Every record of the run, once.
of_run() {
	grep "\"run\":$1," "$shown" | jq -c '.params.record | select(. != null)' |
	    sort -u
}
check_store() {
	"$BUILD/tests/netns/store_check" "$dir/state/store/assay.db" \
	    <"$shown" >"$dir/checked" 2>&1 ||
	    fail "round $round, after the death of $role: $(cat "$dir/checked")"
}

## What the death of the warden leaves: nothing.

namespaces() { readlink /proc/[0-9]*/ns/net | sort -u | wc -l; }
# The bench's interface goes with its namespace, in the kernel's own time.
nothing_is_left() {
	no_process_of_ours && [ "$(namespaces)" = "$namespaces_before" ] &&
	    [ "$(ip -o link | wc -l)" = "$links_before" ] &&
	    [ "$(ip -o address)" = "$addresses_before" ] &&
	    ! on_plain ip link show dev eth0 &&
	    [ -z "$(nft list ruleset 2>/dev/null)" ] &&
	    ! grep -q assayd.sock /proc/net/unix &&
	    { [ ! -e "$dir/run/assayd.lock" ] || flock -n "$dir/run/assayd.lock" true; }
}
warden_dies() {
	kill -KILL "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null || true
	await 10 nothing_is_left
	plain_cable
	daemon_start
}

## One round.

# What the run's records must say, if the run was to go on for a while yet: a
# worker's end is always waited for, so that this one is told in any case.
told_in_run() {
	local code grace=300000000
	case $role in
	engine | warden) code=daemon_restarted ;;
	capture | watch) code=died ;;
	worker) code=crashed grace=-$killed_ns ;;
	*) return 0 ;;
	esac
	of_run "$run" | jq -e -s --arg c "$code" --argjson t "$((killed_ns + grace))" '
	    (map(select(.type == "manifest"))[0].time < $t) or
	    any(.[]; .code == $c or .reason == $c)' >/dev/null ||
	    fail "round $round: run $run does not tell of the death of $role"
}

declare -A kills=()
roles=(engine store capture watch services stamp worker)
capture_deaths=() runs=()
missed=0 whole=0 ended=0

begin_run() {
	run=$(ctl --json run dut "$scenario" | jq -e .run)
}
# start_run: the bench may just be getting on its feet.
start_run() {
	await 20 begin_run
	runs+=("$run")
	await 20 has_record "$run" canary
}
# is_held PID: it is stopped now; else it was at its end, and to kill it would
# change nothing.
is_held() {
	local state=
	kill -STOP "$1" 2>/dev/null || return 1
	until [ "$state" = T ]; do
		state=$(awk '/^State:/ { print $2 }' "/proc/$1/status" 2>/dev/null)
		case $state in
		'' | Z | X) return 1 ;;
		esac
	done
}
kill_one() {
	local victim
	if [ "$role" = warden ]; then
		warden_dies
		return
	fi
	victim=$(pid_of "$role") || return 1
	[ "$role" != worker ] || is_held "$victim" || return 1
	kill -KILL "$victim" 2>/dev/null || return 1
	[ "$role" != capture ] || capture_deaths+=("$(date +%s%N)")
}

namespaces_before=$(($(namespaces) + 1)) # the device's
links_before=$(ip -o link | wc -l)
addresses_before=$(ip -o address)
# An authority that nobody answers for: stamp is there, and has work.
PROBE_DIR=$dir/probes daemon_conf <<END
timestamp_url: "http://127.0.0.1:9/"
END
plain_bench sample_slow
scenario_of "- probe: sample.slow" "  repeat: 3"
touch "$shown"
for round in $(seq "$rounds"); do
	role=warden
	[ $((round % 5)) = 0 ] || role=${roles[$((RANDOM % ${#roles[@]}))]}
	moment=$((RANDOM % 800))
	watch_on
	start_run
	sleep "0.$(printf %03d $moment)"
	killed_ns=$(date +%s%N)
	if kill_one; then
		kills[$role]=$((${kills[$role]:-0} + 1))
		struck=yes
	else # it was not there at that moment
		missed=$((missed + 1))
		struck=
	fi
	watch_on
	await 80 has_record "$run" manifest
	check_store
	[ -z "$struck" ] || told_in_run
	case $(of_run "$run" | jq -r 'select(.type == "verdict") | .verdict' | xargs) in
	"pass pass pass") whole=$((whole + 1)) ;;
	*) ended=$((ended + 1)) ;;
	esac
done

## The end: all of it again, and a run that passes.

role=nobody
watch_on
start_run
await 20 has_record "$run" manifest
of_run "$run" | jq -e -s 'map(select(.type == "manifest"))[0].outcome == "pass"' \
    >/dev/null || of_run "$run" | jq -e -s '
    [.[] | select(.type == "verdict") | .verdict] | length == 3 and all(. == "pass")' \
    >/dev/null || fail "the last run does not pass"
kill -TERM "$watch_pid"
wait "$watch_pid" || true
daemon_stop
check_store

# That check finds one byte changed, and one record gone.
tampered() {
	cp "$dir/state/store/assay.db" "$dir/tampered.db"
	sqlite3 "$dir/tampered.db" 'DROP TRIGGER record_no_update;
	    DROP TRIGGER record_no_delete; PRAGMA foreign_keys = OFF;' "$1"
	! "$BUILD/tests/netns/store_check" "$dir/tampered.db" <"$shown" \
	    >/dev/null 2>&1
}
tampered "UPDATE record SET bytes = CAST(replace(CAST(bytes AS TEXT),
    'pass', 'fail') AS BLOB) WHERE seq = (SELECT max(seq) FROM record
    WHERE type = 'verdict')" || fail "a changed verdict is not found"
tampered "DELETE FROM record WHERE type = 'manifest' AND seq =
    (SELECT max(seq) FROM record)" || fail "a missing manifest is not found"
jq -c '.params.record | select(. != null)' "$shown" | sort -u >"$dir/all"
for death in "${capture_deaths[@]}"; do
	jq -e -s --argjson t "$death" 'all(.[]; (.type == "verdict" and
	    .verdict == "pass" and .span.stamp_from < $t and .span.stamp_to > $t) | not)' \
	    "$dir/all" >/dev/null || fail "a pass over the death of the capture"
done

echo "report: killed: $(for r in "${!kills[@]}"; do printf '%s %s, ' "$r" "${kills[$r]}"; done)" \
    "not there at that moment: $missed"
echo "report: runs: ${#runs[@]} begun, each came to its end: $whole lost no test, $ended lost one"
echo "report: verdicts: $(jq -r 'select(.type == "verdict") |
    "\(.verdict) \(.reason)"' "$dir/all" | sort | uniq -c | awk '{ $1 = $1; printf "%s; ", $0 }')"
echo "report: events: $(jq -r 'select(.type == "event" and (.code == "died" or
    .code == "daemon_restarted")) | "\(.what) \(.code)"' "$dir/all" |
    sort | uniq -c | awk '{ $1 = $1; printf "%s; ", $0 }')"
echo "report: store: $(cat "$dir/checked")"
plain_stop
