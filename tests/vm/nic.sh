#!/bin/bash
# An interface of the machine, with an odd name, an MTU and addresses of its
# own, is lent to a segment.  A device at the far end of a real cable is tested
# over it.  After a normal end, and after kill -9 of the warden and a new start,
# it is back in the first namespace as it was.
. tests/vm/lib.sh

lent=Lab-0.e1000_x
name_nic 1 "$lent"
name_nic 2 far0
ip link set "$lent" mtu 1400
ip address add 192.0.2.7/29 dev "$lent"
ip address add 198.51.100.1/32 dev "$lent"
ip link set "$lent" up
ip -6 address add 2001:db8:9::7/64 dev "$lent" nodad
ethtool -K "$lent" tso on gro off # whatever a case before has left

# What must be as it was: name, MTU, MAC, up, addresses, offloads.
picture() {
	ip -o link show dev "$lent" | grep -oE '^[0-9]+: [^:]*|mtu [0-9]+|link/ether [0-9a-f:]*|[<,]UP[,>]' | tr -d '<>,'
	ip -o address show dev "$lent" scope global | awk '{ print $3, $4 }' | sort
	ethtool -k "$lent" | grep -E '^(rx-checksumming|tx-checksumming|scatter-gather|tcp-segmentation-offload|generic-(segmentation|receive)-offload|[rt]x-vlan-offload):'
}
is_as_it_was() { [ "$(picture 2>&1)" = "$was" ]; }
as_it_was() {
	await 10 is_here
	await 10 is_as_it_was || true
	same "$(picture)" "$was" "the interface $1"
	# It carries frames again, not just its settings.
	await 10 has_line "/sys/class/net/$lent/carrier" '^1$'
}
is_here() { ip link show dev "$lent"; }
is_lent() { ! is_here && segment_is_up; }

picture >"$dir/was"
was=$(cat "$dir/was")
has_line "$dir/was" '^mtu 1400$' || fail "the picture shows no MTU"
has_line "$dir/was" '^tcp-segmentation-offload: on' || fail "no offload to switch off"

# A normal end, after a run.
export SEGMENT_LINK=$lent
light_bench --nic far0
is_lent || fail "the interface is not in the segment's namespace"
quick_scenario 1-2000
run_whole 60
same "$(outcome_of_job)" "done" "outcome of the job"
expect "NET-01 sufficiency" pass
expect_no_pass "NET-01 completeness" # not all ports were asked
daemon_stop
! has_line "$dir/daemon.log" 'keeps these offloads' || fail "offloads were left on"
as_it_was "after a normal end"

# kill -9: the kernel gives it back bare, the next start makes it whole.
daemon_start
await 20 segment_is_up
await 10 is_lent
kill -KILL "$daemon_pid"
wait "$daemon_pid" || true
await 10 no_process_of_ours
await 20 is_here
! is_as_it_was || fail "nothing was left to restore: this shows nothing"
daemon_start
await 20 segment_is_up
daemon_stop
as_it_was "after kill -9 and a new start"
[ -z "$(ls "$dir/state/interfaces")" ] || fail "a state file is left"
device_stop
