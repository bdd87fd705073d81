#!/bin/bash
# A run as CSV, JUnit XML, SARIF, OSCAL and in JC-STAR's order: each is after
# the rules of its format by a parser that we did not write, whatever the maker
# wrote into the profile, and says of each requirement what the report says.
. tests/netns/lib.sh

python=
for one in python3 /usr/bin/python3; do
	if "$one" -c 'import jsonschema' 2>/dev/null; then python=$one; fi
done
[ -n "$python" ] || fail "there is no python3-jsonschema"

# as FORMAT [OPTION…]: of the device, in $dir/FORMAT.
as() {
	local format=$1
	shift
	ctl report dut --format "$format" -o "$dir/$format" --force "$@"
}
# matches SCHEMA FILE
matches() {
	"$python" - "tests/formats/$1.schema.json" "$2" <<-'END'
	import json, sys, jsonschema
	schema, value = (json.load(open(f)) for f in sys.argv[1:])
	jsonschema.Draft202012Validator.check_schema(schema)
	errors = list(jsonschema.Draft202012Validator(schema).iter_errors(value))
	for e in errors[:5]:
	    print(list(e.path), e.message[:300])
	sys.exit(len(errors) > 0)
	END
}

sed -e "s|^\( *name:\) Reference device.*|\1 '=HYPERLINK(\"http://x\")<script>]]>\&'|" \
    -e "s|^\( *model:\) REF-1.*|\1 '@[x](http://x)\"'|" "$profile" >"$dir/profile.yaml"
has_line "$dir/profile.yaml" HYPERLINK || fail "the profile has no product name"
profile=$dir/profile.yaml
bench_start undeclared-port
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole
as json
jq -e '.device.product.name | startswith("=HYPERLINK")' "$dir/json" >/dev/null ||
    fail "the name is not in the report"

for lang in en ja; do
	as junit --lang "$lang"
	xmllint --nonet --noout --schema tests/formats/junit.xsd "$dir/junit" 2>"$dir/err" ||
	    fail "junit, $lang: $(head -n 3 "$dir/err")"
	for one in sarif oscal; do
		as "$one" --lang "$lang"
		matches "$one" "$dir/$one" || fail "$one, $lang: not after its schema"
	done
done
# A case for each requirement, failed where the report says fail, passed where
# it passed or conforms.
count() { jq "[.requirements[] | select(.result | test(\"$1\"))] | length" "$dir/json"; }
xml() { xmllint --xpath "$1" "$dir/junit"; }
same "$(xml 'count(//testcase)')" "$(count '.')" "cases"
same "$(xml 'count(//testcase[failure])')" "$(count '^(fail|does_not_conform)$')" "failures"
same "$(xml 'count(//testcase[not(failure or skipped or error)])')" \
    "$(count '^(pass|pass_with_findings|conforms)$')" "passed cases"
[ "$(xml 'count(//testcase[failure])')" -gt 0 ] || fail "nothing failed"
same "$(xml 'string((//property[@name="product"]/@value)[1])')" \
    '=HYPERLINK("http://x")<script>]]>&' "the product's name in XML"

same "$(jq -r '[.runs[0].results[] | select(.kind == "fail") | .ruleId] | unique | join(" ")' \
    "$dir/sarif")" NET-01 "what failed in SARIF"
same "$(jq '[.runs[0] | .results[] as $r | .tool.driver.rules[$r.ruleIndex].id == $r.ruleId] | all' \
    "$dir/sarif")" true "rules of results"
same "$(jq '[.["assessment-results"].results[0].findings[] |
    select(.target.status.state == "satisfied")] | length' "$dir/oscal")" \
    "$(count '^(pass|pass_with_findings|conforms)$')" "satisfied in OSCAL"

as csv
as csv-bom
same "$(head -c 3 "$dir/csv-bom" | od -An -tx1 | tr -d ' ')" efbbbf "the mark"
tail -c +4 "$dir/csv-bom" >"$dir/unmarked"
as jc-star
"$python" - "$dir/csv" "$dir/unmarked" "$dir/jc-star" "$dir/json" <<-'END' || fail "the tables"
	import csv, json, sys
	def table(path):
	    data = open(path, newline='', encoding='utf-8').read()
	    assert data.replace('\r\n', '').count('\n') == 0 and data.endswith('\r\n')
	    rows = list(csv.reader(data.splitlines(keepends=True), strict=True))
	    assert all(len(r) == len(rows[0]) for r in rows)
	    for r in rows:
	        for c in r:
	            assert not c.lstrip()[:1] in tuple('=+-@\t\r＝＋－＠'), c
	    return [dict(zip(rows[0], r)) for r in rows[1:]]
	rows, again, criteria = (table(f) for f in sys.argv[1:4])
	report = json.load(open(sys.argv[4]))
	want = [(r['scheme'], r['id'], r['result'], c.get('check', ''), c.get('verdict', ''))
	    for r in report['requirements'] for c in r['checks'] or [{}]]
	got = [(r['scheme'], r['requirement'], r['result'], r['check'], r['verdict']) for r in rows]
	assert got == want, [p for p in zip(got, want) if p[0] != p[1]][:3]
	assert len(again) == len(rows)
	assert rows[0]['product'] == '\'=HYPERLINK("http://x")<script>]]>&', rows[0]['product']
	assert [c['番号 / criterion'] for c in criteria] == ['S1.1-%02d' % i for i in range(1, 17)]
	results = {r['id']: r['result'] for r in report['requirements'] if r['scheme'] == 'JC-STAR'}
	assert criteria[12]['result'] == results['S1.1-13'] == 'fail', criteria[12]
	assert 'pcapng' in criteria[12]['evidence'] and '不合格' == criteria[12]['結果']
END
# The validators can fail.
jq 'del(.runs[0].results[0].kind)' "$dir/sarif" >"$dir/bad"
! matches sarif "$dir/bad" >/dev/null || fail "a result without a kind is after the schema"
jq '.["assessment-results"].results[0].findings[0].uuid = "x"' "$dir/oscal" >"$dir/bad"
! matches oscal "$dir/bad" >/dev/null || fail "x is a UUID"

status=0
ctl report dut --format jc-star --scheme USCTM >"$dir/out" 2>"$dir/err" || status=$?
same "$status" 64 "jc-star without its scheme"
has_line "$dir/err" "is not in the report" || fail "said: $(cat "$dir/err")"
bench_stop
