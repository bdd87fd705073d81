#!/bin/bash
# A device that drops all TCP says nothing about what it speaks: no pass.
. tests/netns/lib.sh

bench_start protected all-filtered
scenario_of '- probe: services.cleartext' \
    '  with: {addresses: ipv4, udp_ports: "69", datagram: 100ms}'
run_whole 110
same "$run_status" 2 "exit status"
expect_no_pass
expect 'NET-06 completeness' inconc
bench_stop
