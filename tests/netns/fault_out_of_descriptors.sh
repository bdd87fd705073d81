#!/bin/bash
# The engine, then the warden, is out of file descriptors: who is too many is
# told so, the run under way goes on, no pass is made of what could not be
# begun, and with descriptors again all is as before.
. tests/netns/lib.sh
needs_sandbox

plain_bench sample_slow
scenario_of "- probe: sample.slow" "  with: {lasts: 4s}"
run_begin
await 20 run_is_testing
engine=$(pid_of engine)
# limit_of PROCESS COUNT: as its own user, whom the kernel allows it.
limit_of() {
	local user
	user=$(stat -c %u "/proc/$1")
	setpriv --reuid "$user" --regid "$(stat -c %g "/proc/$1")" --clear-groups \
	    prlimit --pid "$1" --nofile="$2:" >/dev/null
}
in_use() { find "/proc/$1/fd" -mindepth 1 2>/dev/null | wc -l; }

## The engine has no room for one more client.
limit_of "$engine" "$(in_use "$engine")"
status=0
timeout 10 "$BUILD/assayctl" status >"$dir/said" 2>&1 || status=$?
same "$status" 3 "exit status of a client too many (124: it hangs)"
grep -q 'out of file descriptors' "$dir/said" || fail "it is told: $(cat "$dir/said")"
run_end
same "$run_status" 0 "exit status of the run under way"
same "$(pid_of engine)" "$engine" "the engine"
limit_of "$engine" 1024
daemon_answers || fail "the daemon does not answer"

## The warden cannot start a worker, or not even ask the canary: which of the
## two depends on what it had in hand when its descriptors were counted.
limit_of "$daemon_pid" "$(in_use "$daemon_pid")"
scenario_of "- probe: sample.slow"
run_whole
same "$run_status" 3 "exit status without a worker"
expect_no_pass
all_records | jq -r 'select(.type == "jobend" or .type == "manifest") |
    "\(.type): \(.detail)"' >"$dir/ends"
has_line "$dir/ends" 'Too many open files' || fail "the record does not say why: $(cat "$dir/ends")"
! is_gone "$daemon_pid" || fail "the warden died of it"
limit_of "$daemon_pid" 1024
run_whole
same "$run_status" 0 "exit status with descriptors again"
same "$(pid_of engine)" "$engine" "the engine at the end"
daemon_stop
plain_stop
