#!/bin/bash
# A phone lives on the segment beside the device under test, behind a switch.
# It is named in the run's record; it cannot be registered as a device; and a
# probe that sends to it all the same, raw frames and datagrams, reaches the
# device alone.  A stranger that root did not list is as safe, and what he says
# is no evidence about the device.
. tests/netns/lib.sh
command -v tcpdump >/dev/null || skip "tcpdump is not there"

# A switch: lab0 is one of its ports, device and others have the rest.
plain_namespace() {
	unshare --net sleep infinity &
	others+=("$!")
	has_own() { [ "$(readlink "/proc/$!/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
	await 5 has_own
}
others=()
plain_namespace
switch=${others[0]}
nsenter -t "$switch" -n ip link add br0 type bridge
nsenter -t "$switch" -n ip link set br0 up
ip link add lab0 type veth peer name p0 netns "$switch"
nsenter -t "$switch" -n ip link set p0 master br0 up
# live NUMBER MAC ADDRESS
live() {
	plain_namespace
	nsenter -t "$switch" -n ip link add "p$1" type veth peer name eth0 netns "${others[-1]}"
	nsenter -t "$switch" -n ip link set "p$1" master br0 up
	on "${others[-1]}" ip link set eth0 address "$2"
	on "${others[-1]}" sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
	on "${others[-1]}" ip address add "$3/24" dev eth0
	on "${others[-1]}" ip link set eth0 up
}
on() { nsenter -t "$1" -n "${@:2}"; }
live 1 02:00:00:00:00:10 10.77.0.50
dut=${others[-1]}
live 2 02:00:00:00:00:20 10.77.0.60
phone=${others[-1]}
live 3 02:00:00:00:00:30 10.77.0.70
stranger=${others[-1]}

mkdir -p "$dir/probes"
cp "$BUILD/tests/probes/bad_stray.so" "$dir/probes/"
PROBE_DIR=$dir/probes
daemon_conf <<-END
	    participants:
	      - {mac: "02:00:00:00:00:20", role: phone, name: of the tester}
END
daemon_start
await 20 segment_is_up
device_add
! ctl device add phone --mac 02:00:00:00:00:20 --profile "$profile" >"$dir/refused" 2>&1 ||
    fail "the phone was registered as a device"
has_line "$dir/refused" 'assayd.yaml says phone' || fail "$(cat "$dir/refused")"
# Everybody says that he is there.
for one in "$dut" "$phone" "$stranger"; do
	on "$one" ping -c 1 -W 5 10.77.0.1 >/dev/null || fail "no way to the bench"
done
knows_phone() { ctl --json status | jq -e '.segments[0].participants |
    any(.[]; .mac == "02:00:00:00:00:20" and .role == "phone")'; }
await 20 knows_phone

taps=()
for one in dut phone stranger; do
	on "${!one}" tcpdump -n -i eth0 -U -w "$dir/$one.pcap" \
	    'ether proto 0x88b5 or udp port 7777' 2>"$dir/$one.tap" &
	taps+=("$!")
	await 10 has_line "$dir/$one.tap" listening
done
frames() { tcpdump -n -t -q -r "$dir/$1.pcap" "${2:-}" 2>/dev/null | grep -cv '^\s' || true; }
scenario_of "- probe: bad.stray" \
    "- probe: bad.stray" "  with: {mac: \"02:00:00:00:00:30\", address: 10.77.0.70}"
run_whole
# What the device got of both jobs: five frames of each and some datagrams,
# whose senders hear at times that nobody listens.
got_all() { [ "$(frames dut 'ether proto 0x88b5')" = 10 ] && [ "$(frames dut udp)" -ge 2 ]; }
await 10 got_all
same "$(frames phone)" 0 "frames that reached the phone"
same "$(frames stranger)" 0 "frames that reached a stranger"
# The bench itself may speak with them; their taps do see such frames.
on "$phone" tcpdump -r "$dir/phone.pcap" >/dev/null 2>&1
on "$stranger" bash -c 'echo hello >/dev/udp/10.77.0.60/7777'
tap_sees() { [ "$(frames phone)" = 1 ]; }
await 10 tap_sees

# The record names who was there, and what for.
all_records | jq -e -s '[.[] | select(.type == "event" and .what == "participant")] |
    any(.[]; .values.mac == "02:00:00:00:00:20" and .values.role == "phone" and
	.detail == "of the tester" and (.values.addrs | index("10.77.0.60"))) and
    any(.[]; .values.mac == "02:00:00:00:00:10" and .values.role == "dut") and
    any(.[]; .values.mac == "02:00:00:00:00:30" and .values.role == "unknown")' \
    >/dev/null || fail "the record does not say who was there"
# What a stranger says to all is recorded, and shows nothing of the device: a
# probe that read it and would pass on it has no frame to show.
cp "$BUILD/tests/probes/bad_foreign_flows.so" "$dir/probes/"
on "$stranger" ip route add 255.255.255.255 dev eth0
for _ in 1 2 3; do
	echo hello | on "$stranger" socat -u - UDP-DATAGRAM:255.255.255.255:7979,broadcast
done
scenario_of "- probe: bad.foreign_flows" "  with: {over: 1h}"
run_whole
same "$(verdicts | awk '{ print $4, $5 }')" "error no_evidence" "a pass on what a stranger said"
noted foreign.frames || fail "it was not given the stranger's frames: this shows nothing"
for tap in "${taps[@]}"; do kill "$tap"; done
daemon_stop
kill "${others[@]}"
wait "${others[@]}" 2>/dev/null || true
