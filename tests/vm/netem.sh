#!/bin/bash
# A bad line, made by the kernel's own netem: 50 ms late, 5 % lost.  The verdict
# is that of the clean line or an honest inconclusive; never other ports.
. tests/vm/lib.sh

ip link add lab0 type veth peer name far0
light_bench --nic far0 --flaw bad-line=5 --flaw undeclared-port=2323
quick_scenario 20-90,2320-2330
run_whole 90
same "$(outcome_of_job)" "done" "outcome of the job"
# The device declares 23 and 80 and has 2323 besides.
expect_no_pass "NET-01 completeness"
verdicts | grep -E '^NET-01 completeness' | awk '{ print $4 }' >"$dir/word"
has_line "$dir/word" '^(fail|inconc)$' || fail "no verdict on the ports"
if has_line "$dir/word" '^fail$'; then
	expect_port_named "NET-01 completeness" 2323
fi
verdicts | grep -E '^NET-01 sufficiency' | awk '{ print $4 }' >"$dir/word"
has_line "$dir/word" '^(pass|inconc)$' || fail "a declared port was called closed"
bench_stop
