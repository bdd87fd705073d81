#!/bin/bash
# What the device offers as a TLS client is judged over what the segment has
# recorded since before the run: real clients that offer TLS 1.2 and 1.3 pass,
# one that offers a suite without encryption and TLS 1.0 fails on its frames,
# and the same recording analyzed offline says so, too.
. tests/netns/lib.sh
undeclare_crypto

on_device() { nsenter -t "$(pgrep -n -f tests/devices/inside)" -n "$@"; }
on_segment() { nsenter -t "$(pid_of capture)" -n "$@"; }
serve() { # PORT OPTION…
	(exec nsenter -t "$(pid_of capture)" -n openssl s_server -accept "$1" \
	    -key "$dir/key.pem" -cert "$dir/cert.pem" -quiet "${@:2}") \
	    </dev/null >/dev/null 2>&1 &
	servers+=($!)
	await 10 listens "$1"
}
listens() { on_segment ss -Hltn "sport = :$1" | grep . >/dev/null; }
# call PORT OPTION…: a handshake, whatever becomes of it.
call() {
	on_device timeout 10 openssl s_client -connect "10.77.0.1:$1" \
	    "${@:2}" </dev/null >>"$dir/calls.log" 2>&1 || true
}
said() { verdicts | grep "^TLS-C10 $1" | awk '{ print $4, $5 }'; }

servers=()
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -subj /CN=cloud.test -days 2 -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
bench_start
scenario_of "- probe: tls.passive" "  with: {over: 1h}"
serve 9443
call 9443 -min_protocol TLSv1.2 -servername cloud.test -alpn h2 -ciphersuites TLS_AES_128_GCM_SHA256 \
    -cipher ECDHE+AESGCM
call 9443 -servername cloud.test -tls1_2 -cipher ECDHE+AESGCM
grep "Verify return code" "$dir/calls.log" >/dev/null || fail "no handshake: $(cat "$dir/calls.log")"
run_whole
same "$(said completeness)" "pass passive.good" "good clients"
all_records | jq -e -s 'any(.[]; .type == "verdict" and .verdict == "pass" and
    .frames > 0 and .values.count == 2 and .values.hellos == 2)' >/dev/null ||
	fail "the pass does not say what it rests on"

serve 9444 -cipher 'ALL:eNULL:@SECLEVEL=0' -tls1_2
call 9444 -cipher 'NULL-SHA256:ECDHE+AESGCM:@SECLEVEL=0' -tls1_2
call 9443 -cipher 'ALL:@SECLEVEL=0' -min_protocol TLSv1
run_whole
same "$(said completeness)" "fail passive.offers_bad" "bad clients"
all_records | jq -e -s 'any(.[]; .type == "verdict" and .verdict == "fail" and
    (.values.said | test("TLS_RSA_WITH_NULL_SHA256") and test("TLSv1.0")) and
    .frames > 0 and .slice.size > 0)' >/dev/null || fail "no frames that show it"
kill "${servers[@]}"
wait "${servers[@]}" || true
bench_stop

# One of the recording's files has the bad offer.
for file in "$dir"/state/captures/*/*.pcapng; do
	ctl analyze "$file" --profile "$profile" --probe tls.passive --json \
	    --probe-dir "$BUILD/probes" --worker "$BUILD/assay-worker" || true
done >"$dir/analyzed.json"
jq -e -s '[.[].verdicts[] | select(.check == "TLS-C10" and .verdict == "fail" and
    (.values.said | test("NULL_SHA256")))] | length > 0' "$dir/analyzed.json" >/dev/null ||
	fail "analyzed, it does not fail"
