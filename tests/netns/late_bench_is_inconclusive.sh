#!/bin/bash
# A bench that was too busy for its own timers shows nothing to be absent: the
# worker is kept from running for longer than assayd.yaml allows.  One that was
# not late passes, and says how late it was; each run says what keeps its clock.
. tests/netns/lib.sh

bench_start
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4, max_pps: 20000}"
run_whole
same "$run_status" 0 "exit status"
all_records | jq -e -s 'any(.[]; .type == "jobend" and
    .late.bound_ns == 1000000000 and .late.worker_ns <= 1000000000 and
    .late.engine_ns <= 1000000000) and
    any(.[]; .type == "manifest" and (.clock.source | length) > 0 and
	(.clock | has("offset_ns") and has("bound_ns")))' >/dev/null ||
    fail "it does not say how late it was, or what keeps its clock"

# Stopped in the midst of its asking: before that it waits for nothing.
came() {
	nsenter -t "$(pgrep -n -f tests/devices/inside)" -n cat /proc/net/dev |
	    awk '/eth0:/ { print $3 }'
}
before=$(came)
asks() { [ "$(came)" -ge $((before + 1000)) ] && pid_of worker; }
run_begin
await 20 asks
worker=$(pid_of worker)
kill -STOP "$worker"
end=$((SECONDS + 4))
is_later() { [ "$SECONDS" -ge "$end" ]; }
await 30 is_later
kill -CONT "$worker"
run_end
same "$run_status" 2 "exit status of a late bench"
expect_no_pass
all_records | jq -e -s 'any(.[]; .type == "verdict" and .said == "pass" and
    any(.lowered[]; . == "bench_late") and .values.late > .values.bound) and
    any(.[]; .type == "jobend" and .late.worker_ns > 1000000000)' >/dev/null ||
    fail "not for the bench's lateness"
bench_stop
