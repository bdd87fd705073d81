#!/bin/bash
# A device that drops all TCP tells nothing, which shows nothing: no pass.
. tests/netns/lib.sh

bench_start protected all-filtered
scenario_of '- probe: services.disclosure' \
    '  with: {addresses: ipv4, ports: "1-5000", udp_ports: "69", datagram: 100ms}'
run_whole 110
same "$run_status" 2 "exit status"
expect_no_pass
expect 'NET-07 completeness' inconc
bench_stop
