#!/bin/bash
# Each certificate that does not fit is named, at any port, by IPv4 and IPv6; the
# good ones beside it are not.  A good device passes once its names and another
# sample's keys are known, and not before.
. tests/netns/lib.sh

# steps WITH: one step of tls.certificate for each entry of WITH.
steps() {
	local with
	for with in "$@"; do
		printf -- '- probe: tls.certificate\n  with: {answer: 1s, clock_error: 1s, %s}\n' "$with"
	done
}
values() { all_records | jq -r --arg k "$1" 'select(.type == "verdict") | .values[$k]' | sort -u; }
reasons() { verdicts | awk '{ print $5 }' | tr '\n' ' '; }

series=5d148ebe86d1cc95da91089d5d1029d23702179183d49a2d59de1d49ae202b5c
bench_start tls-good tls-expired tls-not-yet tls-wrong-name tls-no-server-eku \
    tls-no-key-usage tls-shared-key tls-rsa1024 tls-mtls
mapfile -t lines < <(steps "ports: '443,4430-4449,8883', names: a.test reference.test, other_keys: '00 $series'")
scenario_of "${lines[@]}"
run_whole
same "$run_status" 1 "exit status"
expect "TLS-S15 behaviour" fail
same "$(verdicts | wc -l)" 4 "verdicts, one an address"
same "$(reasons)" "$(printf 'certificate.expired %.0s' 1 2 3 4)" "reasons"
same "$(values problems)" "443 fits, 4430 fits, 4438 fits, 4440 expired, 4441 not valid yet, 4442 for somebody else, 4443 not for servers, 4444 another sample's key, 4445 fits, 4449 key not for this use, 8883 fits" \
    "what is wrong with each"
same "$(values ports)" 4440 "the worst"
# It is there for others to judge, and can be read in the frames.
all_records | jq -e -s 'any(.. | objects; .field? == "certificate.key_bits" and
    .subject.port == 4438 and .value == 1024)' >/dev/null || fail "no key size"
all_records | jq -e -s 'any(.. | objects; .field? == "tls.keys" and
    (.value | test("TRAFFIC_SECRET")))' >/dev/null || fail "no keys"

# A good device, asked whole; what it speaks in clear beside TLS is known for that.
device_word die
await 10 is_gone "$device_pid"
device_stop
device_start protected tls-good
device_addressed
await 20 bench_knows_addresses 4
mapfile -t lines < <(steps "addresses: ipv4, names: reference.test, other_keys: $series")
scenario_of "${lines[@]}"
run_whole
expect "TLS-S15 behaviour" pass
same "$(values problems)" "443 fits, 4430 fits, 8883 fits" "what was read of a good device"
bench_stop
