#!/bin/bash
# A report as a page, in both languages: it asks nobody for anything, names the
# frames of every verdict, and has no code where a word should be; on paper, in
# a browser without a complaint, and for who cannot see it, where Chromium and
# axe-core are installed.
. tests/netns/lib.sh

# Every tag and attribute, read by a parser: "TAG ATTRIBUTE VALUE".
parsed() {
	python3 - "$1" <<-'END'
	import sys
	from html.parser import HTMLParser
	void = {"meta", "br", "img", "rect", "line", "link"}
	class Page(HTMLParser):
	    depth = []
	    def handle_starttag(self, tag, attributes):
	        print(tag, "-", "-")
	        for name, value in attributes:
	            print(tag, name, value)
	        if tag not in void or tag == "rect" and self.get_starttag_text()[-2] != "/":
	            self.depth.append(tag)
	    handle_startendtag = lambda self, tag, a: print(tag, "-", "-")
	    def handle_endtag(self, tag):
	        if tag in void and tag not in self.depth[-1:]:
	            sys.exit("stray </%s>" % tag)
	        if self.depth.pop() != tag:
	            sys.exit("</%s> in the wrong place" % tag)
	page = Page()
	page.feed(open(sys.argv[1], encoding="utf-8").read())
	sys.exit("open: %s" % page.depth if page.depth else 0)
	END
}

# Words of the page that stand in no messages are codes.
words_are_there() {
	local word lang
	for word in $(grep -ohE 'html_(put_)?(word|prose|section|fact)\(h, "[a-z_]+"(, "[a-z_]+")?' \
	    reports/html*.c | grep -oE '"[a-z_]+"$' | tr -d '"'); do
		for lang in en ja; do
			grep "^  report\.$word:" "etc/messages/$lang.yaml" >/dev/null ||
			    fail "no report.$word in $lang"
		done
	done
}
words_are_there

browse() {
	HOME=$dir/home timeout 100 chromium --headless --no-sandbox --disable-gpu \
	    --user-data-dir="$dir/home" --virtual-time-budget=30000 "$@" 2>"$dir/browser.log"
}

# What the browser says of a page; what it says of parts of its own is its own.
complains() {
	grep CONSOLE "$dir/browser.log" | grep -vE ', source: chrome://[^ ]+ \([0-9]+\)$'
}

# A copy with axe-core in it, whose findings become the page's title.
axe=$BUILD/npm/node_modules/axe-core/axe.min.js
accessible() {
	local tags='["wcag2a","wcag2aa","wcag21a","wcag21aa","best-practice"]'
	{
		grep -v 'http-equiv="Content-Security-Policy"' "$1" | sed '/<\/body>/,$d'
		echo '<script>'
		cat "$axe"
		echo '</script><script>axe.run(document, {runOnly:'"$tags"'}).then(r =>'
		echo 'document.title = "AXE" + JSON.stringify(r.violations.map(v => [v.id,'
		echo ' v.nodes[0].html.slice(0, 200)])) + "END" + r.passes.length);</script></body></html>'
	} >"$dir/axe.html"
	browse --dump-dom "file://$dir/axe.html" | grep -oE '<title>AXE.*</title>' >"$dir/axe.out" ||
	    fail "axe-core said nothing"
	grep 'AXE\[\]END[1-9]' "$dir/axe.out" >/dev/null || fail "$1: $(cat "$dir/axe.out")"
}

# A maker and a lab that mean harm: in the profile, and in the template.
hostile='</title></style></bdi></td><script>document.title="RAN"</script><img src=x onerror="document.title=1">"'"''"' onload=x ]]>--><svg/onload=alert(1)> javascript:alert(1) {{7*7}} =cmd|'"''"' /C calc'"''"'!A0'
long=$(printf 'x%.0s' {1..3900})
sed "s|^  name: Reference device|  name: '${hostile//|/\\|}'|" "$profile" >"$dir/hostile.yaml"
grep -F 'RAN' "$dir/hostile.yaml" >/dev/null || fail "the profile is not hostile"
profile=$dir/hostile.yaml
{
	printf 'version: 1\nname: %s\n' "'$hostile'"
	printf '%s: '"'$hostile'"'\n' address decision_rule
	printf 'remarks: [%s, "%s"]\n' "'$hostile'" "$long"
} >"$dir/lab.yaml"

bench_start undeclared-port
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole
same "$run_status" 1 "exit status of the run"
for lang in en ja; do
	page=$dir/$lang.html
	ctl -l "$lang" report 1 -o "$page"
	parsed "$page" >"$dir/tags" || fail "$lang: not well formed"
	! grep -E '^(script|link|iframe|object|embed|form) |^[a-z0-9]+ on|^[a-z0-9]+ (src|href|action) [^#]' \
	    "$dir/tags" >&2 || fail "$lang: it asks for something, or runs something"
	for seq in $(all_records | jq 'select(.type == "verdict") | .seq'); do
		has_line "$page" "<tr id=\"v$seq\">" || fail "$lang: no verdict $seq"
	done
	for digest in $(all_records | jq -r 'select(.type == "verdict") | .slice.sha256'); do
		has_line "$page" "$digest" || fail "$lang: no slice $digest"
	done
	has_line "$page" 'id="r-USCTM-IAC-01"' || fail "$lang: no requirement"
	has_line "$page" '2323' || fail "$lang: not the port"
done
has_line "$dir/en.html" 'flawed devices found: [1-9]' || fail "no card of the method"
has_line "$dir/ja.html" '不合格' || fail "not Japanese"

if ! command -v chromium >/dev/null; then
	status=0
	ctl report 1 --format pdf -o "$dir/run.pdf" 2>"$dir/said" || status=$?
	same "$status" 64 "without Chromium"
	has_line "$dir/said" "none is installed" || fail "said: $(cat "$dir/said")"
	[ ! -e "$dir/run.pdf" ] || fail "half a PDF"
	echo "report: no chromium: neither PDF nor browser"
else
	mkdir -p "$dir/home"
	ctl report 1 --format pdf -o "$dir/run.pdf"
	same "$(head -c 5 "$dir/run.pdf")" "%PDF-" "the PDF"
	for lang in en ja; do
		browse --enable-logging=stderr --dump-dom "file://$dir/$lang.html" >"$dir/dom"
		has_line "$dir/dom" 'id="not-tested"' || fail "$lang: the browser shows nothing"
		! complains >&2 || fail "$lang: the browser complains"
		[ ! -e "$axe" ] || accessible "$dir/$lang.html"
	done
	# Whatever they wrote is read there, and none of it ran.
	ctl report 1 --template "$dir/lab.yaml" -o "$dir/hostile.html"
	browse --enable-logging=stderr --dump-dom "file://$dir/hostile.html" >"$dir/dom"
	! complains >&2 || fail "hostile: the browser complains"
	! grep -iE '<(script|svg/|img src="?x)|<title>(RAN|1)<' "$dir/dom" >&2 || fail "hostile: it became markup"
	[ "$(grep -oF '&lt;script&gt;document.title=' "$dir/dom" | wc -l)" -ge 4 ] ||
	    fail "hostile: what they wrote is not there"
	grep -F "$long" "$dir/dom" >/dev/null || fail "hostile: the long line is not whole"
	[ -e "$axe" ] || echo "report: no axe-core in BUILD/npm (npm install axe-core): not looked at"
fi
bench_stop
