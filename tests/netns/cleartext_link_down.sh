#!/bin/bash
# The link goes down in the middle of the sweep, and of the interviews: never a
# pass, and the run comes to its end.
. tests/netns/lib.sh

bench_start protected link-down-at-port=30000
scenario_of '- probe: services.cleartext' \
    '  with: {addresses: ipv4, handshake: 500ms, datagram: 100ms}'
run_whole 110
expect_no_pass
expect 'NET-06 completeness' inconc
same "$run_status" 2 "exit status"
bench_stop

# A port that says nothing keeps the interviews going until the word is given.
rm -rf "$dir/state" "$dir/run"
bench_start protected mute=7778
scenario_of '- probe: services.cleartext' \
    '  with: {addresses: ipv4, handshake: 500ms, datagram: 100ms, udp_ports: "69"}'
run_begin
await 40 has_line "$records" 'open ports identified'
device_word link-down
run_end 110
expect_no_pass
expect 'NET-06 completeness' inconc
bench_stop
