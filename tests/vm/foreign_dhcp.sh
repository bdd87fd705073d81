#!/bin/bash
# Somebody else's DHCP server on the segment, a real one with an interface of
# its own: the isolation is void, nothing passes, and the event names its MAC.
. tests/vm/lib.sh

name_nic 1 lab0
name_nic 2 far0
name_nic 3 stranger0
light_bench --nic far0

# The stranger listens before the run; somebody asks in mid-run.
unshare --net bash -c 'exec sleep infinity' &
stranger=$!
has_own_net() { [ "$(readlink /proc/$stranger/ns/net)" != "$(readlink /proc/self/ns/net)" ]; }
await 10 has_own_net
ip link set stranger0 netns "$stranger"
at_stranger() { nsenter --target "$stranger" --net "$@"; }
at_stranger ip link set lo up
at_stranger ip link set stranger0 up
at_stranger ip address add 10.77.0.250/24 dev stranger0
nsenter --target "$stranger" --net dnsmasq --keep-in-foreground --port=0 --conf-file=/dev/null \
    --interface=stranger0 --bind-interfaces --leasefile-ro --no-ping \
    --user=root --group=root --pid-file= --dhcp-authoritative \
    --dhcp-range=10.77.0.60,10.77.0.69,2m >"$dir/stranger.log" 2>&1 &
dnsmasq=$!
listens() { at_stranger ss -Hlun 'sport = :67' | grep . >/dev/null; }
await 20 listens

quick_scenario 1-20000
run_begin
await 40 run_is_testing
# Somebody asks; the device under test keeps the address it has.
nsenter --target "$(pgrep -o -f tests/devices/inside)" --net \
    build/peers/bin/busybox udhcpc -n -q -t 5 -T 2 -s /bin/true -i eth0 \
    >>"$dir/run.log" 2>&1 || true
told() { has_event foreign isolation_void; }
await 40 told
run_end 90
all_records | jq -e -s 'any(.[]; .type == "event" and .what == "foreign" and
    ([.. | strings] | any(. == "52:54:00:00:00:03")))' >/dev/null ||
    fail "no event names the stranger's MAC"
# The ports answer as declared, which would be a pass.
expect "NET-01 sufficiency" inconc
# The lease that a stranger gave the device may speak against a pass besides.
all_records | jq -e -s '[.[] | select(.type == "verdict" and
    .check == "NET-01" and .claim == "sufficiency")] |
    length > 0 and all(.lowered | index("isolation_void"))' >/dev/null ||
    fail "the void isolation lowered no pass: $(verdicts)"
same "$run_status" 2 "exit status"
kill -KILL "$dnsmasq" "$stranger"
wait "$dnsmasq" "$stranger" || true
bench_stop
