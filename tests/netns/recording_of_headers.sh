#!/bin/bash
# Of a device whose profile says `recording: headers` no payload is on the disk:
# headers, the length and digest of each whole frame, and names.  Over them
# net.flows passes and fails as over whole frames; a run that asks the device
# has whole frames to show.
. tests/netns/lib.sh
command -v tshark >/dev/null && command -v capinfos >/dev/null ||
    skip "tshark or capinfos is not there"

# headers_profile RECORDING NAME…: these may be called.
headers_profile() {
	{
		cat "$profile"
		echo "recording: $1"
		echo "flows:"
		shift
		printf '  - {to: %s}\n' "$@"
	} >"$dir/headers.yaml"
	device_add "$dir/headers.yaml"
}
flows_run() {
	scenario_of "- probe: net.flows" "  with: {over: 1h, least: 8s, silence: 20s}"
	sed -i "s/^steps:/quiet: 9s\nsteps:/" "$scenario"
	run_whole
	verdicts | grep "NET-36 completeness" | awk '{ print $4, $5 }'
}
on_device() { nsenter -t "$(pgrep -n -f tests/devices/inside)" -n "$@"; }
on_segment() { nsenter -t "$(pid_of capture)" -n "$@"; }
# lines_with WORD: in all files.
lines_with() {
	cat "$dir"/state/captures/*/*.pcapng | { grep -acF "$1" || true; }
}
# recorded FILTER: frames that tshark finds so, in all files.
recorded() {
	local f
	for f in "$dir"/state/captures/*/*.pcapng; do
		tshark -n -r "$f" -Y "$1" 2>>"$dir/tshark.err"
	done | wc -l
}
is_recorded() { [ "$(recorded "$1")" -ge "${2:-1}" ]; }
# speak WORD PORT: both ways, with this in the payload.
speak() {
	on_device bash -c "echo $1 >/dev/udp/10.77.0.1/$2"
	on_segment bash -c "exec 3<>/dev/tcp/$(device_ipv4)/80
	    printf 'GET /$1 HTTP/1.0\r\n\r\n' >&3; cat <&3" >/dev/null
	await 10 is_recorded "udp.dstport == $2"
	await 10 is_recorded "tcp.port == 80 && tcp.flags.fin == 1"
}

bench_start asks=api.example.test@10.77.0.1 monlist
headers_profile full api.example.test 10.77.0.1
speak nightingale 5001
[ "$(lines_with nightingale)" -gt 0 ] || fail "what is said is not recorded"

headers_profile headers api.example.test 10.77.0.1
speak wryneck 5002
same "$(lines_with wryneck)" 0 "payload on the disk"
is_recorded "udp.dstport == 5002 && frame.cap_len == 42 && frame.len == 50" ||
    fail "not the headers of a datagram, and its length"
is_recorded 'udp.dstport == 5002 && frame.comment matches "^whole: 50 bytes, sha256 [0-9a-f]{64}$"' ||
    fail "no digest of the whole frame"
is_recorded 'dns.qry.name == "api.example.test" && !_ws.malformed' ||
    fail "no name that it asks for"

# Over such a recording.
same "$(flows_run)" "pass flows.as_declared" "a device that calls whom it declares"
ctl recheck "$(run_number)" >"$dir/out" || fail "recheck: $(cat "$dir/out")"
headers_profile headers other.example.test 10.77.0.1
same "$(flows_run)" "fail flows.undeclared" "a name that is not declared"
seq=$(all_records | jq -s 'first(.[] | select(.type == "verdict" and
    .verdict == "fail")).seq')
ctl evidence "$seq" -o "$dir/evidence.pcapng" >/dev/null
[ "$(tshark -n -r "$dir/evidence.pcapng" -Y 'dns.qry.name == "api.example.test"' \
    2>>"$dir/tshark.err" | wc -l)" -gt 0 ] || fail "the fail does not show the name"
ctl --json key show | jq -r .public >"$dir/bench.pem"
ctl verify "$(run_number)" --trust "$dir/bench.pem" >"$dir/out" ||
    fail "verify: $(cat "$dir/out")"

# A job that asks the device shows what was said; and after it nothing is kept.
scenario_of "- probe: net.amplification" "  with: {addresses: ipv4}"
run_whole
expect "AMP-01 behaviour" fail
seq=$(all_records | jq -s 'first(.[] | select(.type == "verdict" and
    .verdict == "fail")).seq')
ctl evidence "$seq" -o "$dir/asked.pcapng" >/dev/null
same "$(tshark -n -r "$dir/asked.pcapng" -Y 'frame.cap_len < frame.len' \
    2>>"$dir/tshark.err" | wc -l)" 0 "cut frames that a job needed"
speak siskin 5003
same "$(lines_with siskin)" 0 "payload on the disk after a job"

# Nor does a capture that takes over.
kill -KILL "$(pid_of capture)"
await 20 segment_is_up
await 20 pid_of capture
speak bullfinch 5004
same "$(lines_with bullfinch)" 0 "payload on the disk of another capture"
daemon_stop
for f in "$dir"/state/captures/*/*.pcapng; do
	capinfos -c -M "$f" >/dev/null 2>"$dir/capinfos.err"
	[ ! -s "$dir/capinfos.err" ] || fail "capinfos: $(cat "$dir/capinfos.err")"
done
same "$(recorded '_ws.malformed && frame.cap_len < frame.len')" 0 "malformed frames"
! grep -v 'Running as user' "$dir/tshark.err" >&5 || fail "tshark complains"
device_stop
