#!/bin/bash
# An interface that carries the machine's default route is never taken.
. tests/netns/lib.sh

device_start
ip address add 10.77.0.5/24 dev lab0
ip link set lab0 up
ip route add default via 10.77.0.9
daemon_start
why() { ctl --json status | jq -e '.segments[0].why | test("default route")'; }
await 10 why
! segment_is_up || fail "the segment is up"
ip link show dev lab0 >/dev/null || fail "the interface was taken"
# Without the route it is.
ip route del default
await 20 segment_is_up
bench_stop
