#!/bin/bash
# A device that changes its firmware in mid-run: the run is void, what passed
# before the change counts no more, and every reader says so.  One that says the
# same all along is judged as ever.
. tests/netns/lib.sh

sed 's/^ports:$/&\n  - {transport: tcp, port: 8090, service: http}/' "$profile" >"$dir/profile.yaml"
has_line "$dir/profile.yaml" 8090 || fail "the profile has no table of ports"
profile=$dir/profile.yaml
bench_start updates
scenario_of "- probe: firmware.identity" \
    "- probe: tcp.ports" "  with: {addresses: ipv4}" \
    "- manual: let it be" "  limit: 20s" \
    "- probe: firmware.identity"
# through [WORD]: a run in which this happens behind its sweep.
through() {
	run_begin
	await 60 has_line "$records" 'let it be'
	[ $# = 0 ] || device_word "$1"
	ctl confirm "$(run_number)" >>"$dir/run.log"
	run_end
	run=$(run_number)
}
worth() { ctl --json coverage dut | jq -r -s 'first(.. | objects | select(.check? == "NET-01") | .verdict)'; }

through
same "$run_status" 0 "exit status with one firmware"
has_event firmware '^seen$' || fail "nothing was seen of the firmware"
has_event firmware '^same$' || fail "it was not compared"
expect "FW-01 behaviour" info
all_records | jq -e -s '[.[] | select(.check == "FW-01") | .frames > 0] == [true, true]' >/dev/null ||
    fail "no frame shows it"
all_records | jq -e -s 'any(.[]; .type == "run" and (.catalogue.sha256 | test("^[0-9a-f]{64}$")))' >/dev/null ||
    fail "the run does not know its catalogue"
same "$(worth)" pass "NET-01 of the good run"
ctl baseline set dut >/dev/null

through update
same "$run_status" 2 "exit status when the firmware changed"
same "$(all_records | jq -r 'select(.type == "manifest") | [.outcome, .reason] | join(" ")')" \
    "void firmware_changed" "how it ended"
has_event firmware '^changed$' || fail "the change is in no record"
expect "NET-01 completeness" pass # sealed before anybody knew
same "$(worth)" inconc "NET-01 of the void run"
ctl verdicts "$run" | grep "run $run is void" >/dev/null || fail "its verdicts are shown as if they counted"
! ctl baseline set dut "$run" >"$dir/said" 2>&1 || fail "a void run is a baseline"
has_line "$dir/said" "is void" || fail "said: $(cat "$dir/said")"
ctl report "$run" --format json -o "$dir/report.json"
same "$(jq -c '[.verdicts[] | select(.check == "NET-01") | [.verdict, .said, .reason]] | unique' "$dir/report.json")" \
    '[["inconc","pass","firmware_changed"]]' "NET-01 in the report"
same "$(jq '[.verdicts[] | select(.verdict == "pass" or .verdict == "fail")] | length' "$dir/report.json")" \
    0 "what stands in the report of a void run"
ctl report "$run" -o "$dir/report.html"
for words in 'A run is void' 'another one at the end: void' 'the firmware is another one: port 8090'; do
	has_line "$dir/report.html" "$words" || fail "the page does not say: $words"
done
status=0
ctl --json diff dut >"$dir/diff.json" || status=$?
same "$status" 2 "exit status of diff"
jq -e '[.findings[] | .to] | index("pass") == null' "$dir/diff.json" >/dev/null || fail "diff has a pass"
bench_stop
