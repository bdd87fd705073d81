#!/bin/bash
# What a reviewer says of a document is sealed, signed, verified and bundled as
# a test's evidence is, comes into coverage, and is never called tested; what a
# program can check of a document speaks against a conclusion that it belies.
. tests/netns/lib.sh

covered() { # REQUIREMENT JQ
	ctl --json coverage dut | jq -r "select(.requirement == \"$1\") | $2"
}
# refused PATTERN ARGUMENT…: attest says why not, and seals nothing
refused() {
	local pattern=$1 status=0
	shift
	ctl attest dut "$@" --by Ann --note "looked at" >"$dir/said" 2>&1 || status=$?
	same "$status" 64 "exit status of: $*"
	grep -E -e "$pattern" "$dir/said" >/dev/null || fail "said: $(cat "$dir/said")"
}
# attested REQUIREMENT ARGUMENT…
attested() {
	ctl attest dut "$@" --by Ann --note "looked at" >"$dir/said" 2>&1 ||
	    fail "attest $*: $(cat "$dir/said")"
}

bench_start
echo "Support ends in 2999." >"$dir/support.txt"
printf '%%PDF-1.7\n\0\1\2\377\n' >"$dir/policy.pdf"
head -c 3000000 /dev/urandom >>"$dir/policy.pdf"

# Refused, each for its reason.
truncate -s 1G "$dir/huge.json"
echo >>"$dir/huge.json"
refused 'no bench takes more than 1024 MiB' DOC-1B --file "$dir/huge.json"
truncate -s 129M "$dir/huge.json"
refused 'size: 1 byte to 128 MiB' DOC-1B --file "$dir/huge.json"
: >"$dir/huge.json"
refused 'there is nothing in it' DOC-1B --file "$dir/huge.json"
cp "$dir/policy.pdf" "$dir/sbom.json"
refused 'named as JSON, and is a PDF' DOC-1B --file "$dir/sbom.json"
refused 'no such requirement|no requirement' DOC-9Z --file "$dir/support.txt"
refused 'support.future: that is over' DOC-1F --file "$dir/support.txt" \
    --support-until 2001-12-31 --conclusion conforms
refused '--covers is missing' DOC-1C --file "$dir/support.txt"
same "$(ctl --json attestations | wc -l)" 0 "attestations"
same "$(ctl --json runs | jq '.runs | length')" 0 "runs"

# A document without a conclusion decides nothing; the newest conclusion does.
attested DOC-1F --file "$dir/support.txt" --support-until 2999-12-31
same "$(covered USCTM:DOC-1F '.result, .lacks_documents')" "incomplete
true" "no conclusion"
attested DOC-1F --file "$dir/support.txt" --support-until 2999-12-31 \
    --conclusion does-not-conform --clause "row DOC-1F"
same "$(covered USCTM:DOC-1F .result)" does_not_conform "the first conclusion"
attested DOC-1F --file "$dir/support.txt" --support-until 2999-12-31 \
    --conclusion conforms
grep 'support.future: good' "$dir/said" >/dev/null || fail "said: $(cat "$dir/said")"
same "$(covered USCTM:DOC-1F '.result, .run')" "conforms
0" "the newest conclusion"
# A check that says no, and a reviewer who knows better: both stand there.
attested IND-01 --file "$dir/policy.pdf" --as security.txt --despite \
    --conclusion conforms
same "$(ctl --json attestations dut | jq -rs 'last |
    .despite, .checks["security_txt.form"].good, .by.name, .document.size')" "true
false
Ann
3000014" "what was sealed"

# The gate is shut until each part of it was given.
gate() { ctl attestations dut | sed -n 's/^the gate of an order (USCTM:DOC-1C) //p'; }
same "$(gate)" "lacks: manual, access, identifiers; no conclusion" "the gate"
attested DOC-1C --file "$dir/support.txt" --covers manual,access
attested DOC-1C --file "$dir/policy.pdf" --covers manual --conclusion conforms
same "$(covered USCTM:DOC-1C .result)" insufficient "a gate that lacks a part"
same "$(gate)" "lacks: identifiers" "the gate"
attested DOC-1C --file "$dir/policy.pdf" --covers identifiers --conclusion conforms
same "$(covered USCTM:DOC-1C .result)" conforms "a gate that lacks nothing"
same "$(gate)" "is open" "the gate"

# An inventory, beside what the device says of itself.
ctl probe dut services.disclosure addresses=ipv4 >/dev/null || true
cat >"$dir/sbom.json" <<-END
{"bomFormat": "CycloneDX", "specVersion": "1.5",
 "components": [{"type": "library", "name": "nothing-of-it"}]}
END
refused 'sbom.names_seen: .* are not in it' DOC-1B --file "$dir/sbom.json" \
    --conclusion conforms
seen=$(grep -o 'not in it: .*' "$dir/said" | head -n 1 | sed 's/not in it: //; s/, /\n/g' |
    jq -Rn '[inputs | {type: "application", name: .}]')
jq -n --argjson c "$seen" '{bomFormat: "CycloneDX", specVersion: "1.5", components: $c}' \
    >"$dir/sbom.json"
attested DOC-1B --file "$dir/sbom.json" --conclusion conforms
grep 'sbom.names_seen: good' "$dir/said" >/dev/null || fail "said: $(cat "$dir/said")"

# Sealed as everything else: signed, verified here and elsewhere, the document
# with it to the byte; one byte changed, and it is broken.
run=$(ctl --json attestations dut | jq -s '[.[] | select(.requirement == "USCTM:IND-01")][0].run')
same "$(ctl --json runs | jq -r ".runs[] | select(.run == $run) | .outcome, .scenario")" "complete
attestation" "the run"
status=0
ctl verify "$run" >"$dir/said" 2>&1 || status=$?
same "$status" 2 "verify: a good signature of somebody unknown ($(cat "$dir/said"))"
ctl bundle "$run" -o "$dir/bundle/" >/dev/null
hash=$(sha256sum "$dir/policy.pdf" | cut -d' ' -f1)
cmp "$dir/bundle/documents/$hash" "$dir/policy.pdf" || fail "another document"
ctl key show --public >"$dir/bench.pem"
ctl verify "$dir/bundle" --trust "$dir/bench.pem" >"$dir/said" 2>&1 ||
    fail "verify: $(cat "$dir/said")"
echo >>"$dir/bundle/documents/$hash"
status=0
ctl verify "$dir/bundle" --trust "$dir/bench.pem" >"$dir/said" 2>&1 || status=$?
same "$status" 1 "verify of a bundle with another document"
# An inventory that is too large to be looked at is kept to the byte, held whole
# by nobody on its way, and nothing is said of what is in it.
python3 - >"$dir/large.json" <<-'END'
	print('{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [')
	print('{"type": "library", "name": "one of a great many"},\n' * 500000)
	print('{"type": "library", "name": "the last"}]}')
END
held() { sed -n 's/^VmHWM: *\([0-9]*\) kB/\1/p' "/proc/$(pid_of "$1")/status"; }
before="$(held engine) $(held store)"
python3 - "$BUILD/assayctl" attest dut DOC-1B --file "$dir/large.json" --by Ann \
    --note "read by a tool of ours" >"$dir/said" 2>&1 <<-'END' || fail "attest: $(cat "$dir/said")"
	import resource, subprocess, sys
	status = subprocess.call(sys.argv[1:])
	held = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
	sys.exit(status or (held > 25000 and "the client held %d kB" % held))
END
for role in engine store; do
	[ "$(($(held $role) - ${before%% *}))" -lt 20000 ] ||
	    fail "the $role held $(held $role) kB, and ${before%% *} kB before"
	before=${before#* }
done
same "$(ctl --json attestations dut | jq -cs 'last | [.checks, .document.size]')" \
    '[{"sbom.form":{"detail":"not read: larger than 4194304 bytes","good":null}},'"$(stat -c %s "$dir/large.json")"']' \
    "what is said of the large one"
run=$(ctl --json attestations dut | jq -s 'last | .run')
ctl bundle "$run" -o "$dir/large/" >/dev/null
ctl verify "$dir/large" --trust "$dir/bench.pem" >"$dir/said" 2>&1 ||
    fail "verify: $(cat "$dir/said")"
cmp "$dir/large/documents/$(sha256sum "$dir/large.json" | cut -d' ' -f1)" "$dir/large.json" ||
    fail "another large document"
# The report names every reviewer with the clause, and marks what the customer
# gave.
ctl report dut --scheme USCTM --format json -o "$dir/report.json"
same "$(jq -c '[.requirements[] | select(.id == "DOC-1F") | .documents[] | [.by, .conclusion, .clause, .file]]' "$dir/report.json")" \
    '[["Ann",null,null,"support.txt"],["Ann","does-not-conform","row DOC-1F","support.txt"],["Ann","conforms",null,"support.txt"]]' \
    "documents in the report"
ctl report dut --scheme USCTM -o "$dir/report.html"
grep 'reviewed by <strong><bdi>Ann</bdi>.*clause: <bdi>row DOC-1F</bdi>.*<bdi>support.txt</bdi>† <code' "$dir/report.html" >/dev/null ||
    fail "the page names no reviewer"
# No verdict, so nothing that could be taken for tested.
same "$(ctl --json verdicts "$run" | jq '.verdicts | length')" 0 "verdicts of an attestation"
bench_stop
