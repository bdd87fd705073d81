#!/bin/bash
# The whole interface is pulled in mid-run: inconclusive, with the reason; when
# it is back, so is the segment.
. tests/vm/lib.sh

name_nic 1 lab0
name_nic 2 far0
slot=$(basename "$(readlink -f /sys/class/net/lab0/device)")

light_bench --nic far0
quick_scenario 1-65535

# The interface itself: no driver any more.
run_begin
await 60 run_is_testing
echo "$slot" >/sys/bus/pci/drivers/e1000/unbind
segment_is_down() { ! segment_is_up; }
await 40 segment_is_down
run_end 120
expect_no_pass
has_event link segment_down || fail "no event says that the interface is gone"
has_line "$dir/daemon.log" 'segment wired0: down: the interface is gone' ||
    fail "the log does not say it"

# Plugged in again, under the name that the segment is waiting for.
echo "$slot" >/sys/bus/pci/drivers/e1000/bind
has_driver() { [ -d "/sys/bus/pci/devices/$slot/net" ]; }
await 10 has_driver
found=$(ls "/sys/bus/pci/devices/$slot/net")
[ "$found" = lab0 ] || ip link set "$found" name lab0 # from then on it is lent
await 40 segment_is_up
link_is_up_again() { [ "$(grep -c 'watch wired0 info: link: up' "$dir/daemon.log")" = 2 ]; }
await 20 link_is_up_again # it takes a second or two after its driver
quick_scenario 1-1000
run_whole 120
same "$(outcome_of_job)" "done" "outcome of the job when it is back"
expect "NET-01 sufficiency" pass
bench_stop
