#!/bin/bash
# The machine's clock is set by an hour, on and back, in mid-run: nothing hangs,
# no verdict is lost or changed, an event says it, the records stay in order.
. tests/vm/lib.sh

ip link add lab0 type veth peer name far0
light_bench --nic far0 --flaw drop-above=1500
quick_scenario 1-20000
# An emulated processor may be too slow for a bench that then rightly withholds
# its pass: such a run is said, and made again.
one_run() {
	run_begin
	await 40 run_is_testing
	date -s "@$(($(date +%s) + step))" >/dev/null
	stepped() { has_event capture clock_step; }
	await 40 stepped
	# Timers do not follow the clock: the run ends in its own time.
	began=$(cut -d . -f 1 /proc/uptime)
	run_end 200
	[ $(($(cut -d . -f 1 /proc/uptime) - began)) -lt 1000 ] || fail "it hung"
	same "$(outcome_of_job)" "done" "outcome of the job, clock set by $step s"
}
for step in 3600 -3600; do
	for try in 1 2 3; do
		one_run
		verdicts >"$dir/said"
		has_line "$dir/said" '^NET-01 sufficiency [^ ]+ inconc' || break
		echo "report: run $try withheld its pass: $(grep ' inconc ' "$dir/said" | tail -n 1)"
	done
	# The ports are what they are; only a pass may become inconclusive.
	verdicts | awk '{ print $4 }' | sort -u >"$dir/word"
	! has_line "$dir/word" '^(fail|error)$' || fail "a verdict changed: $(verdicts)"
	same "$(verdicts | wc -l)" 2 "verdicts"
	expect "NET-01 sufficiency" pass
	all_records | jq -e -s 'map(.seq) as $s | .[-1].type == "manifest" and
	    ([range(1; length)] | all($s[.] > $s[. - 1]))' >/dev/null ||
	    fail "the records are not in order"
	# What was shown is what is stored.
	run=$(run_number | head -n 1)
	ctl --json verdicts "$run" >"$dir/stored"
	same "$(jq -c '.. | objects | select(has("verdict") and has("check")) |
	    [.check, .claim, .verdict, .reason]' "$dir/stored" | sort -u)" \
	    "$(all_records | jq -c 'select(.type == "verdict") |
	    [.check, .claim, .verdict, .reason]' | sort -u)" "what is stored"
	# A pass says that the clock was set under it.
	all_records | jq -e -s 'all(.[] | select(.type == "verdict");
	    tostring | test("clock"))' >/dev/null || fail "no verdict says it"
done
same "$(ctl --json status | jq '.segments[0].up')" true "segment up"
bench_stop
