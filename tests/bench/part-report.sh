# A report of a run with 10,000 verdicts and 1 GB of capture: time and memory.
# shellcheck shell=bash disable=SC2154
. tests/bench/filled.sh

# peak_mb PID: of what it ever held; by the file that `time` wrote.
report_html() {
	rm -f "$dir/report.html"
	/usr/bin/time -f %M -o "$dir/peak" "$build/assayctl" report "$last" \
	    --message-dir etc/messages --catalogue-dir etc/catalogue \
	    -o "$dir/report.html"
}
report_json() {
	rm -f "$dir/report.json"
	/usr/bin/time -f %M -o "$dir/peak" "$build/assayctl" report "$last" \
	    --message-dir etc/messages --catalogue-dir etc/catalogue \
	    --format json -o "$dir/report.json"
}
part() {
	filled_start 1 10000 1024
	runs=$((runs < 5 ? runs : 5))
	timed "assayctl report, HTML" 2000 report_html
	peak=$(($(tail -n 1 "$dir/peak") / 1024))
	echo "    $(($(stat -c %s "$dir/report.html") / 1048576)) MB of HTML, $(grep -c '<tr id="v' "$dir/report.html") verdicts in it; at most $peak MB of memory"
	[ "$(grep -c '<tr id="v' "$dir/report.html")" = 10000 ] ||
	    short "the report has not got every verdict"
	[ "$peak" -lt 200 ] || short "the report takes 200 MB or more"
	timed "assayctl report, JSON" 15000 report_json
	peak=$(($(tail -n 1 "$dir/peak") / 1024))
	echo "    $(($(stat -c %s "$dir/report.json") / 1048576)) MB of JSON; at most $peak MB of memory"
	[ "$(jq '.verdicts | length' "$dir/report.json")" = 10000 ] ||
	    short "the JSON has not got every verdict"
	[ "$peak" -lt 200 ] || short "the JSON takes 200 MB or more"
	all_stop
}
