#!/bin/bash
# A battery device, awake for 0.4 s and then asleep for 0.8 s, ends
# as one that never sleeps: the sweep goes on from one window to the next.
. tests/netns/lib.sh

bench_start sleeper=400/800 undeclared-port=11111
await 20 has_line "$dir/device.log" "^first nap"
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole 120
same "$run_status" 1 "exit status"
expect "NET-01 completeness" fail
expect_port_named "NET-01 completeness" 11111
expect "NET-01 sufficiency" pass
noted pace.outages || fail "no word of its sleep"
bench_stop
