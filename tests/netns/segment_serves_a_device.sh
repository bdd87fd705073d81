#!/bin/bash
# What a real device asks a network for, asked by real clients: addresses and
# servers by DHCPv4 and DHCPv6 (isc-dhcp-client), the time (chronyd).  A lease
# is the same after the daemon was killed, for a client that asks for no
# address, and it is not what any client would get.
. tests/netns/lib.sh
PATH=$PATH:$top/build/peers/sbin:$top/build/peers/usr/sbin

cat >"$dir/script" <<'END'
#!/bin/sh
# What dhclient has got, as lines.  It sets no address: the case looks on.
case $reason in
BOUND | RENEW | BOUND6 | RENEW6) env | grep -E '^new_' >"$OUT" ;;
PREINIT6) ip link set "$interface" up ;;
esac
exit 0
END
chmod 755 "$dir/script"
cat >"$dir/dhclient.conf" <<'END'
option dhcp6.ntp code 56 = string;
option dhcp6.sntp-list code 31 = array of ip6-address;
request subnet-mask, routers, domain-name-servers, ntp-servers;
also request dhcp6.name-servers, dhcp6.ntp, dhcp6.sntp-list;
END
# ask -4|-6 NAME: a client of this name, with no memory; what it got is in NAME.
ask() {
	local conf=$dir/$2.conf
	cat "$dir/dhclient.conf" >"$conf"
	printf 'send dhcp-client-identifier "%s";\n' "$2" >>"$conf"
	[ -z "${3:-}" ] || printf 'send dhcp-requested-address %s;\n' "$3" >>"$conf"
	rm -f "$dir/$2.leases"
	: >"$dir/$2.leases"
	on_plain timeout 60 dhclient "$1" -D LL -1 -d -cf "$conf" -sf "$dir/script" \
	    -e OUT="$dir/$2" -lf "$dir/$2.leases" -pf "$dir/$2.pid" eth0 \
	    >"$dir/$2.log" 2>&1 &
	client=$!
	await 40 test -s "$dir/$2"
	# It, and what it is a child of; nothing else has this file's name.
	pkill -f -- "$conf" || true
	wait "$client" 2>/dev/null || true
	await 10 none_runs_with "$conf"
}
none_runs_with() { ! pgrep -f -- "$1" >/dev/null; }
has_link_local() {
	[ -n "$(on_plain ip -6 -o address show dev eth0 scope link -tentative)" ]
}
got() { sed -n "s/^new_$2=//p" "$dir/$1"; }

plain_start
on_plain sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0
on_plain ip address flush dev eth0
daemon_conf <<-END
	    dhcpv6: {from: "fd77::1000", to: "fd77::1fff", lease: 1h}
END
daemon_start
await 20 segment_is_up
serves() { ctl --json status | jq -e '.segments[0].services | tostring |
    test("dhcpv6 fd77::1000 to fd77::1fff") and test("ntp")'; }
await 20 serves

## Addresses and servers.

ask -4 four 10.77.0.142
same "$(got four ip_address)" 10.77.0.142 "the address asked for"
same "$(got four ntp_servers)" 10.77.0.1 "NTP server, option 42"
same "$(got four domain_name_servers)" 10.77.0.1 "DNS server"
same "$(got four routers)" "" "a router on a sealed segment"
await 20 has_link_local
ask -6 six
case $(got six ip6_address) in
fd77::1???) ;;
*) fail "no address by DHCPv6: $(cat "$dir/six")" ;;
esac
same "$(got six dhcp6_name_servers)" fd77::1 "DNS server by DHCPv6"
same "$(got six dhcp6_sntp_list)" fd77::1 "SNTP server, option 31"
# RFC 5908: suboption 1 of 16 bytes, the server's address.
same "$(got six dhcp6_ntp)" \
    0:1:0:10:fd:77:0:0:0:0:0:0:0:0:0:0:0:0:0:1 "NTP server, option 56"
# It may still make one itself.
makes_its_own() { on_plain ip -6 -o address show dev eth0 | grep 'inet6 fd77:'; }
await 20 makes_its_own

## The time.

on_plain ip address add 10.77.0.50/24 dev eth0
on_plain ip address add fd77::50/64 dev eth0 nodad
for server in 10.77.0.1 fd77::1; do
	on_plain timeout 60 chronyd -u root -Q -t 30 -f /dev/null \
	    "server $server iburst maxsamples 1" >"$dir/chronyd.log" 2>&1 ||
	    fail "no time from $server: $(cat "$dir/chronyd.log")"
	# The clock is the same here: less than a second apart.
	grep -qE 'wrong by -?0\.[0-9]+ seconds' "$dir/chronyd.log" ||
	    fail "another time from $server: $(cat "$dir/chronyd.log")"
done

## After a kill.

six=$(got six ip6_address)
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null || true
await 20 no_process_of_ours
has_no_cable() { ! on_plain ip link show dev eth0; }
await 20 has_no_cable
plain_cable
on_plain sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0
daemon_start
await 30 segment_is_up
await 20 serves
ask -4 other
[ "$(got other ip_address)" != 10.77.0.142 ] || fail "it is everybody's address"
ask -4 four
same "$(got four ip_address)" 10.77.0.142 "IPv4 address after a restart"
await 20 has_link_local
ask -6 six
same "$(got six ip6_address)" "$six" "IPv6 address after a restart"
daemon_stop
plain_stop
