#!/bin/bash
# What each TLS port takes: every flaw is found at its port and at no other, on
# real servers where there is one; a device without them passes, and fails where
# its maker declared something else.
. tests/netns/lib.sh
undeclare_crypto

steps=('- probe: tls.versions' '  with: {addresses: ipv4, answer: 1s}'
    '- probe: tls.suites' '  with: {addresses: ipv4, answer: 1s}')

# ports_of CHECK: those that a fail names.
ports_of() {
	all_records | jq -r --arg c "$1" 'select(.type == "verdict" and
	    .check == $c and .verdict == "fail") | .values.ports'
}

bench_start tls-good tls-old tls-weak-suites tls-static-rsa tls-dh1024 tls-no13 \
    tls-no-ems tls-rsa1024 tls-ssl2 tls-ssl3 tls-export tls-compression \
    tls-no-renegotiation-info
scenario_of "${steps[@]}"
run_whole
same "$run_status" 1 "exit status"
same "$(ports_of TLS-S01)" 4431,4450-4451 "old versions"
expect "TLS-S02 behaviour" pass
same "$(ports_of TLS-S03)" 4432,4450,4452 "bad suites"
same "$(ports_of TLS-S05)" 4450-4454 "no good suite"
same "$(ports_of TLS-S06)" 4431-4432,4435,4438 "short keys"
same "$(ports_of TLS-S07)" 4453 "compression"
same "$(ports_of TLS-S08)" 4454 "renegotiation"
same "$(ports_of TLS-S09)" 4437,4450-4454 "no extended master secret"
# A fail's frames are the connection in which it was taken.
all_records | jq -e -s 'all(.[] | select(.type == "verdict" and
    .verdict == "fail"); .frames > 0 and .slice.size > 0)' >/dev/null ||
    fail "a fail without frames"

device_word die
await 10 is_gone "$device_pid"
device_stop
device_start protected tls-good
device_addressed
await 20 bench_knows_addresses 4
{
	cat "$profile"
	echo 'crypto:'
	for port in 443 4430 8883; do
		echo "  - {interface: tls-$port, role: server, port: $port, versions: [tls1.2, tls1.3]}"
	done
} >"$dir/declared.yaml"
device_add "$dir/declared.yaml"
run_whole
expect "TLS-S0([123679] [a-z]+|5 behaviour)" pass
expect "TLS-S02 (completeness|sufficiency)" pass
expect "TLS-S05 completeness" info
expect "TLS-S08 behaviour" info

# The maker declares one that it does not speak, and one less than it speaks.
sed -i '/port: 4430/s/tls1.2, tls1.3/tls1.1, tls1.3/' "$dir/declared.yaml"
device_add "$dir/declared.yaml"
run_whole
same "$run_status" 1 "exit status of what is declared wrongly"
same "$(ports_of TLS-S02 | sort -u)" 4430 "beside what is declared"
expect "TLS-S02 (completeness|sufficiency)" fail
expect "TLS-S01 completeness" pass

# Two servers take turns, and one of them is old.
device_word die
await 10 is_gone "$device_pid"
device_stop
device_start protected tls-balanced
device_addressed
await 20 bench_knows_addresses 4
device_add
run_whole
same "$(ports_of TLS-S01)" 4486 "the old server behind the balancer"
all_records | jq -e -s '
    [.[] | select(.type == "verdict" and .verdict == "pass") | .check] |
    all(test("TLS-S0[134567]") | not)' >/dev/null || fail "a balancer passes"
all_records | jq -e -s 'any(.[] | select(.type == "observed") | .observations[];
    .field == "tls.differs")' >/dev/null || fail "no difference is on record"
bench_stop
