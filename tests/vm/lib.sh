# What the guest's cases use besides tests/netns/lib.sh: a device with two
# servers, emulated interfaces joined by QEMU's hub, and QEMU's monitor.
# shellcheck shell=bash disable=SC1091,SC2034,SC2154,SC2317
. tests/netns/lib.sh
[ -n "${IN_VM:-}" ] || skip "this case runs in the guest: tests/vm/run"

profile=$top/tests/vm/light-device.yaml

# light_start [OPTION…] of tests/devices/reference
light_start() {
	: >"$dir/device.log"
	tests/devices/reference --light yes --link lab0 --build "$BUILD" \
	    --control "$dir/control" "$@" >>"$dir/device.log" 2>&1 &
	device_pid=$!
	await 30 has_line "$dir/device.log" '^(ready|not ready)'
	has_line "$dir/device.log" '^ready' || fail "the device is not ready"
}
# Daemon and light device, its IPv4 address known: light_bench [OPTION…]
light_bench() {
	daemon_start
	await 20 segment_is_up
	light_start "$@"
	await 25 has_line "$dir/device.log" '^address '
	device_add "$profile"
	await 20 bench_knows_addresses 1
}
quick_scenario() {
	scenario_of "- probe: tcp.ports" \
	    "  with: {addresses: ipv4, ports: \"${1:-1-2000}\"}"
}

# The emulated interface N (1 the segment's, 2 the device's, 3 a stranger's):
# its name now, or nothing.
nic_now() {
	local link
	for link in /sys/class/net/*; do
		case $(readlink -f "$link/device") in
		*/0000:00:0$((3 + $1)).0 | */0000:00:0$((3 + $1)).0/virtio*) echo "${link##*/}" ;;
		esac
	done
}
# As the guest found it, by this name: name_nic N NAME
name_nic() {
	local now
	now=$(nic_now "$1")
	[ -n "$now" ] || fail "there is no emulated interface $1"
	ip link set "$now" down
	ip address flush dev "$now"
	[ "$now" = "$2" ] || ip link set "$now" name "$2"
	ip link set "$2" address "52:54:00:00:00:0$1" mtu 1500
}
# A case before may have given one the name that a cable has in this one.
for n in 1 2 3; do
	[ -z "$(nic_now "$n")" ] || name_nic "$n" "nic$n"
done

# One that was lent stays when the device goes.
cable_is_gone() {
	[ -e /sys/class/net/lab0/device ] || ! ip link show dev lab0
}
# monitor COMMAND…: to QEMU's monitor.
monitor() { echo "$*" >/dev/ttyS2; }
