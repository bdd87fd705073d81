#!/bin/bash
# Captures and slices are what tshark and capinfos read: comments there, no
# frame over the MTU, every checksum good, and the digest as recorded.
. tests/netns/lib.sh
command -v tshark >/dev/null && command -v capinfos >/dev/null ||
    skip "tshark or capinfos is not there"

bench_start undeclared-port=2323
run_whole
same "$run_status" 1 "exit status"

checksums=(-o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE
    -o udp.check_checksum:TRUE)
# (Linux writes a checksum of 0 as 0xffff in TCP too, which tshark calls bad and
# every receiver takes.)
bad='(tcp.checksum.status == 0 && tcp.checksum != 0xffff) || udp.checksum.status == 0 || ip.checksum.status == 0 || icmp.checksum.status == 0 || icmpv6.checksum.status == 0 || _ws.malformed'
# readable FILE: both tools read it, and find nothing wrong with a frame.
readable() {
	capinfos -c -M "$1" >/dev/null 2>"$dir/capinfos.err" || fail "capinfos: $1"
	[ ! -s "$dir/capinfos.err" ] || fail "capinfos: $(cat "$dir/capinfos.err")"
	same "$(tshark -n -r "$1" -Y 'frame.len > 1514' 2>/dev/null | wc -l)" 0 \
	    "frames over the MTU in $1"
	same "$(tshark -n -r "$1" "${checksums[@]}" -Y "$bad" 2>/dev/null | head -n 5)" \
	    "" "bad checksums in $1"
}
n=0
for seq in $(all_records | jq 'select(.type == "verdict") | .seq'); do
	ctl evidence "$seq" -o "$dir/$seq.pcapng" >/dev/null
	readable "$dir/$seq.pcapng"
	[ "$(tshark -n -r "$dir/$seq.pcapng" -Y frame.comment 2>/dev/null | wc -l)" -gt 0 ] ||
	    fail "no comment in the slice of $seq"
	same "$(sha256sum <"$dir/$seq.pcapng" | cut -d ' ' -f 1)" \
	    "$(all_records | jq -r --argjson s "$seq" \
		'select(.seq == $s) | .slice.sha256')" "digest of slice $seq"
	n=$((n + 1))
done
[ "$n" -ge 8 ] || fail "only $n verdicts with a slice"
# The fail's frames show the SYN-ACK of the port it names.
bad_one=$(all_records | jq -s 'first(.[] | select(.type == "verdict" and
    .verdict == "fail" and .check == "NET-01")).seq')
[ "$(tshark -n -r "$dir/$bad_one.pcapng" \
    -Y 'tcp.srcport == 2323 && tcp.flags.syn == 1 && tcp.flags.ack == 1' \
    2>/dev/null | wc -l)" -gt 0 ] || fail "the fail does not show its port"
daemon_stop
for f in "$dir"/state/captures/*/*.pcapng; do
	readable "$f"
done
device_stop
