/*
 * report_sign: assayctl report review, authorise, amend: who answers for a
 * report, sealed.
 *
 * The report as it is now, as JSON, is the document of the statement: what was
 * signed is kept to the byte, also when the report says something else later.
 * Whether a statement counts is found out by whoever reads it
 * (reports/report_release.h); here a person is told at once.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "client/attest_send.h"
#include "client/report_gather.h"
#include "reports/report_json.h"
#include "reports/report_release.h"

struct signing {
	struct client *client;
	json_t *report, *release;
	const char *number, *by, *note;
};

static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

/* A statement of this kind; requirement is freed. */
static int
seal(const struct signing *s, char *requirement)
{
	const json_t *run =
	    json_array_get(json_object_get(s->report, "runs"), 0);
	char *text = report_json(s->report);
	json_t *rows = json_pack("[{s:s, s:n, s:s}]", "check", RELEASE_CHECK,
	    "good", "detail", text_of(s->release, "digest"));
	const struct attest_said said = {
		.device = text_of(run, "device"),
		.requirement = requirement,
		.bytes = (const uint8_t *)text,
		.size = strlen(text),
		.file = "report.json",
		.by = s->by,
		.note = s->note,
		.order = args_value(&s->client->args, "order"),
		.clause = s->number,
		.rows = rows,
	};
	int status = attest_send(s->client, &said);

	json_decref(rows);
	free(text);
	free(requirement);
	return status;
}

static int
begin(struct client *c, struct signing *s, struct report_languages *l)
{
	int status;

	*s = (struct signing){ .client = c,
		.number = "",
		.by = args_value(&c->args, "by"),
		.note = args_value(&c->args, "note") };
	*l = (struct report_languages){ .en = NULL };
	if (s->by == NULL || s->by[strspn(s->by, " ")] == '\0')
		return client_complainf(
		    CLIENT_USAGE, "--by NAME says who answers for it");
	status = report_ask(c, l, NULL, &s->report);
	if (status != 0)
		return status;
	s->release = json_object_get(s->report, "release");
	s->number = text_of(s->release, "number");
	if (s->number[0] == '\0' || strlen(s->number) > REPORT_NUMBER_MAX)
		return client_complainf(CLIENT_USAGE,
		    "--number NUMBER names the report, in at most %d bytes",
		    REPORT_NUMBER_MAX);
	if (json_array_size(json_object_get(s->report, "runs")) == 0)
		return client_complainf(
		    CLIENT_USAGE, "nothing was tested: there is no report");
	return 0;
}

static void
end(struct signing *s, struct report_languages *l)
{
	json_decref(s->report);
	report_languages_free(l);
}

/* A run that is open may still say anything. */
static int
check_closed(const struct signing *s)
{
	const json_t *run;
	size_t i;

	json_array_foreach (json_object_get(s->report, "runs"), i, run)
		if (!json_is_string(json_object_get(run, "manifest")))
			return client_complainf(CLIENT_USAGE,
			    "run %lld is still open",
			    (long long)json_integer_value(
				json_object_get(run, "run")));
	if (json_is_string(json_object_get(s->release, "amended_by")))
		return client_complainf(
		    CLIENT_USAGE, "the report is replaced by another one");
	return 0;
}

int
client_report_review(struct client *c)
{
	struct report_languages l;
	struct signing s;
	int status = begin(c, &s, &l);

	if (status == 0)
		status = check_closed(&s);
	if (status == 0 &&
	    strcmp(text_of(s.release, "status"), "authorised") == 0)
		status = client_complainf(
		    CLIENT_USAGE, "the report is authorised already");
	if (s.note == NULL)
		s.note = "reviewed";
	if (status == 0)
		status = seal(&s, xstrdup(RELEASE_REVIEWED));
	end(&s, &l);
	return status;
}

static int
check_reviewed(const struct signing *s)
{
	const char *status = text_of(s->release, "status"),
		   *reviewer =
		       text_of(json_object_get(s->release, "reviewed"), "by");

	if (strcmp(status, "authorised") == 0)
		return client_complainf(
		    CLIENT_USAGE, "the report is authorised already");
	if (strcmp(status, "reviewed") != 0)
		return client_complainf(CLIENT_USAGE,
		    json_is_true(json_object_get(s->release, "outdated"))
			? "it says something else than what was reviewed: it "
			  "is a draft again (assayctl report review)"
			: "nobody has reviewed it as it is (assayctl report "
			  "review)");
	if (release_is_same_person(reviewer, s->by))
		return client_complainf(CLIENT_USAGE,
		    "its reviewer cannot authorise it: that takes another "
		    "person");
	return 0;
}

int
client_report_authorise(struct client *c)
{
	struct report_languages l;
	struct signing s;
	int status = begin(c, &s, &l);

	if (status == 0)
		status = check_closed(&s);
	if (status == 0)
		status = check_reviewed(&s);
	if (s.note == NULL)
		s.note = "authorised";
	if (status == 0)
		status = seal(&s, xstrdup(RELEASE_AUTHORISED));
	end(&s, &l);
	return status;
}

/* What is replaced must have been authorised once. */
static int
check_amended(const struct signing *s, const char *amended)
{
	const char *order = args_value(&s->client->args, "order");
	const json_t *run =
	    json_array_get(json_object_get(s->report, "runs"), 0);
	json_t *result;
	const json_t *one;
	bool is_there = false;
	size_t i;
	int status;

	if (strcmp(amended, s->number) == 0)
		return client_complainf(CLIENT_USAGE,
		    "--amends: another number than the report's own");
	status = client_call(s->client, "attestation.list",
	    json_pack("{s:s}", order == NULL ? "device" : "order",
		order == NULL ? text_of(run, "device") : order),
	    &result);
	if (status != 0)
		return status;
	json_array_foreach (json_object_get(result, "attestations"), i, one)
		if (strcmp(text_of(one, "requirement"), RELEASE_AUTHORISED) ==
			0 &&
		    strcmp(text_of(one, "clause"), amended) == 0)
			is_there = true;
	json_decref(result);
	return is_there ? 0
			: client_complainf(CLIENT_USAGE,
			      "--amends: no report of that number was ever "
			      "authorised");
}

int
client_report_amend(struct client *c)
{
	const char *amended = args_value(&c->args, "amends");
	struct report_languages l;
	struct signing s;
	int status = begin(c, &s, &l);

	if (status == 0 && (amended == NULL || s.note == NULL))
		status = client_complainf(CLIENT_USAGE,
		    "report amend: --amends NUMBER, and --note why");
	else if (status == 0)
		status = check_amended(&s, amended);
	if (status == 0)
		status = seal(&s, xasprintf(RELEASE_AMENDS "%s", amended));
	end(&s, &l);
	return status;
}
