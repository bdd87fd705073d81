#!/bin/bash
# An order with two samples: its report names both and what each check showed
# of each of them, in both languages, and a check counts only when it holds on
# both; what the samples share that must be each one's own is found, and what was
# sealed of that can be found out anew; two persons sign it.
. tests/netns/lib.sh

matches() { # FILE: it is after the schema
	/usr/bin/python3 - etc/schemas/report.schema.json "$1" <<-'END'
	import json, sys, jsonschema
	schema, report = (json.load(open(f)) for f in sys.argv[1:])
	errors = list(jsonschema.Draft202012Validator(schema).iter_errors(report))
	for e in errors[:5]:
	    print(list(e.path), e.message[:300])
	sys.exit(len(errors) > 0)
	END
}
report() { ctl report --order A-8 --format json >"$dir/report.json"; }
of() { jq -r "$1" "$dir/report.json"; }
told() {
	of '.requirements[] | select(.requirement == "JC-STAR:S1.1-13") |
	    .checks[] | select(.check == "NET-07") | .verdict'
}
ask() { # DEVICE: what its services tell
	local status=0
	ctl probe "$1" services.disclosure addresses=ipv4 greeting=500ms answer=500ms \
	    datagram=100ms tries=1 udp_ports=5353 --quiet 0s >/dev/null || status=$?
	same "$status" "$2" "exit status of the probe"
}
ends() { # STATUS PATTERN COMMAND…
	local status=0
	"${@:3}" >"$dir/said" 2>&1 || status=$?
	same "$status" "$1" "exit status of ${*:3}"
	has_line "$dir/said" "$2" || fail "said: $(cat "$dir/said")"
}

{ # a serial number that is declared, and the same on both
	cat "$profile"
	echo '  - {what: serial, service: ftp, value: DL-}'
	echo 'defaults:'
	for serial in 1001 1002; do
		echo "  - {sample: \"$serial\", secret: password, account: admin, file: admin-$serial}"
		echo "  - {sample: \"$serial\", secret: shared-key, file: both}"
	done
} >"$dir/profile.yaml"
secret() { (umask 077 && mkdir -p "$dir/secrets" && echo "$2" >"$dir/secrets/admin-$1"); }
secret 1001 hunter2
profile=$dir/profile.yaml
device_start serial-banner=2122
echo "secret_dir: $dir/secrets" | daemon_conf
daemon_start
await 20 segment_is_up
ends 64 'no order of that name' ctl report --order A-8
ctl order new A-8 --customer "Locks Ltd" --scheme JC-STAR --state operating
ctl sample add S1 --order A-8 --serial 1001 --condition "seal intact" --by Bob
ctl sample add S2 --order A-8 --serial 1002
ends 64 'no device is of this order' ctl report --order A-8
ends 64 'of a run, of a device or of an order' ctl report
device_addressed
ctl device add dut --mac 02:00:00:00:00:10 --profile "$profile" --sample S1
await 20 bench_knows_addresses 4
ends 64 'there are: A-8.: assayctl order new opens one' ctl run dut "$scenario" --order A-9
echo all >"$dir/all.txt"
ends 64 'there are: A-8' ctl attest dut DOC-1F --file "$dir/all.txt" --order A-9 --by Ann --note all
ends 64 'there are: A-8' ctl device add dut --mac 02:00:00:00:00:10 --profile "$profile" --order A-9
ask dut 0
report
same "$(of '.order.serials | join(" ")')" "1001 1002" "samples"
same "$(of '.order.shown | map(.check + " " + .sample + " " + .verdict) | join(",")')" \
    "NET-07 1001 pass" "what was shown"
same "$(told)" none "NET-07 with a sample that nobody tested"

device_word die
await 10 is_gone "$device_pid"
device_stop
device_mac=02:00:00:00:00:11
ends 64 'no device is sample "S2"' ctl compare S1 S2
device_start serial-banner=2122
device_addressed
ctl device add dut2 --mac "$device_mac" --profile "$profile" --sample S2
knows_second() { ctl --json device show dut2 | jq -e '.addresses | length >= 4'; }
await 20 knows_second
ask dut2 0
report
matches "$dir/report.json" || fail "two samples: not after the schema"
same "$(told)" pass "NET-07 on both samples"
same "$(of '[.verdicts[] | .sample + " " + .state] | unique | join(",")')" \
    "1001 operating,1002 operating" "sample and state of each verdict"
same "$(of '.order.samples | map(.serial + " " + .devices[0].mac) | join(",")')" \
    "1001 02:00:00:00:00:10,1002 02:00:00:00:00:11" "the samples' addresses"
same "$(of '[.requirements[].scheme] | unique | join(" ")')" JC-STAR "the order's scheme"
ctl --json coverage --order A-8 | jq -c '[.requirement, .result, .passed]' >"$dir/covered"
of '.requirements[] | [.requirement, .result, .passed] | tojson' | cmp - "$dir/covered" ||
    fail "not as coverage says"
for lang in en ja; do
	ctl -l "$lang" report --order A-8 -o "$dir/$lang.html"
	for word in '<bdi>1001</bdi><br>' '<bdi>1002</bdi><br>' 'Locks Ltd' 'seal intact'; do
		grep -F "$word" "$dir/$lang.html" >/dev/null || fail "$lang: no $word"
	done
done
grep -F '試料と、それぞれの結果' "$dir/ja.html" >/dev/null || fail "not Japanese"
ctl report --order A-8 --format junit >"$dir/junit"
grep -F '[1002, operating]' "$dir/junit" >/dev/null || fail "junit: no sample"

ends 64 'with itself' ctl compare S1 S1
ends 1 'identifier.serial +SHARED +the same on both: DL-20417' ctl compare S1 S2
has_line "$dir/said" 'identifier.mac +differs' || fail "said: $(cat "$dir/said")"
has_line "$dir/said" 'key.ssh +differs' || fail "said: $(cat "$dir/said")"
has_line "$dir/said" 'key.tls +open +seen of neither' || fail "said: $(cat "$dir/said")"
# Default secrets: one cannot be read, each its own, the same on both.
has_line "$dir/said" 'secret.password +open +not compared: password admin \(1002\): .*No such file' ||
    fail "said: $(cat "$dir/said")"
has_line "$dir/said" 'secret.default +open +not compared: shared-key \(1001\): one file is named for both' ||
    fail "said: $(cat "$dir/said")"
secret 1002 hunter3
ends 1 'secret.password +differs' ctl compare S1 S2
secret 1002 hunter2
ends 1 'secret.password +SHARED +the same on both: password admin' ctl compare S1 S2
report
same "$(of .order.comparison)" null "what nobody has sealed"
ends 1 'sealed: manifest' ctl compare S1 S2 --by Ann
run=$(ctl --json runs --limit 1 | jq -r '.runs[0].run')
ends 0 'agrees with what was sealed' ctl compare --again "$run"
ends 64 'compares nothing' ctl compare --again 1
secret 1002 hunter3
ends 1 'default secrets are not those of then: samples' ctl compare --again "$run"
# The secret is nowhere but in its file.
! grep -r -l hunter "$dir/state" "$dir/run" "$dir/daemon.log" || fail "the secret got out"
# And away from the bench, from its bundle alone; a bundle that says something
# else is found out.
ctl bundle "$run" -o "$dir/comparison/" >/dev/null
away() { env -u ASSAY_SOCKET "$BUILD/assayctl" recheck "$dir/comparison" "$@"; }
ends 0 'agrees +identifier.serial' away
same "$(away --json | jq -r '.outcome, (.rows | map(select(.good == false)) | length), (.items > 4)')" \
    "agrees
3
true" "judged again from the bundle"
sealed=$(ctl --json attestations | jq -rs 'last | .document.sha256')
sed -i 's/DL-20417/DL-20418/' "$dir/comparison/documents/$sealed"
ends 1 'not the one that was sealed' away
report
matches "$dir/report.json" || fail "compared: not after the schema"
same "$(of '.requirements[] | select(.requirement == "JC-STAR:S1.1-10") | .result')" fail \
    "unique identifiers"
same "$(of '.order.comparison.checks["identifier.serial"].good')" false "the serial number"
same "$(of '.requirements[] | select(.requirement == "JC-STAR:S1.1-02") |
    .checks[] | select(.check == "LIF-01") | .verdict')" fail "a password that is the same on both"
ctl -l ja report --order A-8 -o "$dir/compared.html"
grep -F 'DL-20417' "$dir/compared.html" >/dev/null || fail "the page does not name it"
same "$(ctl --json coverage --order A-8 |
    jq -r 'select(.requirement == "JC-STAR:S1.1-10") | .result')" fail "coverage"

# Who answers for it: two persons, for what it says now and nothing else.
sign() { ctl report "$1" --order A-8 --number R-1 "${@:2}"; }
state() { ctl report --order A-8 --number "${1:-R-1}" --format json | jq -r .release.status; }
same "$(state)" draft "nobody has signed"
ends 64 'nobody has reviewed it' sign authorise --by Ann
sign review --by Ann --note "all read" >/dev/null
same "$(state)" reviewed "reviewed"
ends 64 'takes another person' sign authorise --by " ann"
# The bench itself refuses it, whoever asks: this is no client of ours.
# sealed CONTENT BY: what it answers to an authorisation of that content.
sealed() {
	jq -nc --arg by "$2" --arg content "$1" --arg sha "$(ctl --json attestations | jq -rs 'last | .document.sha256')" \
	    '{jsonrpc: "2.0", id: 1, method: "attestation.add", params: {
	    device: "dut", order: "A-8", requirement: "REPORT:authorised", clause: "R-1",
	    sha256: $sha, file: "report.json", by: $by, note: "n",
	    checks: {"report.content": {good: null, detail: $content}}}}' |
	    socat -t 10 - "UNIX-CONNECT:$ASSAY_SOCKET" | jq -r '.error.message // "sealed"'
}
content=$(ctl report --order A-8 --number R-1 --format json | jq -r .release.digest)
same "$(sealed "$content" " ann")" "the reviewer of report R-1 cannot authorise it: that takes another person" \
    "by the reviewer"
same "$(sealed "${content//[0-9]/a}" Bob)" \
    "report R-1 says something else than what was reviewed: it is a draft again" "of other content"
same "$(state)" reviewed "after what was refused"
sign authorise --by Bob >/dev/null
same "$(state)" authorised "authorised"
ctl report --order A-8 --number R-1 -o "$dir/signed.html"
grep -F '<strong>Bob</strong>' "$dir/signed.html" >/dev/null || fail "the page names nobody"
! grep -F 'class="draft"' "$dir/signed.html" || fail "the page is a draft"
run=$(ctl --json runs --limit 1 | jq -r '.runs[0].run')
ends 2 'signer unknown' ctl verify "$run"
kept=$(ctl --json attestations | jq -rs 'last | .document.sha256')

# Another verdict: a draft again; a new number replaces it, and both are kept.
ctl probe dut2 tcp.ports ports=22-23 addresses=ipv4 --quiet 0s >/dev/null || true
same "$(state)" draft "after another verdict"
report_page() { ctl report --order A-8 --number "$1" -o "$dir/$1.html"; }
report_page R-1
grep -F 'it is a draft again' "$dir/R-1.html" >/dev/null || fail "the page does not say that it changed"
ends 64 'nobody|draft again' sign authorise --by Bob
ends 64 'ever authorised' ctl report amend --order A-8 --number R-2 --amends R-0 --by Ann --note x
ctl report amend --order A-8 --number R-2 --amends R-1 --by Ann --note "sample 1002 asked anew" >/dev/null
for who in "review --by Ann" "authorise --by Bob"; do
	# shellcheck disable=SC2086
	ctl report $who --order A-8 --number R-2 >/dev/null
done
same "$(state R-2)" authorised "the amendment"
report_page R-2
grep -F 'sample 1002 asked anew' "$dir/R-2.html" >/dev/null || fail "no reason"
ctl report --order A-8 --number R-1 --format json >"$dir/report.json"
matches "$dir/report.json" || fail "R-1: not after the schema"
same "$(of .release.amended_by)" R-2 "what replaced it"
ctl bundle "$run" -o "$dir/kept/" >/dev/null
same "$(jq -r .release.status "$dir/kept/documents/$kept")" reviewed "the report as it was authorised"
bench_stop
