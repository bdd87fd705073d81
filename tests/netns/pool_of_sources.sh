#!/bin/bash
# A pool of source addresses: lent to a job that needs it, gone when it ends;
# the bench's kernel keeps silent for a raw lease; an address that the device
# has is not lent, and one that it takes meanwhile is given up; the profile can
# narrow and forbid it; nothing is left after kill -9.
. tests/netns/lib.sh

# job PROBE SECONDS: a step of it, which may take that long.
job() { scenario_of "- probe: $1" "  timeout: $2s" "  with: {${3:-port: 443}}"; }
note() {
	all_records | jq -r --arg n "$1" 'select(.type == "verdict") |
	    .deviations[] | select(.name == $n) | .value'
}
pool() { ctl --json status | jq -e ".segments[0].pool.$1"; }
is_lent() { [ "$(pool lent)" -gt 0 ]; }
in_segment() { nsenter -t "$(pid_of capture)" -n "$@"; }
# of_pool: addresses without a subnet on the interface.
of_pool() { in_segment ip -o address show dev lab0 | grep -cE ' inet [0-9.]+/32 | inet6 [0-9a-f:]+/128 ' || true; }
nothing_is_lent() { [ "$(pool lent)" = 0 ] && [ "$(of_pool)" = 0 ]; }
profile_with() {
	sed "\$a sources: {max: $1}" "$profile" >"$dir/narrow.yaml"
	device_add "$dir/narrow.yaml"
	await 20 bench_knows_addresses 2
}

# The device has 10.77.0.50, which no DHCP gave it, and IPv6.
plain_bench sample_sources sample_sources_raw
on_plain sysctl -qw net.ipv6.conf.eth0.accept_ra=0 \
    net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.disable_ipv6=0
on_plain ip address add fd77::50/64 dev eth0 nodad
nsenter -t "$device_pid" -n socat TCP6-LISTEN:443,fork,reuseaddr,ipv6only=0,backlog=1000 /dev/null &
listener_pid=$!
on_plain ping -q -c 1 -W 1 -I fd77::50 fd77::1 >/dev/null
await 20 bench_knows_addresses 2
same "$(pool ipv4) $(pool ipv6)" "152 512" "pool"
has_line <(ctl status) 'pool of sources: IPv4 152, IPv6 512; lent 0'
nothing_is_lent || fail "something is lent to nobody"

# All but the device's own, and for IPv6 all but the 171 of the subnet in which
# the device has no address.
job sample.sources 40 "sleep: 3s"
run_begin
await 20 is_lent
[ "$(of_pool)" = "$(pool lent)" ] || fail "$(of_pool) of $(pool lent) are there"
# Meanwhile the device comes with one of them, and asks for somebody by ARP.
await 10 in_segment ip address show to 10.77.0.254
on_plain ip address add 10.77.0.254/32 dev eth0
on_plain ping -q -c 1 -W 1 -I 10.77.0.254 10.77.0.150 >/dev/null 2>&1 || true
run_end
same "$(verdicts | awk '{ print $4, $5 }')" "inconc source_taken" "verdict over all sources"
same "$(note sources.ipv4)" 151 "IPv4 lent"
same "$(note sources.ipv6)" 341 "IPv6 lent"
same "$(note sources.used)" $((3 + 151 + 341)) "sources used"
has_event participant pool_conflict || fail "the device's address is no event"
same "$(note sources.conflict)" 10.77.0.254 "conflict"
await 5 nothing_is_lent
ctl evidence "$(all_records | jq -r 'select(.type == "verdict") | .seq')" \
    --force -o "$dir/slice.pcapng" >>"$dir/run.log"
frames_from() { tcpdump -nr "$dir/slice.pcapng" "src host $1 and tcp" 2>/dev/null | wc -l; }
[ "$(frames_from 10.77.0.3)" -gt 0 ] || fail "no frame of the evidence is a pool address'"

# Raw: the kernel says RST for the bench's own address, and for no other.
job sample.sources_raw 40
run_whole
same "$(verdicts | awk '{ print $4 }')" pass "verdict over all raw sources"
same "$(note sources.ipv4)" 150 "IPv4 lent without those the device has"
await 5 nothing_is_lent
ctl evidence "$(all_records | jq -r 'select(.type == "verdict") | .seq')" \
    --force -o "$dir/slice.pcapng" >>"$dir/run.log"
resets_of() {
	tcpdump -nr "$dir/slice.pcapng" "tcp[tcpflags] & tcp-rst != 0 and $1" 2>/dev/null | wc -l
}
[ "$(resets_of "src host 10.77.0.1")" -gt 0 ] || fail "no RST of the bench's own address"
same "$(resets_of "src net 10.77.0.0/24 and not src host 10.77.0.1")" 0 "RST of raw leases"

# The profile narrows it, and forbids it: each of the device's four addresses is
# spoken to from the bench's own alone.
job sample.sources 40
profile_with 3
run_whole
same "$(note sources.max) $(note sources.ipv4) $(note sources.ipv6)" "3 3 3" "narrowed"
profile_with 0
run_whole
same "$(note sources.max) $(note sources.ipv4) $(note sources.ipv6)" "0 0 0" "forbidden"
same "$(note sources.used)" 4 "sources used: the bench's own"
same "$(verdicts | awk '{ print $4 }')" pass "verdict over the bench's own"

# kill -9 in the middle: the worker's lease is over; then all of it.
profile_with 8
job sample.sources 40 "sleep: 30s"
run_begin
await 20 is_lent
kill -KILL "$(pid_of worker)"
run_end
await 5 nothing_is_lent
run_begin
await 20 is_lent
kill -KILL "$daemon_pid"
wait "$daemon_pid" || true
kill -KILL "$run_pid"
wait "$run_pid" || true
await 10 no_process_of_ours
[ -z "$(ip -o address show to 10.77.0.0/24)" ] || fail "an address is left"
! nft list ruleset | grep assay >/dev/null || fail "rules are left"
kill "$listener_pid"
wait "$listener_pid" || true
plain_stop
