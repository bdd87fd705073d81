#!/bin/bash
# The worker's sandbox on Debian's kernel: every bad probe is caught, a good
# one runs, and the record says what this kernel's Landlock is.
. tests/vm/lib.sh

case $(uname -r) in
6.1.*-amd64) ;;
*) fail "this is kernel $(uname -r), not Debian's 6.1" ;;
esac
needs_sandbox
"$BUILD/tests/unit/check_worker" >"$dir/run.log" 2>&1 || fail "check_worker"
has_line "$dir/run.log" '^100%: Checks: [1-9]' || fail "check_worker ran nothing"

ip link add lab0 type veth peer name far0
light_bench --nic far0
quick_scenario 1-2000
run_whole 60
all_records | jq -r 'select(.type == "jobend") | .sandbox' >"$dir/sandbox"
same "$(cat "$dir/sandbox")" "landlock 2, seccomp" "sandbox in the record"
same "$(outcome_of_job)" "done" "outcome of the job"
expect "NET-01 sufficiency" pass

# Sockets of its own, TCP and UDP, within the same sandbox.
scenario_of "- probe: services.cleartext" \
    '  with: {addresses: ipv4, ports: "1-1000", udp_ports: "69"}'
run_whole 90
all_records | jq -r 'select(.type == "jobend") | .sandbox' >"$dir/sandbox"
same "$(cat "$dir/sandbox")" "landlock 2, seccomp" "sandbox in the record"
same "$(outcome_of_job)" "done" "outcome of the job"
verdicts | grep '^NET-06' >/dev/null || fail "nothing is said of clear text"
expect_no_pass NET-06
bench_stop
