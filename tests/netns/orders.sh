#!/bin/bash
# A customer's order: its samples are taken in, a device is one of them, each
# verdict names sample and state; nothing of it runs before the papers of its
# gate are there; it is closed only when nothing of it runs, and
# then nothing does, also after a restart.
. tests/netns/lib.sh

refused() { # PATTERN STATUS COMMAND…
	local status=0
	"${@:3}" >"$dir/said" 2>&1 || status=$?
	same "$status" "$2" "exit status of ${*:3}"
	has_line "$dir/said" "$1" || fail "said: $(cat "$dir/said")"
}

bench_start undeclared-port
refused 'takes the word of' 64 ctl order new A-7 --customer "Locks Ltd" --exempt "XY"
refused 'between commas' 64 ctl order new A-7 --customer "Locks Ltd" --scheme NONE
refused 'basis' 64 ctl order new A-7 --customer "Locks Ltd" --exempt "UK PSTI"
ctl order new A-7 --customer "Locks Ltd" --scheme USCTM,JC-STAR --state operating \
    --target 2026-12-24 --exempt "UK PSTI" --basis "statement 12" --by Eve
refused 'of that name' 64 ctl order new A-7 --customer Other
echo picture >"$dir/photo.jpg"
ctl sample add S1 --order A-7 --serial 1001 --condition "seal intact" \
    --received 2026-11-20 --by Bob --photo "$dir/photo.jpg"
refused 'sample S1 has the same' 64 ctl sample add S2 --order A-7 --serial 1001
same "$(ctl --json sample list A-7 | jq -r '.samples[] | .photo_sha256 + " " + .photo')" \
    "$(sha256sum <"$dir/photo.jpg" | cut -d ' ' -f 1) photo.jpg" "the photograph"
refused 'no sample of that name' 64 \
    ctl device add dut --mac 02:00:00:00:00:10 --profile "$profile" --sample S9
ctl device add dut --mac 02:00:00:00:00:10 --profile "$profile" --sample S1
same "$(ctl --json device show dut | jq -r '.order, .sample')" "A-7
1001" "order and sample of the device"
ctl order show A-7 | grep -E '^dut +1001' >/dev/null || fail "the device is not of the order"

# Nothing of it runs before its papers are there.
refused 'gate USCTM:DOC-1C is shut' 3 ctl probe dut tcp.ports
refused 'gate USCTM:DOC-1C is shut' 3 ctl run dut "$scenario"
echo "hold the button for ten seconds" >"$dir/manual.txt"
ctl attest dut DOC-1C --file "$dir/manual.txt" --covers manual,access,identifiers \
    --conclusion conforms --by "Bob Reviewer" --note "read in whole"

# What is to be run, on the only sample; nothing that is decided is asked anew.
planned() { ctl --json order plan A-7 | jq -r --arg p "$1" '.steps[] | select(.probe == $p) | '"$2"; }
same "$(planned tcp.ports '.sample + " " + .device + " " + .state + " " + .when')" \
    "1001 dut operating alone" "the plan"
ctl --json order plan A-7 | jq -e '.documents | index("USCTM:DOC-1F")' >/dev/null ||
    fail "no reviewer is asked for"
ctl order plan A-7 | grep -E '^1001 +dut +operating +tcp.ports' >/dev/null || fail "the plan's table"

# Under way: it stays open.
ctl run dut "$scenario" >"$dir/run.log"
refused 'queued or under way' 3 ctl order close A-7
ctl cancel "$(ctl --json order show A-7 | jq ".runs[0]")" >/dev/null
nothing_runs() { ctl --json order show A-7 | jq -e '.runs == []'; }
await 30 nothing_runs
status=0
ctl probe dut tcp.ports >/dev/null || status=$?
same "$status" 1 "exit status of the probe"
run=$(ctl --json runs --limit 1 | jq -r '.runs[0].run')
same "$(ctl --json verdicts "$run" | jq -r '.verdicts[] | .order + " " + .sample + " " + .state' | sort -u)" \
    "A-7 1001 operating" "order, sample and state of the verdicts"

# Over the order: all samples that came, not only the tested one.
covered() { # REQUIREMENT JQ
	ctl --json coverage --order A-7 | jq -r "select(.requirement == \"$1\") | $2"
}
same "$(ctl --json coverage --order A-7 | jq -r '.requirement | split(":")[0]' | sort -u)" \
    "JC-STAR
USCTM" "the schemes of the order"
same "$(covered USCTM:IAC-01 .result)" "fail" "an undeclared port"
same "$(covered JC-STAR:S1.1-02 '.result, .exemption.by')" "na
UK PSTI" "what another scheme's word stands for"
same "$(covered JC-STAR:S1.1-13 .result)" "fail" "no word stands against what was seen"
same "$(ctl coverage --order A-7 | grep -c '^REQUIREMENT')" 2 "tables"
refused 'of a device or of an order' 64 ctl coverage dut --order A-7
status=0
ctl probe dut tcp.isn >/dev/null || status=$?
same "$status" 0 "exit status of tcp.isn"
isn() { covered USCTM:IAC-02 '.checks[] | select(.check == "NET-08") | .verdict'; }
same "$(isn)" pass "NET-08 on the only sample"
same "$(planned tcp.isn .sample)" "" "tcp.isn, which passed"
ctl sample add S2 --order A-7 --serial 1002
same "$(planned tcp.isn '.sample, .device')" "1002
null" "tcp.isn, on the other sample"
same "$(planned tcp.isn '.usually_ms > 0 and .usually_ms <= .longest_ms')" true "how long tcp.isn has taken"
same "$(planned udp.ports '[.usually_ms, .longest_ms] | unique | tostring')" "[null]
[null]" "how long nobody has seen udp.ports take"
same "$(isn)" none "NET-08 with a sample that nobody tested"

# The same verdicts under another catalogue.
ctl --json reassess A-7 --catalogue etc/catalogue | jq -e '.changed == []' >/dev/null ||
    fail "the same catalogue changes something"
ctl reassess A-7 --catalogue etc/catalogue | grep 'says anything else' >/dev/null ||
    fail "nothing changed, and it is not said"
cp -r etc/catalogue "$dir/catalogue"
sed -i 's/^edition: .*/edition: "2027.1"/' "$dir/catalogue/edition.yaml"
# NET-01 speaks to the port requirement as a recommendation alone.
sed -i '/id: NET-01$/,/id: NET-02$/ s/{to: "USCTM:IAC-01", level: required}/{to: "USCTM:IAC-01", level: recommended}/' \
    "$dir/catalogue/checks/10-tcpip.yaml"
ctl --json reassess A-7 --catalogue "$dir/catalogue" >"$dir/reassessed"
same "$(jq -r '.after.edition, (.changed[] | select(.requirement == "USCTM:IAC-01") |
    .after.result, .before.required - .after.required, .asked_otherwise)' "$dir/reassessed")" "2027.1
fail
1
true" "reassessed"
ctl reassess A-7 --catalogue "$dir/catalogue" | grep -E '^USCTM:IAC-01 +fail .*fail .*other checks' >/dev/null ||
    fail "the table of what changed"
refused 'catalogue DIR' 64 ctl reassess A-7
refused 'no order of that name' 64 ctl reassess B --catalogue etc/catalogue

ctl order close A-7 --note "reported" --by Eve
refused 'the order is closed' 3 ctl probe dut tcp.ports
refused 'the order is closed' 64 ctl sample add S2 --order A-7 --serial 1002
daemon_stop
daemon_start
await 20 segment_is_up
ctl order list | grep -E '^A-7 +closed +Locks Ltd' >/dev/null || fail "the order after a restart"
refused 'the order is closed' 3 ctl probe dut tcp.ports
refused 'the order is closed' 3 ctl run dut "$scenario"
bench_stop
