#!/bin/bash
# limit: 240 s
# Mode cloud.  Real servers out there (nginx, dnsmasq as the resolver), behind
# the machine's uplink; a device with curl.  By IPv4 and IPv6 it reaches the host
# that its profile names, by name, and no other; not the update host, which is shut; nor
# another port.  A worker reaches none of them, nobody out there reaches the
# device, and before and after the scenario nothing gets out.  Each flow is in
# the record.
. tests/netns/lib.sh
command -v dnsmasq >/dev/null || skip "dnsmasq is not there"
PATH=$PATH:$top/build/peers/usr/sbin

## The world: 192.0.2.0/24, behind up0.  "other" is named by nobody.

unshare --net sleep infinity &
world=$!
in_world() { nsenter -t "$world" -n "$@"; }
has_own() { [ "$(readlink "/proc/$world/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
await 5 has_own
ip link add up0 type veth peer name eth0 netns "$world"
ip address add 192.0.2.1/24 dev up0
ip link set up0 up
sysctl -qw net.ipv4.conf.up0.forwarding=1
in_world ip link set lo up
# By IPv6 as well.
ip address add 2001:db8:ffff::1/64 dev up0 nodad
sysctl -qw net.ipv6.conf.all.forwarding=1
for a in 80 81 82; do in_world ip address add "2001:db8:ffff::$a/64" dev eth0 nodad; done
for a in 53 80 81 82; do in_world ip address add "192.0.2.$a/24" dev eth0; done
in_world ip link set eth0 up
ip route add default via 192.0.2.53
nsenter -t "$world" -n dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root \
    --no-resolv --no-hosts --log-facility=- --log-queries --bind-interfaces \
    --listen-address=192.0.2.53 --host-record=api.example.com,192.0.2.80 \
    --host-record=api.example.com,2001:db8:ffff::80 \
    --host-record=fw.example.com,192.0.2.81 \
    --host-record=fw.example.com,2001:db8:ffff::81 \
    --host-record=sub.api.example.com,192.0.2.82 >"$dir/resolver.log" 2>&1 &
resolver=$!
mkdir -p "$dir/www"
echo "the cloud" >"$dir/www/index.html"
cat >"$dir/nginx.conf" <<END
user root;
daemon off;
pid $dir/nginx.pid;
error_log stderr crit;
events { worker_connections 64; }
http {
	access_log $dir/access.log;
	client_body_temp_path $dir/t1; proxy_temp_path $dir/t2; fastcgi_temp_path $dir/t3;
	uwsgi_temp_path $dir/t4; scgi_temp_path $dir/t5;
	server { listen 192.0.2.80:80; listen 192.0.2.81:80; listen 192.0.2.82:80;
	    listen 192.0.2.80:8080; listen [2001:db8:ffff::80]:80;
	    listen [2001:db8:ffff::81]:80; listen [2001:db8:ffff::82]:80;
	    listen [2001:db8:ffff::80]:8080; root $dir/www; }
}
END
nsenter -t "$world" -n nginx -e stderr -c "$dir/nginx.conf" >"$dir/nginx.log" 2>&1 &
nginx=$!
# get HOST PORT: one page, in a shell of its own.
cat >"$dir/get" <<'END'
exec 3<>"/dev/tcp/$1/$2" || exit 1
printf 'GET / HTTP/1.0\r\nHost: %s\r\n\r\n' "$1" >&3
cat <&3
END
gets() { timeout 10 bash "$dir/get" "$@" 2>/dev/null | grep "the cloud" >/dev/null; }
cloud_is_up() {
	gets 192.0.2.80 80 && gets 192.0.2.81 80 && gets 192.0.2.80 8080 &&
	    gets 2001:db8:ffff::80 80 && gets 2001:db8:ffff::81 80 &&
	    gets 2001:db8:ffff::82 80 && gets 2001:db8:ffff::80 8080
}
await 10 cloud_is_up
: >"$dir/access.log"

## The bench and its device.

cat >"$dir/profile.yaml" <<'END'
version: 1
product: {name: A device with a cloud}
mac: 02:00:00:00:00:10
cloud:
  - {host: api.example.com, transport: tcp, port: 80}
  - {host: fw.example.com, shut: true}
actions:
  reset: {by: hook, hook: reset, check: {kind: up}}
  wake: {by: hook, hook: wake, check: {kind: up}}
END
mkdir -p "$dir/probes"
cp "$BUILD"/tests/probes/{bad_connect_outside,bad_idle,sample_load}.so "$dir/probes/"
PROBE_DIR=$dir/probes
daemon_conf <<-END
	    uplink: {interface: up0, resolver: 192.0.2.53}
	    cloud_allow: [api.example.com, fw.example.com]
	hooks:
	  - {name: reset, command: [/bin/touch, $dir/was-reset]}
	  - {name: wake, command: [/bin/touch, $dir/was-woken], impact: active}
END
plain_start
daemon_start
await 20 segment_is_up
device_add "$dir/profile.yaml"
on_plain ip route add default via 10.77.0.1
on_plain sysctl -qw net.ipv6.conf.eth0.accept_ra=0 \
    net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.disable_ipv6=0
on_plain ip address add 2001:db8:77::50/64 dev eth0 nodad
on_plain ip -6 route add default via 2001:db8:77::1
echo "nameserver 10.77.0.1" >"$dir/resolv.conf"
# With the bench's resolver.
cat >"$dir/as-device" <<END
mount --bind "$dir/resolv.conf" /etc/resolv.conf
exec timeout "\$PATIENCE" bash "$dir/get" "\$@"
END
# reaches HOST [PORT]
reaches() {
	PATIENCE=${PATIENCE:-10} on_plain unshare --mount bash "$dir/as-device" "$1" "${2:-80}" 2>/dev/null |
	    grep "the cloud" >/dev/null
}
reaches_not() { ! PATIENCE=1.5 reaches "$1" "${3:-}" || fail "the device reached $1 $2"; }
# Lines "HOST PORT WHAT"; at the same time, since each waits for nothing.
reaches_none() {
	local host port what pid pids=()
	while read -r host port what; do
		reaches_not "$host" "$what" "$port" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || fail "the device reached what it must not"
	done
}
everything_is_shut() {
	reaches_none <<-END
	api.example.com 80 $1
	192.0.2.80 80 $1
	2001:db8:ffff::80 80 $1
	END
	! ip link show assay0 >/dev/null 2>&1 || fail "the way out is there $1"
	! nft list tables | grep assay >/dev/null || fail "its rules are there $1"
}
everything_is_shut "before the scenario"

## Open.

cat >"$dir/cloud.yaml" <<'END'
version: 1
name: cloud-case
mode: cloud
steps:
  - probe: bad.connect_outside
    with: {address: 192.0.2.80, port: 80}
  - probe: bad.connect_outside
    with: {address: 169.254.88.1, port: 80}
  - probe: bad.connect_outside
    with: {address: "2001:db8:ffff::80", port: 80}
  - probe: sample.load
  - action: reset
  - action: wake
  - probe: bad.idle
    timeout: 2m
END
scenario=$dir/cloud.yaml
run_begin
at_idle() { all_records | jq -e -s 'any(.[]; .type == "job" and .probe == "bad.idle")'; }
await 40 at_idle
await 20 reaches api.example.com
reaches 192.0.2.80 || fail "not by its address"
await 10 reaches 2001:db8:ffff::80
in_log() { grep -E "$1" "$dir/access.log" >/dev/null; }
in_log '^2001:db8:ffff::1 ' || fail "by IPv6 it did not come with the machine's address"
names_six() { on_plain unshare --mount bash -c "mount --bind $dir/resolv.conf /etc/resolv.conf; getent ahostsv6 api.example.com" | grep -F 2001:db8:ffff::80 >/dev/null; }
names_six || fail "its name has no IPv6 address"
reaches_none <<'END'
fw.example.com 80 which is shut
2001:db8:ffff::81 80 which is shut
2001:db8:ffff::82 80 which nobody named
2001:db8:ffff::80 8080 by another port
2001:db8:ffff::1 80 which is the machine
fd61:7373:6179::1 80 which is the machine
192.0.2.81 80 which is shut
192.0.2.82 80 which nobody named
sub.api.example.com 80 which is another name
192.0.2.80 8080 by another port
192.0.2.1 80 which is the machine
END
# Another MAC address on the same segment.
on_plain ip link set eth0 address 02:00:00:00:00:11
reaches_none <<'END'
192.0.2.80 80 by another MAC address
2001:db8:ffff::80 80 by another MAC address
END
on_plain ip link set eth0 address 02:00:00:00:00:10
await 20 reaches 192.0.2.80
# What is in the segment's own namespace has no way: not as root either.
segment_pid=$(pid_of watch)
! nsenter -t "$segment_pid" -n timeout 1.5 bash -c 'exec 3<>/dev/tcp/192.0.2.80/80' 2>/dev/null ||
    fail "a process on the segment reached the cloud"
! nsenter -t "$segment_pid" -n timeout 1.5 bash -c 'exec 3<>/dev/tcp/2001:db8:ffff::80/80' 2>/dev/null ||
    fail "a process on the segment reached the cloud by IPv6"
! nsenter -t "$segment_pid" -n timeout 1.5 bash -c 'exec 3<>/dev/tcp/169.254.88.1/80' 2>/dev/null ||
    fail "a process on the segment reached the machine"
# Nobody out there reaches the device, though he knows the way.
in_world ip route add 10.77.0.0/24 via 192.0.2.1
in_world ip route add 169.254.88.0/30 via 192.0.2.1
nsenter -t "$device_pid" -n busybox nc -l -p 7000 </dev/null >"$dir/entered" 2>/dev/null &
listener=$!
! in_world timeout 1.5 bash -c 'echo in >/dev/tcp/10.77.0.50/7000' 2>/dev/null || fail "somebody entered"
! in_world timeout 1.5 bash -c 'echo in >/dev/tcp/169.254.88.2/7000' 2>/dev/null || fail "somebody entered"
in_world ip route add 2001:db8:77::/64 via 2001:db8:ffff::1
! in_world timeout 1.5 bash -c 'echo in >/dev/tcp/2001:db8:77::50/7000' 2>/dev/null || fail "somebody entered"
in_world ip route add fd61:7373:6179::/64 via 2001:db8:ffff::1
! in_world timeout 1.5 bash -c 'echo in >/dev/tcp/fd61:7373:6179::2/7000' 2>/dev/null || fail "somebody entered"
kill "$listener" 2>/dev/null || true
[ ! -s "$dir/entered" ] || fail "somebody entered"
# Only the names were asked for that root allows, and not by the device.
! grep -E 'query.*(sub|other)' "$dir/resolver.log" >/dev/null || fail "$(cat "$dir/resolver.log")"
has_flow() {
	all_records | jq -e -s --arg code "$1" --arg host "$2" --arg to "$3" '
	    any(.[]; .type == "event" and .what == "flow" and .code == $code and
		.detail == $host and .values.to == $to and .values.transport == 6)'
}
await 10 has_flow allowed api.example.com 192.0.2.80
await 10 has_flow shut fw.example.com 192.0.2.81
await 10 has_flow refused "" 192.0.2.82
await 10 has_flow allowed api.example.com 2001:db8:ffff::80
await 10 has_flow shut fw.example.com 2001:db8:ffff::81
await 10 has_flow refused "" 2001:db8:ffff::82
ctl --json status | jq -e '.segments[0].mode == "cloud"' >/dev/null || fail "status says it is sealed"

## Shut again: at the run's end, when the uplink's process dies, at a kill -9.

ctl cancel "$(run_number)" >/dev/null
run_end 40
expect_no_pass
all_records | jq -r 'select(.type == "verdict") | .mode' | grep -vx cloud | grep . &&
    fail "a verdict does not say cloud"
all_records | jq -e -s '[.[] | select(.type == "event" and .what == "fence") | .code] == ["open", "shut"] and
    any(.[]; .type == "event" and .what == "fence" and .code == "open" and .values.ipv6 == "open" and
	any(.values.hosts[].addrs[]; . == "2001:db8:ffff::80")) and
    any(.[]; .type == "canary" and .good and
	all(.facts[] | select(.name | startswith("transit.")); .value == "to the fence"))' \
    >/dev/null || fail "the record does not say what was open"
verdicts | grep -E 'inconc not_allowed.fence$' >/dev/null || fail "a load was not refused"
has_event action not_allowed.fence || fail "an action that changes the device was not refused"
[ ! -e "$dir/was-reset" ] || fail "the device was reset"
[ -e "$dir/was-woken" ] || fail "it was not woken, though root says that this is harmless"
is_shut() { ! ip link show assay0 && ! nft list tables | grep assay >/dev/null; }
await 10 is_shut
everything_is_shut "after the scenario"

## Again, on a machine that forwards no IPv6: the event says so, all is refused.

sysctl -qw net.ipv6.conf.all.forwarding=0
# What was refused leaves the run incomplete.
printf 'version: 1\nname: reset\nmode: cloud\nsteps:\n  - action: reset\n  - manual: press reset\n' >"$dir/reset.yaml"
scenario=$dir/reset.yaml
run_whole
same "$run_status" 2 "exit status when an action was refused"
has_event manual not_allowed.fence || fail "a person was asked to change the device"
await 10 is_shut

scenario=$dir/cloud.yaml
run_begin
await 40 reaches api.example.com
reaches_not 2001:db8:ffff::80 "without a way by IPv6"
await 10 has_flow refused "" 2001:db8:ffff::80
! names_six || fail "a name has an IPv6 address that leads nowhere"
kill -KILL "$(pgrep -f -- '-x uplink')"
await 10 is_shut
everything_is_shut "after the uplink's process was killed"
ctl cancel "$(run_number)" >/dev/null
run_end 40
all_records | jq -e -s 'any(.[]; .type == "event" and .what == "fence" and .code == "lost") and
    any(.[]; .type == "event" and .what == "fence" and .code == "open" and .values.ipv6 == "refused" and
	(.values.ipv6_why | test("does not forward")))' \
    >/dev/null || fail "the record does not say that it shut by itself"

run_begin
await 40 reaches api.example.com
kill "$resolver" # it is a dnsmasq, and would be taken for ours
wait "$resolver" 2>/dev/null || true
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null || true
kill "$run_pid" # it would wait for a daemon to come back
wait "$run_pid" 2>/dev/null || true
await 20 no_process_of_ours
await 20 is_shut

plain_stop
kill "$nginx" "$world"
wait "$nginx" "$world" 2>/dev/null || true
uplink_is_gone() { ! ip link show up0; }
await 10 uplink_is_gone
