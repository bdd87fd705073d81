#!/bin/bash
# limit: 240 s
# As a run begins, the machine sends one frame by each of its interfaces, and the
# segment's watch listens for it.  A segment that is alone passes.  One whose
# switch has a leg in the machine's own network is found, named and not tested.
# And when the frame comes in later, by whatever way, nothing passes any more.
. tests/netns/lib.sh
command -v tcpdump >/dev/null || skip "tcpdump is not there"

# A network of the machine's own, with a neighbour who keeps what he hears.
ip link add office0 type veth peer name desk0
ip link set office0 up
ip link set desk0 up
tcpdump -n -i desk0 -U -w "$dir/heard.pcap" 'ether proto 0x88b6' 2>"$dir/tap" &
tap=$!
await 10 has_line "$dir/tap" listening

plain_bench sample_ok bad_idle
nsenter -t "$device_pid" -n socat TCP4-LISTEN:80,fork,reuseaddr /dev/null &
listener=$!
inward() {
	all_records | jq -r 'select(.type == "canary") | .facts[] | select(.name == "inward") |
	    "\(.good) \(.value)"'
}

## Alone.

scenario_of '- probe: sample.ok'
run_whole
has_line <(inward) '^true sent by .*office0.*: none came in$' || fail "$(inward)"
said() {
	all_records | jq -r 'select(.type == "verdict" and .probe == "sample.ok") |
	    "\(.verdict) \(.reason)"' | paste -s -d,
}
same "$(said)" "pass sample.good" "on a segment that is alone"
# It was sent, else its silence shows nothing.
was_heard() { [ -n "$(tcpdump -n -r "$dir/heard.pcap" 2>/dev/null)" ]; }
await 10 was_heard

## It comes in later: what the neighbour heard is let into the segment.

scenario_of '- probe: sample.ok' '- probe: bad.idle' '  timeout: 1m' '- probe: sample.ok'
: >"$dir/late"
heard() { tcpdump -n -r "$dir/heard.pcap" 2>/dev/null | wc -l; }
before=$(heard)
run_begin
at_idle() { all_records | jq -e -s 'any(.[]; .type == "job" and .probe == "bad.idle")'; }
await 40 at_idle
heard_more() { [ "$(heard)" -gt "$before" ]; }
await 10 heard_more
# The last record of the file: a head of 16 bytes, and the frame of 64 (desk0
# hears it once).
tail -c 64 "$dir/heard.pcap" >"$dir/frame"
on_plain socat -u "OPEN:$dir/frame" INTERFACE:eth0
is_void() { has_event foreign isolation_void; }
await 10 is_void
kill -KILL "$(pid_of worker)" # the idle one: on to the next step
run_end 60
same "$(said)" "pass sample.good,inconc isolation_void" "before and after"

## A switch with a leg in the machine's network.

kill "$listener"
wait "$listener" 2>/dev/null || true
daemon_stop
ip link delete lab0 2>/dev/null || true
ip link add br0 type bridge
ip link set br0 up
ip link add lab0 type veth peer name port0
ip link add port1 type veth peer name eth0 netns "$device_pid"
on_plain sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
on_plain ip link set eth0 address 02:00:00:00:00:10
on_plain ip address add 10.77.0.50/24 dev eth0
on_plain ip link set eth0 up
for port in port0 port1; do
	ip link set "$port" master br0 up
done
daemon_start
await 20 segment_is_up
scenario_of '- probe: sample.ok'
run_whole
same "$run_status" 3 "exit status on a segment that is not alone"
has_line <(inward) '^false what this machine sent by (br0|port0|port1) came in$' || fail "$(inward)"
has_event run canary_bad || fail "the run's record does not say why"
same "$(all_records | jq -r 'select(.type == "job") | .probe')" "" "what was done on it"

daemon_stop
kill "$tap"
wait "$tap" || true
ip link delete br0
ip link delete port0
plain_stop
ip link delete office0
