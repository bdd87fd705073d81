#!/bin/bash
# A TFTP server (which answers from a port of the moment) and an SNMP agent that
# are not declared fail completeness by their numbers; CoAP, declared, answers.
. tests/netns/lib.sh

bench_start tftp snmp
scenario_of '- probe: udp.ports' \
    '  with: {addresses: all, ports: "1-300,5683,5684"}'
run_whole 120
same "$run_status" 1 "exit status"
expect "NET-02 completeness" fail
expect "NET-03 completeness" fail
expect_port_named "NET-02 completeness" 69
expect_port_named "NET-02 completeness" 161
expect_port_named "NET-03 completeness" 161
expect "NET-02 sufficiency" pass
expect "NET-03 sufficiency" pass
bench_stop
