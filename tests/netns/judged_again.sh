#!/bin/bash
# A run is judged again from the daemon and, taken elsewhere, from its bundle:
# with no daemon and no rights.  The runs that rest on a method are named.
. tests/netns/lib.sh

bench_start undeclared-port=2323
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole
same "$run_status" 1 "exit status"
run=$(run_number)

ctl recheck "$run" >"$dir/out" || fail "recheck of a run: $(cat "$dir/out")"
has_line "$dir/out" "^run $run of bench-test judged again: 2 agree, 0 differ, 0 could not" ||
    fail "recheck of a run: $(cat "$dir/out")"
has_line "$dir/out" 'FAIL .*2323' || fail "no sentence: $(cat "$dir/out")"

has_line "$dir/out" "^manifest $(ctl --json runs | jq -r .manifest)$" ||
    fail "recheck names another manifest: $(cat "$dir/out")"
# The method is what the record says, and there is no other.
method=$(all_records | jq 'select(.type == "job") | .method')
ctl affected "tcp.ports@$method" >"$dir/out"
has_line "$dir/out" "^$run .* dut .*1 fail" || fail "affected: $(cat "$dir/out")"
same "$(ctl --json affected "tcp.ports@$method" | jq -c '[.runs[] | {run, device, verdicts}]')" \
    "[{\"run\":$run,\"device\":\"dut\",\"verdicts\":{\"fail\":1,\"pass\":1}}]" affected
ctl affected tcp.ports@99 >"$dir/out"
has_line "$dir/out" '^no run rests on tcp.ports@99$' || fail "affected: $(cat "$dir/out")"
status=0
ctl affected tcp.ports 2>"$dir/err" || status=$?
same "$status" 64 "exit status of affected without a method"

ctl bundle "$run" -o "$dir/run.tar" >/dev/null
ctl bundle "$run" -o "$dir/whole/" --redacted >/dev/null
bench_stop

# judged STATUS WORD…: by nobody, with no socket to ask.
judged() {
	local want=$1 status=0
	shift
	chmod -R a+rX "$dir/run.tar" "$dir/whole"
	ASSAY_SOCKET=$dir/none setpriv --reuid 65534 --regid 65534 --clear-groups \
	    "$BUILD/assayctl" recheck "$@" >"$dir/out" 2>"$dir/err" || status=$?
	same "$status" "$want" "exit status of recheck $*: $(cat "$dir/out" "$dir/err")"
}
command -v setpriv >/dev/null || skip "no setpriv"
for bundle in "$dir/run.tar" "$dir/whole"; do
	judged 0 "$bundle"
	has_line "$dir/out" '2 agree, 0 differ' || fail "$(cat "$dir/out")"
done
judged 0 "$dir/whole" --json
! is_sanitized || echo '{"sandbox": "landlock, seccomp"}' >"$dir/out"
jq -e '.sandbox | test("landlock|no landlock") and test("seccomp")' "$dir/out" >/dev/null ||
    fail "no word of the sandbox: $(cat "$dir/out")"

# Without its probe nothing agrees; nor with another profile, nor changed.
mkdir "$dir/empty"
judged 2 "$dir/whole" --probe-dir "$dir/empty"
has_line "$dir/out" 'no probe tcp.ports here' || fail "$(cat "$dir/out")"
for document in "$dir"/whole/documents/*; do
	echo '# changed' >>"$document"
done
judged 2 "$dir/whole"
has_line "$dir/out" 'its profile is not there' || fail "$(cat "$dir/out")"
sed -i '/"type":"verdict"/s/"verdict":"fail"/"verdict":"pass"/' "$dir/whole/records.jsonl"
judged 1 "$dir/whole"
has_line "$dir/err" '"prev" is not the hash' || fail "$(cat "$dir/err")"
