/*
 * verify: assayctl verify: is a run still what was sealed, and by whom?
 *
 * Needs neither a daemon nor root for a bundle.  Only --trust decides whose
 * signature counts.
 */
#include "client/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "bundles/verify.h"
#include "client/bundle_fetch.h"
#include "signing/timestamp.h"

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

/* arg: the authority's roots as a path, or NULL. */
static int
check_timestamp(void *arg, const uint8_t digest[SHA256_SIZE],
    const void *response, size_t size, char **said, struct err *e)
{
	struct timestamp_question q = { .digest = digest, .trust = arg };
	char when[32];
	int64_t time_s;
	struct tm tm;
	time_t t;

	if (timestamp_check(response, size, &q, &time_s, e) == -1) {
		q.trust = NULL;
		return arg != NULL &&
			timestamp_check(response, size, &q, &time_s, NULL) == 0
		    ? 1
		    : -1;
	}
	t = (time_t)time_s;
	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		return err_set(e, "a time-stamp of no possible time");
	*said = xasprintf("the manifest existed at %s, says %s", when,
	    arg != NULL ? "an authority of --tsa"
			: "an authority whose signature was not checked "
			  "(--tsa)");
	return 0;
}

int
client_verify(struct client *c)
{
	const char *file = args_value(&c->args, "trust");
	const char *tsa = args_value(&c->args, "tsa");
	const char *word = c->args.words[0];
	struct bundle_trust trust = { .check_timestamp = check_timestamp };
	struct certificate_trust *anchors = NULL;
	struct err e = { .line = 0 };
	struct bundle_report report;
	struct bundle_source s;
	int status;

	if (tsa != NULL && access(tsa, R_OK) == -1)
		return client_complainf(
		    CLIENT_USAGE, "%s: %s", tsa, strerror(errno));
	trust.arg = (void *)(uintptr_t)tsa;
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
