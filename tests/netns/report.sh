#!/bin/bash
# A report says what was sealed and nothing else: its JSON is after the
# published schema, its requirements are those of coverage, its verdicts those
# of the store with their frames, and what nobody asked is there with the
# reason.
. tests/netns/lib.sh

# matches FILE: it is after the schema.
matches() {
	local python
	for python in python3 /usr/bin/python3; do
		"$python" -c 'import jsonschema' 2>/dev/null || continue
		"$python" - etc/schemas/report.schema.json "$1" <<-'END'
		import json, sys, jsonschema
		schema, report = (json.load(open(f)) for f in sys.argv[1:])
		jsonschema.Draft202012Validator.check_schema(schema)
		errors = list(jsonschema.Draft202012Validator(schema).iter_errors(report))
		for e in errors[:5]:
		    print(list(e.path), e.message[:300])
		sys.exit(len(errors) > 0)
		END
		return
	done
	fail "there is no python3-jsonschema"
}

bench_start undeclared-port
ctl report dut --format json -o "$dir/before.json"
matches "$dir/before.json" || fail "before any run"
same "$(jq -c '[.runs, .verdicts]' "$dir/before.json")" "[[],[]]" "before any run"
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole
same "$run_status" 1 "exit status of the run"
ctl report 1 --format json -o "$dir/run.json"
ctl report dut --format json >"$dir/dut.json"
for one in run dut; do
	matches "$dir/$one.json" || fail "$one.json is not after the schema"
	ctl --json coverage dut | jq -c '[.requirement, .result, .passed, .required]' >"$dir/covered"
	jq -c '.requirements[] | [.requirement, .result, .passed, .required]' \
	    "$dir/$one.json" | cmp - "$dir/covered" || fail "$one: not as coverage says"
	all_records | jq -c 'select(.type == "verdict") |
	    [.seq, .verdict, .frames, .slice.sha256]' >"$dir/sealed"
	jq -c '.verdicts[] | [.seq, .verdict, .frames, .slice.sha256]' \
	    "$dir/$one.json" | cmp - "$dir/sealed" || fail "$one: not the verdicts"
	same "$(jq -r '.verdicts[] | select(.verdict == "fail") | .values.ports' "$dir/$one.json" |
	    sort -u)" 2323 "the port"
	same "$(jq -r '.runs[0] | .signed, .methods[0].probe' "$dir/$one.json")" "true
tcp.ports" "$one: the run"
	same "$(jq -r '.deviations[] | select(.kind == "parameter") | .name + "=" + .value' \
	    "$dir/$one.json")" addresses=ipv4 "$one: deviations"
	jq -e '.not_tested | any(.requirement == "USCTM:IAC-02" and .check == "NET-11"
	    and .gap == "no_probe")' "$dir/$one.json" >/dev/null || fail "$one: no gap"
done
same "$(jq -r '.runs[0].manifest' "$dir/run.json")" \
    "$(ctl --json runs | jq -r '.manifest // empty' | head -n 1)" "the manifest"
# The validator can fail.
jq 'del(.verdicts[0].frames)' "$dir/run.json" >"$dir/bad.json"
! matches "$dir/bad.json" >/dev/null || fail "a verdict without frames is after the schema"
ctl report dut --format json --scheme JC-STAR >"$dir/scheme.json"
same "$(jq -r '[.requirements[].scheme] | unique | join(" ")' "$dir/scheme.json")" \
    JC-STAR "only one scheme"

ends() {
	local want=$1 status=0
	shift
	ctl "$@" >"$dir/out" 2>"$dir/err" || status=$?
	same "$status" "$want" "exit status of assayctl $*"
}
ends 64 report 1 --format json -o "$dir/run.json"
has_line "$dir/err" "is there already" || fail "said: $(cat "$dir/err")"
ends 0 report 1 --format json -o "$dir/run.json" --force
ends 64 report 99 --format json
ends 64 report nobody --format json
ends 64 report dut --format papyrus
ends 64 report dut --scheme NONE --format json
bench_stop
