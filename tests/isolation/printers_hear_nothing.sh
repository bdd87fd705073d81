#!/bin/bash
# A probe that writes to a raw print port with a socket of its own is let connect,
# by IPv4 and IPv6, and not one byte gets to the device: not while it runs and not
# when its kernel sends again after its end.  To another port it may write, and to
# that one when the profile consents to prints.
. tests/netns/lib.sh

plain_bench bad_print
on_plain sysctl -qw net.ipv6.conf.eth0.accept_ra=0 \
    net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.disable_ipv6=0
on_plain ip address add fd77::50/64 dev eth0 nodad
listeners=()
# printer PORT: keeps what it hears in a file.
printer() {
	: >"$dir/printed.$1"
	nsenter -t "$device_pid" -n socat -u -d -d \
	    "TCP6-LISTEN:$1,fork,reuseaddr,ipv6only=0,backlog=100" \
	    "OPEN:$dir/printed.$1,append" 2>"$dir/printer.$1.log" &
	listeners+=("$!")
	await 10 has_line "$dir/printer.$1.log" listening
}
printer 9100
printer 9105
printer 9107
printer 9108
on_plain ping -q -c 1 -W 1 -I fd77::50 fd77::1 >/dev/null
await 20 bench_knows_addresses 2
heard() { grep -c 'this is printed' "$dir/printed.$1" || true; }
connections() { grep -c 'accepting connection' "$dir/printer.$1.log" || true; }
write_to() {
	scenario_of '- probe: bad.print' "  with: {port: $1}"
	run_whole
	same "$(verdicts | awk '{ print $4, $5 }' | sort -u)" "pass sample.good" "connected to $1"
}
dropped() {
	nsenter -t "$(pid_of watch)" -n nft list chain netdev assay_guard print |
	    sed -n 's/.*counter packets \([0-9]*\).*/\1/p'
}

write_to 9108
addresses=$(heard 9108)
[ "$addresses" -ge 2 ] || fail "only $addresses addresses were written to"
for port in 9100 9107; do
	before=$(dropped)
	write_to "$port"
	same "$(connections "$port")" "$addresses" "connections to $port"
	# Each was sent, and sent again by a kernel whose worker is gone.
	sent_again() { [ "$(dropped)" -ge $((before + 3 * addresses)) ]; }
	await 20 sent_again
	same "$(wc -c <"$dir/printed.$port")" 0 "bytes printed by $port"
done

{ cat "$profile"; echo 'consents: [{hazard: prints, by: J. Doe}]'; } >"$dir/consents.yaml"
device_add "$dir/consents.yaml"
await 20 bench_knows_addresses 2
: >"$dir/printed.9107"
write_to 9107
is_printed() { [ "$(heard 9107)" -ge "$addresses" ]; }
await 10 is_printed
# Without it again, nothing.  A port of its own: what the kernel still sends to
# 9100 may have got there under the consent.
device_add
await 20 bench_knows_addresses 2
before=$(dropped)
write_to 9105
await 20 sent_again
same "$(wc -c <"$dir/printed.9105")" 0 "bytes printed when the consent is gone"

for one in "${listeners[@]}"; do pkill -KILL -P "$one" || true; done
kill "${listeners[@]}"
wait "${listeners[@]}" 2>/dev/null || true
daemon_stop
plain_stop
