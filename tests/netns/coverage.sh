#!/bin/bash
# Of a device that was tested, coverage names every requirement of every
# scheme: what passed, what failed, what nobody asked and why; the newest run of
# a check counts.
. tests/netns/lib.sh

covered() { # REQUIREMENT JQ
	ctl --json coverage dut | jq -r "select(.requirement == \"$1\") | $2"
}

bench_start undeclared-port
rows=$(ctl --json catalogue list | wc -l)
same "$(ctl --json coverage | wc -l)" "$rows" "rows without a device"
same "$(ctl --json coverage dut | wc -l)" "$rows" "rows"
same "$(covered USCTM:IAC-01 '.result, .run')" "incomplete
0" "before any run"
status=0
ctl probe dut tcp.ports >/dev/null || status=$?
same "$status" 1 "exit status of the probe"
same "$(covered USCTM:IAC-01 .result)" "fail" "an undeclared port"
same "$(covered JC-STAR:S1.1-13 .result)" "fail" "the same for the other label"
same "$(covered USCTM:IAC-01 '.checks[] | select(.check == "NET-01") | .verdict')" \
    "fail" "NET-01"
same "$(covered USCTM:IAC-01 '.checks[] | select(.check == "NET-02") | .gap')" \
    "not_reached" "NET-02 has a probe and was not run"
same "$(covered USCTM:IAC-02 '.checks[] | select(.check == "NET-11") | .gap')" \
    "no_probe" "NET-11"
same "$(covered USCTM:DOC-1F '.result, .lacks_documents')" "incomplete
true" "a document"
ctl coverage dut | grep '^USCTM:IAC-01 *fail' >/dev/null || fail "the table"
ctl -l ja coverage dut --scheme JC-STAR | grep '不合格' >/dev/null ||
    fail "the table in Japanese"
ctl coverage dut -r IAC-01 | grep '^NET-01 .*FAIL' >/dev/null ||
    fail "the checks of one requirement"
status=0
ctl coverage dut --scheme NONE 2>"$dir/said" || status=$?
same "$status" 64 "exit status of an unknown scheme"
grep -q 'no scheme "NONE"' "$dir/said" || fail "said: $(cat "$dir/said")"
bench_stop
