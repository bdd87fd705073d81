#!/bin/bash
# A device with an address outside the segment's subnets: the warden refuses,
# nothing is sent to it, and there is no pass.
. tests/netns/lib.sh

device_start no-dhcp=192.168.9.9/24
daemon_start
await 20 segment_is_up
await 25 has_line "$dir/device.log" '^address6 fd77:'
device_add
await 20 bench_knows_addresses 1
echo "address 192.168.9.10/24" >"$dir/control"
await 10 has_line "$dir/device.log" '^address 192.168.9.10'
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4, ports: 1-100}"
run_whole
expect_no_pass
[ "$run_status" = 2 ] || [ "$run_status" = 3 ] ||
    fail "exit status $run_status, expected 2 or 3"
bench_stop
