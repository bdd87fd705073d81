#!/bin/bash
# The machine forwards and has a way out; a device that tries it with all its
# might reaches nothing through the segment.
. tests/netns/lib.sh
command -v tcpdump >/dev/null || skip "tcpdump is not there"

# A machine as careless as can be, with a neighbour who would see the leak.
ip link add out0 type veth peer name out1
ip address add 192.0.2.1/24 dev out0
ip -6 address add 2001:db8:ffff::1/64 dev out0 nodad
ip link set out0 up
ip link set out1 up
ip route add default via 192.0.2.2
ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:99 dev out0
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
tcpdump -n -i out1 -w "$dir/out.pcap" -U 'host 198.51.100.7 or net 10.77.0.0/24' \
    2>"$dir/tcpdump.log" &
tap=$!
await 10 has_line "$dir/tcpdump.log" listening

bench_start
# The device sends to the outside through the bench, as its gateway.
inside=$(pgrep -f tests/devices/inside | head -n 1)
nsenter -t "$inside" -n ip route replace default via 10.77.0.1
! nsenter -t "$inside" -n ping -c 3 -i 0.2 -W 1 198.51.100.7 >/dev/null 2>&1 ||
    fail "the device reached the outside"
# The tap does see what goes out there, else its silence shows nothing.
ping -c 1 -W 1 198.51.100.7 >/dev/null 2>&1 || true
seen() { tcpdump -n -r "$dir/out.pcap" 'host 198.51.100.7' 2>/dev/null | grep .; }
await 5 seen
same "$(tcpdump -n -r "$dir/out.pcap" 'net 10.77.0.0/24' 2>/dev/null | wc -l)" 0 \
    "frames that got out"
kill "$tap"
wait "$tap" || true
bench_stop
ip link del out0
