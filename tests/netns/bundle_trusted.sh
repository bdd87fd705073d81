#!/bin/bash
# A lab vouches for a bench by a certificate, a replaced key by the one before
# it; another lab vouches for nothing.  What the store keeps no more is missed.
. tests/netns/lib.sh

scenario_of '- probe: tcp.ports' '  with: {ports: "22-23", addresses: ipv4}'
bench_start
ctl key show --public >"$dir/first.pem"
ctl key lab "Test Lab" --key "$dir/lab.key" --cert "$dir/lab.pem" >>"$dir/run.log"
ctl key lab "Test Lab" --key "$dir/other.key" --cert "$dir/other.pem" >>"$dir/run.log"
verifies() {
	local want=$1 status=0
	shift
	ctl verify "$@" >"$dir/out" 2>&1 || status=$?
	same "$status" "$want" "exit status of verify $*: $(cat "$dir/out")"
}
says() { has_line "$dir/out" "$1" || fail "it does not say $1: $(cat "$dir/out")"; }

run_whole
first=$(run_number)
verifies 2 "$first" --trust "$dir/lab.pem"
verifies 0 "$first" --trust "$dir/first.pem"
# The lab's key stays at the lab: what it made is brought to the bench.
ASSAY_SOCKET=/nowhere ctl key certify --lab "$dir/lab.key" \
    --lab-cert "$dir/lab.pem" --public "$dir/first.pem" --bench bench-test \
    -o "$dir/bench.pem"
! ctl key certify --install "$dir/lab.pem" >>"$dir/run.log" 2>&1 ||
    fail "a certificate for another key is kept"
verifies 2 "$first" --trust "$dir/lab.pem"
lab_of() { ctl report "$first" --format json | jq -r '.runs[0].lab'; }
same "$(lab_of)" null "a report's lab without a certificate"
ctl key certify --install "$dir/bench.pem" >>"$dir/run.log"
same "$(lab_of)" "Test Lab" "the lab that a report names"
verifies 0 "$first" --trust "$dir/lab.pem"
says 'lab CN=Test Lab, for bench CN=bench-test'
verifies 2 "$first" --trust "$dir/other.pem"
says 'by another lab|is not signed by its key'

ctl key rotate >>"$dir/run.log"
ctl key show --public >"$dir/second.pem"
run_whole
second=$(run_number)
verifies 0 "$second" --trust "$dir/lab.pem"
says 'and the key before it'
verifies 0 "$second" --trust "$dir/second.pem"
verifies 2 "$second" --trust "$dir/other.pem"
# Backwards nobody vouches.
verifies 2 "$first" --trust "$dir/second.pem"
verifies 0 "$first" --trust "$dir/first.pem"
ctl bundle "$second" -o "$dir/second.tar" --captures >>"$dir/run.log"

# A run under way has no end yet.
scenario_of '- probe: tcp.ports'
run_begin
verifies 2 "$(run_number)"
says 'unsealed'
ctl cancel "$(run_number)" >>"$dir/run.log"
run_end

# A slice that is gone is missed, and said.
find "$dir/state/evidence/$first" -name '*.pcapng' | sort | head -n 1 | xargs rm
verifies 1 "$first" --trust "$dir/lab.pem"
says 'is missing'
bench_stop
verifies 0 "$dir/second.tar" --trust "$dir/lab.pem"
