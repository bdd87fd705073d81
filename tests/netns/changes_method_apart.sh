#!/bin/bash
# A verdict by another version of a probe's method is no change of the device's:
# it is kept apart, and is no "nothing new" either.
. tests/netns/lib.sh

probed() { ctl probe dut sample.ok >/dev/null || true; }
compared() {
	status=0
	ctl --json diff dut >"$dir/diff.json" || status=$?
}
found() { jq -c '[.findings[] | [.is, .kind, .check, .basis]]' "$dir/diff.json"; }
listen() {
	nsenter -t "$device_pid" -n "$BUILD/tests/bench/listener" 80 >"$dir/listener" &
	listener=$!
	await 10 has_line "$dir/listener" ready
}
deafen() {
	kill "$listener"
	wait "$listener" 2>/dev/null || true
}
# by_method PROBE: from now on sample.ok is this one.
by_method() {
	cp "$BUILD/tests/probes/$1.so" "$dir/probes/new.so"
	mv "$dir/probes/new.so" "$dir/probes/sample_ok.so"
	touch "$dir/probes/sample_ok.so"
}

plain_bench sample_ok
listen
probed
ctl baseline set dut >/dev/null

by_method sample_method
probed
compared
same "$status" 0 "exit status when both methods pass"
deafen
probed
compared
same "$(found)" '[["apart","new_failure","TEST-01",["method"]]]' "by another method"
same "$status" 2 "exit status by another method"
{ ctl diff dut --format junit || true; } >"$dir/diff.xml"
same "$(xmllint --xpath 'concat(count(//testcase), " ", count(//failure), " ", count(//skipped))' "$dir/diff.xml")" \
    "2 0 1" "cases by another method"
{ ctl diff dut || true; } | grep '(method)' >/dev/null || fail "the text does not say why"

by_method sample_ok
probed
compared
same "$(found)" '[["new_failure","new_failure","TEST-01",[]]]' "by the same method"
same "$status" 1 "exit status by the same method"

# pass, fail, pass, fail of the same firmware: it goes to and fro.
listen
probed
deafen
probed
compared
same "$(jq -c '[.findings[] | [.is, .flaky]]' "$dir/diff.json")" \
    '[["new_failure",true]]' "to and fro"
same "$status" 1 "exit status of what is flaky"

# Another catalogue, under which the check may mean something else: kept apart.
listen
probed
ctl baseline set dut >/dev/null
deafen
daemon_stop
cp -r etc/catalogue "$dir/catalogue"
sed -i 's/^edition: .*/edition: "2099.9"/' "$dir/catalogue/edition.yaml"
sed -i "s|^catalogue_dir: .*|catalogue_dir: $dir/catalogue|" "$dir/assayd.yaml"
daemon_start
await 20 segment_is_up
probed
compared
same "$(found)" '[["apart","new_failure","TEST-01",["catalogue"]]]' "under another catalogue"
same "$status" 2 "exit status under another catalogue"
ctl report dut -o "$dir/report.html"
grep 'another catalogue than the one.*2099\.9' "$dir/report.html" >/dev/null ||
    fail "the report does not say by which catalogue it was tested"
daemon_stop
plain_stop
