#!/bin/bash
# A run ends signed, which openssl alone confirms; a key that was replaced has
# signed for the next one; a kill between manifest and signature costs no
# signature; a lab's certificate is kept and shown.
. tests/netns/lib.sh

keys=$dir/state/keys
# seal_of RUN: what the bench says of its seal.
seal_of() { jq -nc --argjson r "$1" \
    '{jsonrpc: "2.0", id: 1, method: "run.seal", params: {run: $r}}' |
    "$BUILD/assayctl" --stdio | head -n 1; }
unhex() { tr a-f A-F | basenc -d --base16; }
# message PURPOSE FILE: what is signed of a file, as signing/sign_key.h says.
message() { { printf 'assay 1 %s\0' "$1"; openssl dgst -sha256 -binary "$2"; }; }
# verified PURPOSE FILE SIG-HEX PEM
verified() {
	message "$1" "$2" >"$dir/message"
	printf '%s' "$3" | unhex >"$dir/sig"
	openssl pkeyutl -verify -rawin -pubin -inkey "$4" -in "$dir/message" \
	    -sigfile "$dir/sig" >>"$dir/run.log" 2>&1
}
# The canonical bytes of a run's manifest, as they are stored.
manifest_of() {
	sqlite3 "$dir/state/store/assay.db" "SELECT hex(bytes) FROM record
	    WHERE run = $1 AND type = 'manifest'" | tr -d '\n' | unhex >"$2"
	[ -s "$2" ] || fail "run $1 has no manifest"
}
# signed_by PEM: the newest run, by the stream, the store and openssl.
signed_by() {
	local id sig
	manifest_of "$(run_number)" "$dir/manifest"
	seal_of "$(run_number)" >"$dir/seal"
	id=$(openssl pkey -pubin -in "$1" -outform DER | sha256sum | cut -d ' ' -f 1)
	same "$(jq -r .signer "$dir/manifest")" "$id" "the manifest's signer"
	same "$(jq -r .result.manifest "$dir/seal")" \
	    "$(sha256sum "$dir/manifest" | cut -d ' ' -f 1)" "the manifest's hash"
	same "$(jq -r '.result.signatures[].key' "$dir/seal")" "$id" "who signed"
	sig=$(jq -r '.result.signatures[0].sig' "$dir/seal")
	verified manifest "$dir/manifest" "$sig" "$1" ||
	    fail "openssl does not confirm the signature"
	! verified tombstone "$dir/manifest" "$sig" "$1" ||
	    fail "the signature serves another purpose"
	echo >>"$dir/manifest"
	! verified manifest "$dir/manifest" "$sig" "$1" ||
	    fail "the signature is good for other bytes"
}

cat "$profile" - >"$dir/profile.yaml" <<END
actions:
  trigger:
    by: person
    prompt: press the button
    limit: 60s
    check: {kind: up}
END
profile=$dir/profile.yaml
bench_start
sweep=("- probe: tcp.ports" "  with: {addresses: ipv4, ports: 1-100}")
scenario_of "${sweep[@]}"
same "$(stat -c '%a %u' "$keys")" "700 0" "mode and owner of keys/"
same "$(stat -c '%a %u' "$keys/bench.key")" "600 0" "mode and owner of the key"
ctl key show --public >"$dir/first.pem"
run_whole
signed_by "$dir/first.pem"
ctl run dut "$scenario" --watch >"$dir/text" || true
has_line "$dir/text" "^sealed: manifest $(ctl --json runs | jq -r .manifest) \(key " ||
    fail "the report does not say how it is sealed"

# So does every other report of it; one that is under way has none.
ctl verdicts "$(ctl --json runs | jq '[.runs[].run] | max')" >"$dir/text"
has_line "$dir/text" "^sealed: manifest $(ctl --json runs | jq -r .manifest) \(key " ||
    fail "the list of verdicts does not say how they are sealed"

# A lab certifies the bench.
ctl key lab "Test Lab" --key "$dir/lab.key" --cert "$dir/lab.pem" >>"$dir/run.log"
same "$(stat -c %a "$dir/lab.key")" 600 "mode of the lab's key"
ctl key certify --lab "$dir/lab.key" --lab-cert "$dir/lab.pem" >>"$dir/run.log"
ctl key show --certificate >"$dir/bench.pem"
openssl verify -check_ss_sig -CAfile "$dir/lab.pem" "$dir/bench.pem" >>"$dir/run.log"
same "$(openssl x509 -in "$dir/bench.pem" -noout -subject)" "subject=CN = bench-test" \
    "whose certificate"
openssl x509 -in "$dir/bench.pem" -noout -pubkey | cmp - "$dir/first.pem" ||
    fail "the certificate is for another key"
! ctl key certify --lab "$dir/lab.key" --lab-cert "$dir/bench.pem" 2>>"$dir/run.log" ||
    fail "a bench's certificate certified"
ctl key certify --lab "$dir/lab.key" --lab-cert "$dir/lab.pem" -o "$dir/other.pem" \
    --public "$dir/first.pem" --bench other >>"$dir/run.log"
jq -nc --rawfile c "$dir/other.pem" '{jsonrpc: "2.0", id: 1,
    method: "key.certify", params: {certificate: $c}}' |
    "$BUILD/assayctl" --stdio | jq -e '.error.message | test("bench-test")' >/dev/null ||
    fail "another bench's certificate was kept"

# A new key: not in the middle of a run; the old one signs for it.
scenario_of "- action: trigger"
run_begin
await 20 has_line "$records" 'press the button'
! ctl key rotate 2>"$dir/refused" || fail "the key was replaced under a run"
has_line "$dir/refused" "under way" || fail "it does not say why"
ctl verdicts "$(run_number)" >"$dir/text"
has_line "$dir/text" '^not sealed: run [0-9]+ has no manifest yet' ||
    fail "a run under way: $(cat "$dir/text")"
ctl confirm "$(run_number)" --not-done >>"$dir/run.log"
run_end
# Its last record is shown before it is out of the queue.
no_run() { ctl --json status | jq -e '.queue | length == 0'; }
await 10 no_run
ctl key rotate >>"$dir/run.log"
ctl key show --public >"$dir/second.pem"
! cmp -s "$dir/first.pem" "$dir/second.pem" || fail "the key is the same"
same "$(stat -c '%a %u' "$keys"/* | sort -u)" "600 0" "mode and owner of all in keys/"
rotation=$(ctl --json key show | jq -c '.rotations[-1]')
same "$(ctl --json key show | jq -c .certificate)" null "a certificate of the old key"
jq -j .statement <<<"$rotation" >"$dir/statement"
verified rotation "$dir/statement" "$(jq -r .sig_old <<<"$rotation")" "$dir/first.pem" ||
    fail "the old key has not signed the rotation"
verified rotation "$dir/statement" "$(jq -r .sig_new <<<"$rotation")" "$dir/second.pem" ||
    fail "the new key has not signed the rotation"
jq -j .new "$dir/statement" | cmp - "$dir/second.pem" || fail "the rotation names another key"
scenario_of "${sweep[@]}"
run_whole
signed_by "$dir/second.pem"

# The warden stands still, so that no signature comes, while the engine is
# killed with the manifest durable.
manifests() { sqlite3 "$dir/state/store/assay.db" \
    "SELECT count(*) FROM record WHERE type = 'manifest'"; }
signatures() { sqlite3 "$dir/state/store/assay.db" 'SELECT count(*) FROM signature'; }
more_manifests() { [ "$(manifests)" -gt "$had" ]; }
all_are_signed() { [ "$(manifests)" = "$(signatures)" ]; }
all_are_signed || fail "a run is not signed"
scenario_of "- action: trigger"
run_begin
await 20 has_line "$records" 'press the button'
had=$(manifests)
kill -STOP "$daemon_pid"
ctl confirm "$(run_number)" --not-done >>"$dir/run.log"
engine=$(pid_of engine)
await 8 more_manifests
! all_are_signed || fail "it was signed by a warden that stood still"
! has_line "$records" '"type": *"manifest"' || fail "a manifest was shown unsigned"
kill -KILL "$engine"
kill -CONT "$daemon_pid"
await 20 daemon_answers
await 20 all_are_signed
run_end
signed_by "$dir/second.pem"

# What others may read is no key.
daemon_stop
chmod 640 "$keys/bench.key"
"$BUILD/assayd" -c "$dir/assayd.yaml" >"$dir/open.log" 2>&1 && fail "it took a key open to others"
has_line "$dir/open.log" "open to others \(mode 0640\)" || fail "it does not say why"
chmod 600 "$keys/bench.key"
chown 12345 "$keys/bench.key"
"$BUILD/assayd" -c "$dir/assayd.yaml" >"$dir/open.log" 2>&1 && fail "it took somebody's key"
has_line "$dir/open.log" "belongs to uid 12345" || fail "it does not say whose"
chown 0 "$keys/bench.key"
daemon_start
await 20 ctl key show
ctl key show --public | cmp - "$dir/second.pem" || fail "a restart changed the key"
bench_stop
