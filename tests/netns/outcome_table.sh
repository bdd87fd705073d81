#!/bin/bash
# The outcome table: every way in which a probe can be bad, tried on the real
# daemon.  Each is recorded as exactly what it was, none of them passes, no
# process of the daemon is another one afterwards, and a good probe passes.
. tests/netns/lib.sh
needs_sandbox

# Where a probe that breaks out would arrive: this network is the machine's.
ip link add host0 type veth peer name host1
ip address add 198.51.100.1/24 dev host0
ip address add 2001:db8:1::1/64 dev host0 nodad
ip link set host0 up
ip link set host1 up
socat -d -d -d TCP6-LISTEN:4444,fork,reuseaddr,ipv6only=0 /dev/null 2>"$dir/listener.log" &
listener_pid=$!
await 10 has_line "$dir/listener.log" ' listening on '

# Rows: probe; its parameters or "-"; the step's time limit or "-"; outcome of
# the job, its reason, its verdicts; an expression for what the record says.
rows=$dir/rows
grep -v '^#' >"$rows" <<'END'
bad.good             -                  -    done  -                 pass    .
# it ends before its time
bad.crash_run        -                  -    error crashed           error   "status":11
bad.crash_judge      -                  -    error crashed           inconc  "status":11
bad.abort            -                  -    error crashed           error   the world is flat
bad.silent_exit      -                  -    error exit_status       error   "status":0
bad.exit_status      -                  -    error exit_status       inconc  "status":3
# it does not end
bad.hang             -                  1s   error deadline          error   "status":9
bad.idle             -                  1s   error deadline          inconc  "status":0
# it does what it may not
bad.fork             -                  -    error exit_status       error   forbidden system call clone
bad.open_file        -                  -    error exit_status       error   forbidden system call open
bad.forbidden_call   -                  -    error exit_status       error   forbidden system call prctl
bad.undeclared_need  -                  -    error exit_status       error   forbidden system call socket
bad.impure           -                  -    error bench_failed      error   judge called assay_now_ns
bad.undeclared_field -                  -    error bench_failed      error   surprise: field is not declared
# its verdicts
bad.no_verdict       -                  -    error said_nothing      error   .
bad.no_evidence      -                  -    done  -                 error   no_evidence
bad.no_frames        -                  -    done  -                 error   no_evidence
bad.foreign_evidence -                  -    error bench_failed      error   there is no observation 7
bad.message          what:foreign       -    error foreign_evidence  inconc  TEST-01
bad.uncovered        -                  -    error uncovered_check   inconc  NET-01
# its messages: too many, too large, halves, nonsense
bad.chatter          -                  -    done  -                 pass    .
bad.flood            -                  -    error bench_failed      error   over 4096 observations
bad.message          what:flood         -    error malformed_message error   too many messages
bad.oversized        -                  -    error bench_failed      error   text: string over
bad.message          what:oversized     -    error malformed_message error   oversized message
bad.message          what:half          -    error malformed_message error   malformed message 1282
bad.message          what:header        -    error malformed_message error   half a message
bad.message          what:reserved      -    error malformed_message error   half a message
bad.message          what:empty         -    error malformed_message error   malformed message 1288
bad.message          what:unknown       -    error malformed_message error   malformed message 30583
bad.message          what:ours          -    error malformed_message error   malformed message 770
bad.message          what:trailing      -    error malformed_message error   malformed message 1287
bad.message          what:after_done    -    error malformed_message error   malformed message 1287
bad.message          what:over_twice    -    error malformed_message error   malformed message 1287
bad.message          what:strange_value -    error malformed_message error   malformed message 1288
bad.message          what:descriptor    -    error malformed_message error   malformed message 1287
bad.message          what:checkpoint    -    error malformed_message error   malformed message 1291
# it asks for what nobody may have
bad.absurd           what:source        -    error bench_failed      error   a source address that is not the job
bad.absurd           what:target        -    error bench_failed      error   an address that is not a target
bad.absurd           what:index         -    done  -                 inconc  .
bad.absurd           what:growth        -    done  -                 inconc  .
bad.absurd           what:checkpoint    -    error bench_failed      error   a checkpoint of 1073741824 bytes
bad.absurd           what:checkpoints   -    error malformed_message error   too many messages
bad.absurd           what:judge         -    error bench_failed      error   judge called assay_checkpoint
bad.absurd           what:say           -    error bench_failed      error   too many bytes
bad.absurd           what:hear          -    error bench_failed      error   too many bytes
bad.absurd           what:talks         -    error bench_failed      error   exchanges at a time
bad.absurd           what:frame         -    error bench_failed      error   a frame of 1073741824 bytes
bad.absurd           what:link          -    error bench_failed      error   a frame of 1073741824 bytes
bad.absurd           what:questions     -    error bench_failed      error   a sweep of 4294967295 questions
# it goes where its segment does not lead
bad.connect_outside  address:127.0.0.1,port:4444        - done - inconc refused|unreachable
bad.connect_outside  address:198.51.100.1,port:4444     - done - inconc refused|unreachable
bad.connect_outside  address:2001:db8:1::1,port:4444    - done - inconc refused|unreachable|timed out
bad.connect_outside  address:192.0.2.1,port:80          - done - inconc refused|unreachable
END

# shellcheck disable=SC2001
with() {
	[ "$1" = - ] || sed 's/,/\n/g' <<<"$1" |
	    sed 's/^\([a-z]*\):\(.*\)$/      \1: "\2"/; 1i\    with:'
}
mkdir "$dir/probes"
cp "$BUILD"/tests/probes/*.so "$BUILD"/probes/*.so "$dir/probes/"
PROBE_DIR=$dir/probes
scenario=$dir/scenario.yaml
{
	printf 'version: 1\nname: outcomes\nstate: operating\nsteps:\n'
	while read -r probe params limit _; do
		printf '  - probe: %s\n' "$probe"
		with "$params"
		[ "$limit" = - ] || printf '    timeout: %s\n' "$limit"
	done <"$rows"
	# These are never loaded by a job: no descriptor is had of them.
	printf '  - probe: bad.%s\n' abi crash_constructor kill_constructor \
	    fork_constructor state
} >"$scenario"

pids() { pgrep -f "$ours" | sort | tr '\n' ' '; }

bench_start
before=$(pids)
run_begin
await 20 run_is_testing
# Others are served all the while.
answers=0
until is_gone "$run_pid"; do
	timeout 2 "$BUILD/assayctl" --json status >/dev/null ||
	    fail "the daemon did not answer within 2 s"
	answers=$((answers + 1))
	sleep 0.1
done
run_end
same "$run_status" 3 "exit status"

# What each step left, one a line: outcome, reason, verdicts, all its records.
steps=$dir/steps
all_records | jq -r -s 'map(select(.step != null)) | group_by(.step)[] |
    (map(select(.type == "jobend"))[0]) as $e |
    ([.[] | select(.type == "verdict") | .verdict] | unique | join(",")) as $v |
    "\($e.outcome) \($e.reason // "-") \($v) \(tojson)"' >"$steps"
bad=0
printf '%-21s %-34s %-6s %-18s %s\n' PROBE WITH JOB REASON VERDICTS
while read -r probe params _ outcome reason verdict words <&3 &&
    read -r is because said record <&4; do
	printf '%-21s %-34s %-6s %-18s %s\n' "$probe" "$params" \
	    "$is" "$because" "$said"
	[ "$is $because $said" = "$outcome $reason $verdict" ] &&
	    [[ $record =~ $words ]] && continue
	bad=$((bad + 1))
	echo "  ^ expected $outcome $reason $verdict, and: $words"
	echo "$record" >>"$dir/unexpected"
done 3<"$rows" 4<"$steps"
[ "$bad" = 0 ] || fail "$bad rows are not as they should be"
# not_loaded PROBE WORDS
not_loaded() {
	all_records | jq -e -s --arg p "$1" --arg w "$2" '
	    any(.[]; .type == "event" and .code == "probe_unknown" and
		.values.probe == $p and (.detail | test($w)))' >/dev/null ||
	    fail "$1: no event says that it cannot be loaded, and \"$2\""
	printf '%-21s %-34s %-6s %s\n' "$1" - none "probe_unknown: $2"
}
not_loaded bad.abi "made for abi 2"
not_loaded bad.crash_constructor "ended before it described itself"
not_loaded bad.kill_constructor "ended before it described itself"
not_loaded bad.fork_constructor "ended before it described itself"
not_loaded bad.state "state of 18446744073709551615 bytes"
same "$(verdicts | grep -c ' pass ')" 2 "passes (bad.good and bad.chatter)"

# Nothing got out; and the listener does hear whoever gets there.
! has_line "$dir/listener.log" ' accepting connection' || fail "a probe got out"
socat -u /dev/null TCP:198.51.100.1:4444
await 5 has_line "$dir/listener.log" ' accepting connection'

same "$(pids)" "$before" "the daemon's processes"
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole
same "$run_status" 0 "exit status of a good probe after all of them"
same "$(pids)" "$before" "the daemon's processes at the end"
echo "report: $(wc -l <"$rows") jobs and 5 that could not be loaded; the daemon answered $answers times meanwhile"
kill "$listener_pid"
wait "$listener_pid" || true
bench_stop
ip link del host0
