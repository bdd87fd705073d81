/*
 * html_style: how the page looks, on a screen and on paper.
 *
 * A word always stands beside its colour; the colours hold 4.5:1 against their
 * grounds, light and dark (WCAG 2.1, 1.4.3).
 */
#include <string.h>

#include "reports/html_parts.h"

static const char *const sheet[] = {
	":root{--ink:#1b1f24;--soft:#535c66;--line:#cfd5dc;--ground:#fff;"
	"--panel:#f5f7f9;--accent:#1d3f66;--pass:#17633a;--fail:#a01524;"
	"--open:#7a5200;--info:#1f4f8f;--none:#4f5863;--error:#6d2a86;"
	"color-scheme:light}\n",
	"@media screen and (prefers-color-scheme:dark){:root{--ink:#e6e9ed;"
	"--soft:#a9b2bd;--line:#3a424c;--ground:#14181d;--panel:#1d232a;"
	"--accent:#9cc2ee;--pass:#6fd39b;--fail:#ff9a9f;--open:#f0c36a;"
	"--info:#8fbcf5;--none:#b1bac4;--error:#d9a6ee;color-scheme:dark}}\n",
	"*{box-sizing:border-box}html{background:var(--ground);color:var(--ink)"
	";"
	"font:15px/1.5 \"Source Sans 3\",\"Helvetica Neue\",Arial,"
	"\"Liberation Sans\",\"DejaVu Sans\",\"Hiragino Sans\",\"Yu Gothic\","
	"\"Noto Sans JP\",\"Noto Sans CJK JP\",sans-serif;"
	"-webkit-text-size-adjust:100%}\n",
	"body{max-width:62rem;margin:0 auto;padding:2rem 1.5rem 4rem}"
	"header.top{display:flex;justify-content:space-between;gap:2rem;"
	"align-items:flex-start;border-bottom:3px solid var(--accent);"
	"padding-bottom:1rem}header.top img{max-height:4.5rem;max-width:14rem;"
	"background:#fff;display:block;margin-bottom:.5rem}"
	".lab{font-weight:600}.lab p,.about p{margin:0;font-weight:400;"
	"color:var(--soft);font-size:.87rem}.about{text-align:right}\n",
	"h1{font-size:1.75rem;line-height:1.25;margin:1.6rem 0 .2rem;"
	"font-weight:600}h2{font-size:1.2rem;color:var(--accent);"
	"border-bottom:1px solid var(--line);padding-bottom:.25rem;"
	"margin:2.6rem 0 .9rem;font-weight:600}h3{font-size:1rem;"
	"margin:1.6rem 0 .5rem;font-weight:600}h4{font-size:.95rem;"
	"margin:1.2rem 0 .3rem;font-weight:600}p{margin:.4rem 0 .7rem}"
	".sub{color:var(--soft);margin:0 0 1rem}.small{font-size:.84rem;"
	"color:var(--soft)}a{color:var(--accent)}\n",
	"table{border-collapse:collapse;width:100%;margin:.6rem 0 1.2rem;"
	"font-size:.87rem}th,td{text-align:left;vertical-align:top;"
	"padding:.32rem .6rem .32rem 0;border-bottom:1px solid var(--line)}"
	"thead th{border-bottom:2px solid var(--line);color:var(--soft);"
	"font-weight:600;font-size:.8rem}td{overflow-wrap:anywhere}"
	"td.nw,thead th{white-space:nowrap}"
	"table.facts th{width:13rem;font-weight:400;color:var(--soft)}"
	"td.n{text-align:right;font-variant-numeric:tabular-nums;"
	"white-space:nowrap}td.id,th.id{white-space:nowrap;font-weight:600}\n",
	"table.rows td:first-child,table.verdicts td:first-child{"
	"white-space:nowrap}code,.hash{font-family:ui-monospace,"
	"\"DejaVu Sans Mono\",\"Liberation Mono\",monospace;font-size:.82em;"
	"overflow-wrap:anywhere}.rtl{unicode-bidi:isolate}\n",
	".w{display:inline-block;padding:0 .45em;border:1px solid currentColor;"
	"border-radius:3px;font-size:.8rem;font-weight:600;line-height:1.45;"
	"white-space:nowrap;color:var(--none)}.w-pass,.w-conforms,"
	".w-pass_with_findings{color:var(--pass)}.w-fail,.w-does_not_conform{"
	"color:var(--fail);border-width:2px}.w-incomplete,.w-inconc,"
	".w-insufficient{color:var(--open)}.w-info{color:var(--info)}"
	".w-error{color:var(--error)}\n",
	".note{border-left:4px solid var(--open);background:var(--panel);"
	"padding:.5rem .9rem;margin:1rem 0}.note.bad{border-color:var(--fail)}"
	".finding h3{margin:.4rem 0 .2rem}.finding ul{margin:.2rem 0;"
	"padding-left:1.2rem}.finding{border-left:4px solid "
	"var(--fail);padding:.1rem 0 .1rem "
	".9rem;margin:1rem 0}.req{margin:1.4rem 0}.do{background:var(--panel);"
	"padding:.4rem .8rem;margin:.4rem 0}figure{margin:1rem 0}"
	"figcaption{font-size:.84rem;color:var(--soft)}svg{display:block;"
	"width:100%;height:auto}svg.key{display:inline-block;width:.8em;"
	"height:.8em;margin-right:.35em;vertical-align:-.05em}\n",
	"svg text{fill:var(--ink);font-size:11px;font-family:inherit}"
	"svg .soft{fill:var(--soft)}svg .box{fill:var(--panel);"
	"stroke:var(--line)}svg .axis{stroke:var(--line)}"
	".s-pass,.s-conforms,.s-pass_with_findings{--c:var(--pass)}"
	".s-fail,.s-does_not_conform{--c:var(--fail)}.s-incomplete,.s-inconc,"
	".s-insufficient{--c:var(--open)}.s-na,.s-none{--c:var(--none)}"
	".s-info{--c:var(--info)}.s-error{--c:var(--error)}\n",
	".map{display:grid;grid-template-columns:repeat(auto-fill,"
	"minmax(7.4rem,1fr));gap:.25rem;list-style:none;margin:.2rem 0;"
	"padding:0;font-size:.8rem}.cell{display:flex;gap:.4em;padding:.1rem "
	".45rem;background:var(--panel);border:1px solid var(--c);"
	"border-radius:3px}.cell .mark{color:var(--c);font-weight:700;"
	"min-width:.8em}.cell .k{margin-left:auto;color:var(--soft);"
	"font-variant-numeric:tabular-nums}.cell.s-fail,"
	".cell.s-does_not_conform{border-width:2px;font-weight:600}"
	".cell.s-incomplete,.cell.s-na,.cell.s-insufficient{"
	"border-style:dashed}.hid{position:absolute;width:1px;height:1px;"
	"overflow:hidden;clip-path:inset(50%);white-space:nowrap}\n",
	"svg .bar{fill:var(--c)}svg .bar.s-incomplete,svg .bar.s-insufficient,"
	"svg .bar.s-na{fill-opacity:.35;stroke:var(--c);stroke-width:.6}"
	".legend{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;"
	"font-size:.84rem;margin:.2rem 0 .8rem;padding:0;list-style:none}\n",
	".sign{display:grid;grid-template-columns:1fr 1fr;gap:2rem;"
	"margin:2rem 0}.sign div{border-top:1px solid var(--ink);"
	"padding-top:.4rem}.end{text-align:center;margin:3rem 0 0;"
	"font-weight:600;letter-spacing:.08em}.draft{white-space:nowrap;color:"
	"var(--fail);"
	"font-weight:700;letter-spacing:.05em}nav ol{columns:2;font-size:.9rem;"
	"padding-left:1.4rem;margin:.4rem 0 0}\n",
	"@media screen and (max-width:40rem){body{padding:1rem .8rem 3rem}"
	"header.top{flex-direction:column;gap:.4rem}.about{text-align:left}"
	"nav ol{columns:1}table.facts th{width:38%}"
	"table.rows thead,table.verdicts thead{position:absolute;width:1px;"
	"height:1px;overflow:hidden;clip-path:inset(50%)}"
	"table.rows tr,table.verdicts tr{display:block;padding:.45rem 0;"
	"border-bottom:1px solid var(--line)}table.rows td,table.verdicts td{"
	"display:block;border:0;padding:.05rem 0;text-align:left;"
	"white-space:normal!important}td:empty{display:none!important}"
	".sign{grid-template-columns:1fr}}\n",
	"@media print{html{font-size:9.5pt;line-height:1.4}body{max-width:none;"
	"padding:0;margin:0}a{color:inherit;text-decoration:none}"
	"h2{break-after:avoid;margin-top:1.6rem}h3,h4{break-after:avoid}"
	"tr,figure,.scheme,.method,.finding,.sign,.note{break-inside:avoid}"
	"thead{"
	"display:table-header-group}nav{break-after:auto}section#verdicts,"
	"section#not-tested{break-before:page}*{"
	"print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n",
};

/* Page n of m, and which report it is, at the foot of each page. */
static void
put_paper(struct html *h)
{
	const json_t *lab = json_object_get(h->report, "lab");

	html_raw(h,
	    "@page{size:A4;margin:18mm 16mm 20mm;@bottom-right{"
	    "font:8pt sans-serif;color:#444;content:");
	html_css_string(h, html_word(h, "page"));
	html_raw(h,
	    "\" \" counter(page) \" / \" counter(pages)}"
	    "@bottom-left{font:8pt sans-serif;color:#444;content:");
	html_css_string(h, html_text(lab, "number"));
	html_raw(h, "\"  \"");
	html_css_string(h,
	    html_text(json_object_get(
			  json_object_get(h->report, "device"), "product"),
		"name"));
	html_raw(h, "}}\n");
}

void
html_style(struct html *h)
{
	size_t i;

	html_raw(h, "<style>\n");
	for (i = 0; i < sizeof(sheet) / sizeof(sheet[0]); i++)
		html_raw(h, sheet[i]);
	put_paper(h);
	html_raw(h, "</style>\n");
}
