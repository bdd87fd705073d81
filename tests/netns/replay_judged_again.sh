#!/bin/bash
# Stored runs of the reference device and its flaws (tests/replay) are judged
# again by the probes as they are: a verdict that changed although its probe's
# method did not is a fault of the probe.  A probe with another judgement is
# found, with the same method and with a raised one.
. tests/netns/lib.sh

runs=tests/replay/runs

# judge_all PROBE-DIR: reports of all runs in $dir/reports, one a line.
judge_all() {
	local run status report
	: >"$dir/reports"
	for run in "$runs"/*/; do
		status=0
		report=$(ctl --json recheck "$run" --worker "$BUILD/assay-worker" \
		    --probe-dir "$1") || status=$?
		[ -n "$report" ] || fail "$run: no report, exit status $status"
		jq -c --arg run "$(basename "$run")" --argjson status "$status" \
		    '. + {stored: $run, status: $status}' <<<"$report" >>"$dir/reports"
	done
}
# changed WHETHER-METHOD-IS-THE-SAME: "RUN CHECK CLAIM THEN NOW METHOD METHOD"
changed() {
	jq -r --argjson same "$1" '.stored as $run | .verdicts[] |
	    select(.outcome == "differs" and (.method.then == .method.now) == $same) |
	    "\($run) \(.check) \(.claim): \(.then.verdict) \(.then.reason), now \(
	    .now.verdict) \(.now.reason) (method \(.method.then), now \(.method.now))"' \
	    "$dir/reports"
}

judge_all "$BUILD/probes"
same "$(changed true)" "" "verdicts that changed without a new method"
same "$(jq -r 'select(.not_judged > 0) | .stored' "$dir/reports")" "" \
    "stored runs that cannot be judged any more (record them anew)"
# Nothing is changed unseen: each probe has runs of the method that it has.
same "$(jq -r '.stored as $run | .verdicts[] |
    select(.method.then != .method.now) | "\($run): \(.probe)"' "$dir/reports" |
    sort -u)" "" "stored runs of another method (record them anew)"
for probe in probes/*.c; do
	name=$(basename "$probe" .c)
	grep -q "\"probe\":\"${name//_/.}\"" "$runs"/*/records.jsonl ||
	    fail "no stored run has ${name//_/.}"
done
# The runs are what they are called: all the probe may say is among them.
for verdict in pass fail inconc; do
	jq -e -s --arg v "$verdict" 'any(.[].verdicts[]; .now.verdict == $v)' \
	    "$dir/reports" >/dev/null || fail "no stored run has a $verdict"
done
[ "$(wc -l <"$dir/reports")" -ge 12 ] || fail "stored runs are missing"
same "$(jq -s 'map(.agrees + .left_out) | add' "$dir/reports")" \
    "$(cat "$runs"/*/records.jsonl | grep -c '"type":"verdict"')" \
    "verdicts that agree or are the bench's"

# probe_with FROM TO [FROM TO]: tcp.ports with other words in its source.
probe_with() {
	mkdir -p "$dir/probes"
	local sources=("$dir/tcp_ports.c" "$dir/judge.c")
	cp probes/tcp_ports.c probes/tcp_ports/judge.c "$dir"
	while [ "$#" -gt 0 ]; do
		grep -qF "$1" "${sources[@]}" || fail "no \"$1\" in tcp.ports"
		sed -i "s/$1/$2/" "${sources[@]}"
		shift 2
	done
	cc -std=c11 -D_GNU_SOURCE -I. -fPIC -shared -o "$dir/probes/tcp_ports.so" \
	    "${sources[@]}" protocols/*.c
}
fails='ASSAY_SUFFICIENCY, ASSAY_FAIL,'
probe_with "$fails" "ASSAY_SUFFICIENCY, ASSAY_PASS,"
judge_all "$dir/probes"
changed true | grep -x 'missing-port NET-01 sufficiency: fail .* now pass .*' >/dev/null ||
    fail "a probe with another judgement and the same method is not found"
same "$(jq -r 'select(.stored == "missing-port").status' "$dir/reports")" 1 \
    "exit status when a verdict differs"

probe_with "$fails" "ASSAY_SUFFICIENCY, ASSAY_PASS," \
    '.method = 2,' '.method = 3,'
judge_all "$dir/probes"
same "$(changed true)" "" "changed without a new method, though it was raised"
changed false | grep -x 'missing-port .*(method 2, now 3)' >/dev/null ||
    fail "a raised method is not shown"

# Whoever looks at the records needs no right to anything.
if command -v setpriv >/dev/null; then
	setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs \
	    "$BUILD/assayctl" recheck "$runs/good" --worker "$BUILD/assay-worker" \
	    --probe-dir "$BUILD/probes" >"$dir/out" || fail "not as nobody: $(cat "$dir/out")"
	has_line "$dir/out" '8 agree, 0 differ, 0 could not be judged' ||
	    fail "as nobody: $(cat "$dir/out")"
fi
