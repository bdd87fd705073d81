#!/bin/bash
# The bench's own capture of a run, analyzed elsewhere with no daemon and no
# root, shows the same cleartext services on frames that are there; converted to
# classic pcap it shows the same; cut, it says so; what is no capture is 64.
. tests/netns/lib.sh

bench_start
scenario_of "- probe: services.cleartext" "  with: {addresses: ipv4, ports: \"22,23,80,1883,443\", udp_ports: \"69\"}"
run_whole
same "$run_status" 1 "exit status of the run"
bench_stop

capture=$dir/foreign.pcapng
cp "$(find "$dir/state" -name '*.pcapng' -path '*captures*' -size +20k | head -n 1)" "$capture"
chmod 0755 "$dir"
chmod 0644 "$capture"
# analyze FILE [OPTION…]: as nobody; exit status in $status.
analyze() {
	status=0
	setpriv --reuid 65534 --regid 65534 --clear-groups \
	    "$BUILD/assayctl" analyze "$@" --profile "$profile" \
	    >"$dir/out" 2>"$dir/err" || status=$?
}
# What failed, each service named: "NET-06 completeness telnet 23, …".
failed() {
	jq -r '.verdicts[] | select(.verdict == "fail") |
	    "\(.check) \(.claim) \(.subject.addr) \(.values.services)"' "$1" | sort
}

# The device is the only sender that is not the bench.
analyze "$capture" --json
same "$status" 1 "exit status of analyze ($(cat "$dir/err"))"
cp "$dir/out" "$dir/own.json"
jq -e '.device.mac == "02:00:00:00:00:10" and (.counts.pass // 0) == 0' \
    "$dir/own.json" >/dev/null || fail "not this device, or a pass"
same "$(jq -r .sha256 "$dir/own.json")" "$(sha256sum <"$capture" | cut -c 1-64)" "SHA-256"
failed "$dir/own.json" | grep "NET-06 completeness 10.77.0.* telnet 23" >/dev/null ||
	fail "telnet was not seen: $(cat "$dir/own.json")"
# As the live run said of the same address, no more than that.
live=$(all_records | jq -r 'select(.type == "verdict" and .verdict == "fail") |
    .subject.addr' | sort -u)
seen=$(jq -r '.verdicts[] | select(.verdict == "fail") | .subject.addr' "$dir/own.json" | sort -u)
same "$(comm -13 <(echo "$live") <(echo "$seen"))" "" "addresses that failed here alone"

# Its evidence is frames of that file, with their digests.
first=$(jq -r 'first(.verdicts[] | select(.verdict == "fail") | .evidence[] |
    select(.select.remote == "23")) | .first' "$dir/own.json")
if command -v tshark >/dev/null; then
	tshark -r "$capture" -Y "frame.number == $first && tcp.port == 23" 2>/dev/null |
	    grep . >/dev/null || fail "frame $first is not telnet's"
fi

# For a person.
analyze "$capture"
same "$status" 1 "exit status"
grep -F "a pass is" "$dir/out" >/dev/null || fail "it does not say why there is no pass"
grep -E "^FAIL +NET-06" "$dir/out" >/dev/null || fail "no FAIL line"

if command -v editcap >/dev/null; then
	editcap -F pcap "$capture" "$dir/classic.pcap"
	chmod 0644 "$dir/classic.pcap"
	# That format forgets who sent what.
	analyze "$dir/classic.pcap" --json
	same "$status" 64 "exit status with two senders"
	grep -F "which of those" "$dir/err" >/dev/null || fail "it does not ask for the device"
	analyze "$dir/classic.pcap" --mac 02:00:00:00:00:10 --json
	same "$status" 1 "exit status of classic pcap"
	same "$(failed "$dir/out")" "$(failed "$dir/own.json")" "verdicts of classic pcap"
else
	echo "skipped: classic pcap: there is no editcap"
fi

head -c "$(($(stat -c %s "$capture") * 2 / 3 + 1))" "$capture" >"$dir/cut.pcapng"
analyze "$dir/cut.pcapng"
grep -E "^warning +the file is cut off in frame [0-9]+, at byte" "$dir/out" >/dev/null ||
	fail "the cut is not told: $(cat "$dir/out" "$dir/err")"
! grep -E "^PASS" "$dir/out" || fail "a pass"
echo "no capture at all" >"$dir/text"
analyze "$dir/text"
same "$status" 64 "exit status of what is no capture"
