/*
 * text_changes: what a run says otherwise than the one before, for a terminal.
 *
 * A failure that is waived stands under that word, and never under a better
 * one.
 */
#include "reports/text_changes.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "reports/text_out.h"
#include "scenarios/messages.h"

/* What a finding is shown as, in the order of showing. */
enum heading {
	HEADING_NEW_FAILURE,
	HEADING_NEW_ERROR,
	HEADING_NEWLY_INCONCLUSIVE,
	HEADING_NOT_ASKED,
	HEADING_APART,
	HEADING_WAIVED,
	HEADING_STILL_FAILING,
	HEADING_FIXED,
	HEADING_NEWLY_PASSED,
	HEADING_OPEN,
	HEADING_SAME,
	HEADING_COUNT,
};

static const char *const headings[HEADING_COUNT] = { "new_failure", "new_error",
	"newly_inconclusive", "not_asked", "apart", "waived", "still_failing",
	"fixed", "newly_passed", "open", "same" };

static enum heading
heading_of(const struct changes_row *row)
{
	static const enum heading plain[CHANGES_KIND_COUNT] = {
		[CHANGES_SAME] = HEADING_SAME,
		[CHANGES_OPEN] = HEADING_OPEN,
		[CHANGES_NEWLY_PASSED] = HEADING_NEWLY_PASSED,
		[CHANGES_FIXED] = HEADING_FIXED,
		[CHANGES_STILL_FAILING] = HEADING_STILL_FAILING,
		[CHANGES_NOT_ASKED] = HEADING_NOT_ASKED,
		[CHANGES_NEWLY_INCONCLUSIVE] = HEADING_NEWLY_INCONCLUSIVE,
		[CHANGES_NEW_ERROR] = HEADING_NEW_ERROR,
		[CHANGES_NEW_FAILURE] = HEADING_NEW_FAILURE,
	};

	if (row->waiver != NULL)
		return HEADING_WAIVED;
	return row->is_apart ? HEADING_APART : plain[row->kind];
}

const char *
text_changes_heading(const struct changes_row *row)
{
	return headings[heading_of(row)];
}

static const struct changes_said *
said(const struct changes_row *row)
{
	return row->after != NULL ? row->after : row->before;
}

static void
put_word(struct text_out *out, const struct text_style *style, const char *name)
{
	char *code = xasprintf("changes.%s", name);
	char *text = messages_format(style->messages, code, NULL);

	text_put_raw(out, text);
	free(text);
	free(code);
}

/* "method, bench": what is otherwise. */
static void
put_basis(struct text_out *out, const struct text_style *style, unsigned basis)
{
	const char *between = "";
	char *name;
	unsigned i;

	for (i = 0; i < CHANGES_BASIS_COUNT; i++) {
		if ((basis & 1u << i) == 0)
			continue;
		text_put_raw(out, between);
		name = xasprintf(
		    "by_%s", changes_basis_name((enum changes_basis)(1u << i)));
		put_word(out, style, name);
		free(name);
		between = ", ";
	}
}

static void
put_waiver(struct text_out *out, const struct text_style *style,
    const struct changes_waiver *w)
{
	json_t *values = json_pack("{s:s, s:s, s:s}", "until", w->until,
	    "ticket", w->ticket, "by", w->by[0] == '\0' ? "-" : w->by);
	char *text =
	    messages_format(style->messages, "changes.waived_by", values);

	text_putf(out, "        %s\n", text);
	free(text);
	json_decref(values);
}

/* "        completeness 10.77.0.10: sentence (verdict 12, was 4)" */
static void
put_claim(struct text_out *out, const struct text_style *style,
    const struct changes_row *row)
{
	const struct changes_said *s = said(row);
	char *text = messages_format(
	    style->messages, s->reason, json_object_get(s->record, "values"));

	text_put_raw(out, "        ");
	text_put(out, s->claim);
	text_put_raw(out, " ");
	text_put(out, s->subject);
	text_putf(out, ": %s (", text);
	if (row->after != NULL)
		text_putf(out, "verdict %llu%s",
		    (unsigned long long)row->after->seq,
		    row->before != NULL ? ", " : "");
	if (row->before != NULL)
		text_putf(
		    out, "was %llu", (unsigned long long)row->before->seq);
	text_put_raw(out, ")\n");
	free(text);
}

static void
put_finding(struct text_out *out, const struct text_style *style,
    const struct changes *c, size_t finding)
{
	const struct changes_row *first = changes_finding(c, finding);
	char *was = text_verdict_word(style, verdict_name(first->from)),
	     *is = text_verdict_word(style, verdict_name(first->to));
	size_t i;

	put_word(out, style, headings[heading_of(first)]);
	text_put_raw(out, "  ");
	text_put(out, said(first)->check);
	text_putf(out, "  %s -> %s", was, is);
	if (first->is_flaky) {
		text_put_raw(out, " ");
		put_word(out, style, "flaky");
	}
	if (first->is_apart) {
		text_put_raw(out, " (");
		put_basis(out, style, first->basis);
		text_put_raw(out, ")");
	}
	text_put_raw(out, "\n");
	free(was);
	free(is);
	if (first->waiver != NULL)
		put_waiver(out, style, first->waiver);
	for (i = 0; i < c->nrows; i++)
		if (c->rows[i].finding == finding)
			put_claim(out, style, &c->rows[i]);
}

static void
put_run_words(struct text_out *out, const struct text_style *style,
    const struct changes *c)
{
	if (c->is_newly_broken) {
		put_word(out, style, "broken");
		text_put_raw(out, "\n");
	}
	if (c->is_newly_cut) {
		put_word(out, style, "cut");
		text_put_raw(out, "\n");
	}
}

static void
put_heading(struct text_out *out, const struct text_style *style,
    const struct changes *c, enum heading heading)
{
	size_t i;

	for (i = 0; i < c->nfindings; i++)
		if (heading_of(changes_finding(c, i)) == heading)
			put_finding(out, style, c, i);
}

static void
count_rows(const struct changes *c, size_t counts[HEADING_COUNT])
{
	size_t i;

	for (i = 0; i < c->nrows; i++)
		counts[heading_of(&c->rows[i])]++;
}

char *
text_changes(const struct text_style *style, const struct changes *c)
{
	size_t counts[HEADING_COUNT] = { 0 };
	struct text_out out;
	bool is_first = true;
	unsigned h;

	text_out_start(&out);
	put_run_words(&out, style, c);
	for (h = 0; h < HEADING_OPEN; h++)
		put_heading(&out, style, c, (enum heading)h);
	count_rows(c, counts);
	for (h = 0; h < HEADING_COUNT; h++) {
		if (counts[h] == 0)
			continue;
		text_put_raw(&out, is_first ? "" : ", ");
		put_word(&out, style, headings[h]);
		text_putf(&out, " %zu", counts[h]);
		is_first = false;
	}
	text_put_raw(&out, "\n");
	return text_out_end(&out);
}

/* ---- as a value ---- */

static json_t *
number_of(const struct changes_said *s)
{
	return s == NULL ? json_null() : json_integer((json_int_t)s->seq);
}

static json_t *
claims_json(const struct changes *c, size_t finding)
{
	const struct changes_row *row;
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < c->nrows; i++) {
		row = &c->rows[i];
		if (row->finding == finding)
			json_array_append_new(list,
			    json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "claim",
				said(row)->claim, "state", said(row)->state,
				"subject", said(row)->subject, "scope",
				said(row)->scope, "before",
				number_of(row->before), "after",
				number_of(row->after)));
	}
	return list;
}

static json_t *
basis_json(unsigned basis)
{
	json_t *list = json_array();
	unsigned i;

	for (i = 0; i < CHANGES_BASIS_COUNT; i++)
		if ((basis & 1u << i) != 0)
			json_array_append_new(list,
			    json_string(changes_basis_name(
				(enum changes_basis)(1u << i))));
	return list;
}

static json_t *
finding_json(const struct changes *c, size_t finding)
{
	const struct changes_row *row = changes_finding(c, finding);
	const struct changes_waiver *w = row->waiver;

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:b, s:o, s:o}",
	    "is", headings[heading_of(row)], "kind",
	    changes_kind_name(row->kind), "check", said(row)->check, "reason",
	    said(row)->reason, "from", verdict_name(row->from), "to",
	    verdict_name(row->to), "basis", basis_json(row->basis), "flaky",
	    (int)row->is_flaky, "waiver",
	    w == NULL ? json_null()
		      : json_pack("{s:s, s:s, s:s}", "until", w->until,
			    "ticket", w->ticket, "by", w->by),
	    "claims", claims_json(c, finding));
}

json_t *
text_changes_json(const struct changes *c)
{
	json_t *findings = json_array(), *numbers = json_object();
	size_t counts[HEADING_COUNT] = { 0 }, i;
	enum heading h;

	for (i = 0; i < c->nfindings; i++) {
		h = heading_of(changes_finding(c, i));
		if (h != HEADING_SAME && h != HEADING_OPEN)
			json_array_append_new(findings, finding_json(c, i));
	}
	count_rows(c, counts);
	for (i = 0; i < HEADING_COUNT; i++)
		if (counts[i] > 0)
			json_object_set_new(numbers, headings[i],
			    json_integer((json_int_t)counts[i]));
	return json_pack("{s:i, s:b, s:b, s:o, s:o}", "status", c->status,
	    "cut", (int)c->is_newly_cut, "broken", (int)c->is_newly_broken,
	    "counts", numbers, "findings", findings);
}
