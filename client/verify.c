/*
 * verify: assayctl verify: is a run still what was sealed, and by whom?
 *
 * Needs neither a daemon nor root for a bundle.  Only --trust decides whose
 * signature counts.
 */
#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundles/verify.h"
#include "client/bundle_fetch.h"

static void
print_text(const char *before, const char *text, const char *after)
{
	char *quoted = text_quote(text);

	printf("%s%s%s", before, quoted, after);
	free(quoted);
}

static void
print_finding(const json_t *o)
{
	const char *outcome = json_string_value(json_object_get(o, "outcome"));
	const char *where = json_string_value(json_object_get(o, "where"));

	printf("  %s: ", outcome == NULL ? "note" : outcome);
	if (where != NULL && *where != '\0')
		print_text("", where, ": ");
	print_text("", json_string_value(json_object_get(o, "text")), "\n");
}

static void
print_report(const char *word, const struct bundle_report *r)
{
	const json_t *o;
	size_t i;

	print_text("", word, ": ");
	printf("%s\n", bundle_outcome_text(r->outcome));
	if (r->bench != NULL) {
		printf("  run %llu of bench ", (unsigned long long)r->run);
		print_text("", r->bench, "");
		printf(": %zu records, %zu verdicts, %zu frames that they "
		       "cite\n",
		    r->records, r->verdicts, r->frames);
	}
	if (r->manifest[0] != '\0')
		printf("  manifest %s\n", r->manifest);
	if (r->signer[0] != '\0')
		print_text("  signer   ", r->signer, "\n");
	if (r->by != NULL)
		print_text("  by       ", r->by, "\n");
	json_array_foreach (r->findings, i, o)
		print_finding(o);
}

static int
tell(const struct client *c, const char *word, const struct bundle_report *r)
{
	json_t *o;

	if (c->is_json) {
		o = bundle_report_json(r);
		client_print_json(o);
		json_decref(o);
	} else {
		print_report(word, r);
	}
	return bundle_outcome_exit(r->outcome);
}

/* There is something, and it cannot even be opened: that is broken, too. */
static int
tell_unreadable(const struct client *c, const char *word, const struct err *e)
{
	struct bundle_report r = { .outcome = BUNDLE_BROKEN };
	int status;

	r.findings =
	    json_pack("[{s:s,s:s,s:s?,s:s}]", "what", "bundle", "where", "",
		"text", e->text, "outcome", bundle_outcome_name(BUNDLE_BROKEN));
	status = tell(c, word, &r);
	bundle_report_clear(&r);
	return status;
}

int
client_verify(struct client *c)
{
	const char *file = args_value(&c->args, "trust");
	const char *word = c->args.words[0];
	struct bundle_trust trust = { .anchors = NULL };
	struct certificate_trust *anchors = NULL;
	struct err e = { .line = 0 };
	struct bundle_report report;
	struct bundle_source s;
	int status;

	if (file != NULL) {
		anchors = certificate_trust_read(file, &e);
		if (anchors == NULL)
			return client_complain(CLIENT_USAGE, &e);
		trust.anchors = anchors;
	}
	status = bundle_source_open(c, word, true, &s, &e);
	if (status == 0) {
		bundle_verify(s.bundle, &trust, &report);
		status = tell(c, word, &report);
		bundle_report_clear(&report);
		bundle_source_close(&s);
	} else if (status == CLIENT_FAILED) {
		status = tell_unreadable(c, word, &e);
	}
	certificate_trust_free(anchors);
	return status;
}
