#!/bin/bash
# limit: 240 s
# A device that reboots when it is asked too fast ends as a strong one does: it
# is waited for and asked more slowly, and the record says at which pace it was.
. tests/netns/lib.sh

bench_start reboot-above=20000
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole 220
same "$run_status" 0 "exit status"
expect "NET-01 completeness" pass
has_line "$dir/device.log" '^overloaded' || fail "it never rebooted"
noted pace.reboots || fail "no word of the reboot"
noted pace.reboot_pps || fail "no word of the pace at which it rebooted"
has_event health || fail "no event of its health"
bench_stop
