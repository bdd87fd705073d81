#!/bin/bash
# A device that got a flaw since the run it is compared with: diff says that
# one thing and ends in 1; waived it ends in 0 and is still a failure; mended it
# is fixed.  Another firmware in the profile is no other profile.
. tests/netns/lib.sh

# probed: the device as it is now.
probed() {
	status=0
	ctl probe dut tcp.ports addresses=ipv4 >/dev/null || status=$?
	newest=$(ctl --json runs -n 1 | jq '.runs[0].run')
}
# compared WORD… : $status, and what was said in $dir/diff.json.
compared() {
	status=0
	ctl --json diff "$@" >"$dir/diff.json" 2>"$dir/said" || status=$?
}
found() { jq -c "$1" "$dir/diff.json"; }
# another_device FIRMWARE [FLAW…]
another_device() {
	daemon_stop
	device_stop
	sed "s/^firmware: .*/firmware: \"$1\"/" "$profile" >"$dir/profile.yaml"
	shift
	bench_start "$@"
	device_add "$dir/profile.yaml"
}
typed_wrong() {
	status=0
	ctl "$@" >/dev/null 2>"$dir/said" || status=$?
	[ "$status" -ge 3 ] || fail "taken: $*"
}

bench_start
typed_wrong diff dut
typed_wrong baseline set dut
typed_wrong diff nobody
probed
same "$status" 0 "exit status of the good device"
good=$newest
compared dut
same "$status" 64 "exit status without a baseline"
ctl baseline set dut >/dev/null
same "$(ctl --json baseline list | jq -c '[.baselines[] | [.name, .value.run]]')" \
    "[[\"dut\",$good]]" "baselines"
compared dut
same "$status" 2 "exit status when there is no later run"
typed_wrong baseline set dut 1000

another_device 1.1 undeclared-port=2323
probed
same "$status" 1 "exit status of the flawed device"
bad=$newest
compared dut
same "$status" 1 "exit status of diff"
same "$(found '[.findings[] | [.is, .check, .from, .to, .basis]]')" \
    '[["new_failure","NET-01","pass","fail",[]]]' "what changed"
same "$(found '.firmware, .baseline, .run')" "{\"after\":\"1.1\",\"before\":\"1.0\"}
$good
$bad" "what was compared"
ctl --json verdicts "$bad" | jq -e --argjson v "$(found '.findings[0].claims[0].after')" \
    '.verdicts[] | select(.seq == $v) | .verdict == "fail"' >/dev/null ||
    fail "the finding names no verdict that failed"
ctl diff dut >"$dir/text" || true
grep -E '^NEW FAILURE +NET-01 ' "$dir/text" >/dev/null || fail "said: $(cat "$dir/text")"
grep -F 2323 "$dir/text" >/dev/null || fail "said: $(cat "$dir/text")"
same "$(grep -c '^[a-zA-Z].* -> ' "$dir/text")" 1 "findings in the text"
{ ctl -l ja diff dut || true; } | grep '新規不合格' >/dev/null || fail "the text in Japanese"

# As JUnit XML: failed for the new failure alone, and for nothing when it is
# waived or was there before.
junit() {
	status=0
	ctl diff "$@" --format junit >"$dir/diff.xml" || status=$?
	xmllint --nonet --noout --schema tests/formats/junit.xsd "$dir/diff.xml" 2>"$dir/err" ||
	    fail "junit: $(head -n 3 "$dir/err")"
	cases=$(xmllint --xpath 'concat(count(//testcase), " ", count(//failure), " ",
	    count(//skipped), " ", count(//error), " ", string(//testcase[failure]/@name))' "$dir/diff.xml")
}
junit dut
same "$status $cases" "1 2 1 0 0 NET-01" "cases of a new failure"
typed_wrong diff dut --format html

# A waiver: for a day to come, by a ticket, and it makes nothing a pass.
typed_wrong waive dut NET-01 --until 2020-01-01 --ticket T-7
typed_wrong waive dut NET-01 --until 2099-02-30 --ticket T-7
typed_wrong waive dut NET-01 --until 2099-02-28
typed_wrong waive dut 'net 1' --until 2099-02-28 --ticket T-7
typed_wrong waive nobody NET-01 --until 2099-02-28 --ticket T-7
ctl waive dut NET-01 --until 2099-02-28 --ticket T-7 --by Ann >/dev/null
compared dut
same "$status" 0 "exit status when it is waived"
junit dut
same "$status $cases" "0 2 0 1 0 " "cases when it is waived"
same "$(found '[.findings[] | [.is, .kind, .to, .waiver]]')" \
    '[["waived","new_failure","fail",{"by":"Ann","ticket":"T-7","until":"2099-02-28"}]]' \
    "what is waived"
ctl diff dut | grep 'waived until 2099-02-28, ticket T-7, by Ann' >/dev/null ||
    fail "nobody is named"
ctl waive dut NET-01 --lift >/dev/null
compared dut
same "$status" 1 "exit status when the waiver was lifted"
# One that has run out, as it stands there the day after.
daemon_stop
device_stop
sqlite3 "$(find "$dir/state" -name '*.db' | head -n 1)" "INSERT INTO waiver(name,
    value, time) VALUES('dut/NET-01', '{\"by\":\"Ann\",\"check\":\"NET-01\",' ||
    '\"device\":\"dut\",\"lifted\":false,\"ticket\":\"T-7\",\"uid\":0,' ||
    '\"until\":\"2020-01-01\"}', 1)"

bench_start
compared "$good" "$bad"
same "$status" 1 "exit status when the waiver has expired"
same "$(ctl --json waivers dut | jq -c '[.waivers[] | [.check, .expired]]')" \
    '[["NET-01",true]]' "waivers"

# Mended.
probed
same "$status" 0 "exit status of the mended device"
compared dut
same "$status" 0 "exit status of diff on the mended device"
same "$(found .findings)" "[]" "what changed since the good run"
compared "$bad" "$newest"
same "$status" 0 "exit status of what is fixed"
same "$(found '[.findings[] | [.is, .check]]')" '[["fixed","NET-01"]]' "what is fixed"
junit "$bad" "$newest"
same "$status $cases" "0 2 0 0 0 " "cases of what is fixed"
bench_stop
