/*
 * commands: what can be typed, and the way from a command line to its command.
 */
#include "client/client.h"

#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "scenarios/messages.h"

const struct args_option client_options[] = {
	{ "host", 'H', "HOST", "the bench is reached by ssh HOST" },
	{ "socket", 's', "PATH", "of the control socket (ASSAY_SOCKET)" },
	{ "json", 'j', NULL, "one JSON object a line, as the daemon says it" },
	{ "lang", 'l', "en|ja", "language of the sentences (LANG)" },
	{ "message-dir", 0, "DIR", "where the sentences are" },
	{ "no-color", 0, NULL, "no colours (NO_COLOR)" },
	{ "stdio", 0, NULL, "copy between stdin, stdout and the socket" },
	{ "help", 'h', NULL, "this" },
	{ "version", 'V', NULL, "the version" },
	{ .name = NULL },
};

static const struct args_option add_options[] = {
	{ "profile", 'p', "FILE", "what the maker declares" },
	{ "mac", 'm', "MAC", "of this sample, if not the profile's" },
	{ "segment", 0, "NAME", "where it is" },
	{ "order", 0, "ORDER", "of the customer" },
	{ "product", 0, "PRODUCT", "by the order's name for it" },
	{ "sample", 0, "SAMPLE", "a registered one: says all of it" },
	{ "serial", 0, "SERIAL", "of the sample, if it is not registered" },
	{ "condition", 0, "TEXT", "in which it came" },
	{ "received", 0, "DATE", "when it came" },
	{ .name = NULL },
};
static const struct args_option run_options[] = {
	{ "watch", 'w', NULL, "to its end; the exit status is the run's" },
	{ "order", 0, "ORDER", "instead of the device's" },
	{ "quiet", 'q', "TIME",
	    "at rest before it, instead of the scenario's" },
	{ "scenario-dir", 0, "DIR", "where SCENARIO is looked up by name" },
	{ .name = NULL },
};
static const struct args_option probe_options[] = {
	{ "quiet", 'q', "TIME", "at rest before it; 2s when absent" },
	{ "resume", 0, NULL, "go on where an earlier one was broken off" },
	{ .name = NULL },
};
static const struct args_option list_options[] = {
	{ "device", 'd', "DEVICE", "only of this one" },
	{ "limit", 'n', "N", "at most so many" },
	{ "before", 'b', "RUN", "older than this run" },
	{ .name = NULL },
};
static const struct args_option verdict_options[] = {
	{ "device", 'd', "DEVICE", "only of this one" },
	{ "limit", 'n', "N", "at most so many" },
	{ .name = NULL },
};
static const struct args_option watch_options[] = {
	{ "from", 'f', "N", "the first record wanted; none is missed" },
	{ "run", 'r', "RUN", "only this run, to its end" },
	{ .name = NULL },
};
static const struct args_option evidence_options[] = {
	{ "output", 'o', "FILE", "VERDICT.pcapng when absent" },
	{ "force", 0, NULL, "replace FILE if it is there" },
	{ .name = NULL },
};
static const struct args_option bundle_options[] = {
	{ "output", 'o', "FILE|DIR/", "a tar file, .zip, or a directory" },
	{ "redacted", 0, NULL, "digests instead of frames, and no keys" },
	{ "captures", 0, NULL, "the run's raw captures, too" },
	{ .name = NULL },
};
static const struct args_option verify_options[] = {
	{ "trust", 't', "FILE", "lab certificates, public keys (PEM)" },
	{ "tsa", 0, "FILE", "roots of the time-stamp authority (PEM)" },
	{ .name = NULL },
};
static const struct args_option confirm_options[] = {
	{ "not-done", 0, NULL, "it could not be done" },
	{ "note", 0, "TEXT", "goes into the record" },
	{ "step", 0, "N", "of the run, when it is not the one under way" },
	{ .name = NULL },
};
static const struct args_option analyze_options[] = {
	{ "profile", 'p', "FILE", "what the maker declares" },
	{ "mac", 'm', "MAC", "of the device, if not the profile's" },
	{ "probe", 0, "NAME", "only this one" },
	{ "output", 'o', "DIR", "the cited frames and analysis.json go there" },
	{ "probe-dir", 0, "DIR", "where the probes are" },
	{ "worker", 0, "FILE", "assay-worker" },
	{ .name = NULL },
};
static const struct args_option validate_options[] = {
	{ "kind", 'k', "scenario|profile", "when the keys do not say" },
	{ .name = NULL },
};
static const struct args_option new_options[] = {
	{ "output", 'o', "FILE", "a new file, instead of stdout" },
	{ "from", 0, "DEVICE", "a draft of what was seen of it; no questions" },
	{ .name = NULL },
};
static const struct args_option profile_options[] = {
	{ "output", 'o', "FILE", "a new file, instead of stdout" },
	{ .name = NULL },
};
static const struct args_option affected_options[] = {
	{ "limit", 'n', "N", "at most so many" },
	{ "before", 'b', "RUN", "older than this run" },
	{ .name = NULL },
};
static const struct args_option recheck_options[] = {
	{ "probe-dir", 0, "DIR", "the probes that judge (those beside this)" },
	{ "worker", 0, "PATH", "assay-worker (the one beside this)" },
	{ .name = NULL },
};

static const struct args_option key_show_options[] = {
	{ "public", 0, NULL, "only the public key, in PEM" },
	{ "certificate", 0, NULL, "only its certificate, in PEM" },
	{ .name = NULL },
};
static const struct args_option certify_options[] = {
	{ "lab", 0, "KEY", "the lab's private key" },
	{ "lab-cert", 0, "PEM", "and its certificate" },
	{ "days", 0, "N", "it is valid; 365 when absent" },
	{ "output", 'o', "FILE", "the certificate goes there, too" },
	{ "public", 0, "FILE", "the bench's public key; no bench is asked" },
	{ "bench", 0, "NAME", "with --public: whose it is" },
	{ "install", 0, "FILE",
	    "a certificate made elsewhere: for this bench" },
	{ .name = NULL },
};
static const struct args_option lab_options[] = {
	{ "key", 0, "FILE", "the private key goes there" },
	{ "cert", 0, "FILE", "and its certificate there" },
	{ "days", 0, "N", "it is valid; 3650 when absent" },
	{ .name = NULL },
};

static const struct args_option attest_options[] = {
	{ "file", 'f', "FILE", "the document" },
	{ "by", 'b', "NAME", "who looked at it" },
	{ "note", 'n', "TEXT", "what was looked at, and why it is so" },
	{ "conclusion", 'c', "conforms|does-not-conform|insufficient",
	    "of the reviewer; none yet when absent" },
	{ "clause", 0, "TEXT", "of the scheme, that it was held against" },
	{ "despite", 0, NULL, "it conforms, though a check says no" },
	{ "as", 0, "sbom|support|security.txt|certificate|other",
	    "what it is checked as, when not by the requirement" },
	{ "support-until", 0, "DATE", "as the document says" },
	{ "valid-until", 0, "DATE", "of a certificate that is no X.509" },
	{ "covers", 0, "manual,access,identifiers", "of a gate: what of it" },
	{ "order", 0, "ORDER", "instead of the device's" },
	{ "catalogue-dir", 0, "DIR", "where the catalogue is" },
	{ "overlay", 0, "DIR", "the lab's, instead of /etc/assay/catalogue.d" },
	{ .name = NULL },
};
static const struct args_option catalogue_options[] = {
	{ "catalogue-dir", 0, "DIR", "where the catalogue is" },
	{ "overlay", 0, "DIR", "the lab's, instead of /etc/assay/catalogue.d" },
	{ .name = NULL },
};

static const struct args_option coverage_options[] = {
	{ "order", 'o', "ORDER", "all samples and states of this one" },
	{ "scheme", 0, "SCHEME", "only of this one" },
	{ "requirement", 'r', "REQUIREMENT", "the checks of this one" },
	{ "catalogue-dir", 0, "DIR", "where the catalogue is" },
	{ "overlay", 0, "DIR", "the lab's, instead of /etc/assay/catalogue.d" },
	{ .name = NULL },
};

static const struct args_option report_options[] = {
	{ "output", 'o', "FILE", "it goes there instead of to stdout" },
	{ "format", 'f', "FORMAT",
	    "html (when absent), json, pdf, csv …: see assayctl(1)" },
	{ "order", 0, "ORDER", "all samples and states of this one" },
	{ "scheme", 0, "SCHEME", "only of this one" },
	{ "template", 't', "FILE", "what the lab says of itself, in YAML" },
	{ "number", 0, "NUMBER", "of the report, if not the template's" },
	{ "force", 0, NULL, "replace FILE if it is there" },
	{ "catalogue-dir", 0, "DIR", "where the catalogue is" },
	{ "overlay", 0, "DIR", "the lab's, instead of /etc/assay/catalogue.d" },
	{ .name = NULL },
};

static const struct args_option release_options[] = {
	{ "order", 0, "ORDER", "all samples and states of this one" },
	{ "by", 'b', "NAME", "the person" },
	{ "note", 'n', "TEXT", "what was looked at, or why it is amended" },
	{ "number", 0, "NUMBER", "of the report, if not the template's" },
	{ "amends", 0, "NUMBER", "of the report that this one replaces" },
	{ "scheme", 0, "SCHEME", "only of this one" },
	{ "template", 't', "FILE", "what the lab says of itself, in YAML" },
	{ "catalogue-dir", 0, "DIR", "where the catalogue is" },
	{ "overlay", 0, "DIR", "the lab's, instead of /etc/assay/catalogue.d" },
	{ .name = NULL },
};

static const struct args_option order_new_options[] = {
	{ "customer", 0, "NAME", "whose it is" },
	{ "product", 0, "TEXT", "what is to be tested" },
	{ "scheme", 0, "SCHEME,...", "asked for; all when absent" },
	{ "state", 0, "STATE,...", "asked for; those tested when absent" },
	{ "target", 0, "DATE", "the day it is due" },
	{ "exempt", 0, "SCHEME", "whose word is taken where a scheme says so" },
	{ "basis", 0, "TEXT", "the paper that shows it conforms to that" },
	{ "by", 0, "NAME", "who decided it" },
	{ "catalogue-dir", 0, "DIR", "where the catalogue is" },
	{ "overlay", 0, "DIR", "the lab's, instead of /etc/assay/catalogue.d" },
	{ .name = NULL },
};
static const struct args_option order_close_options[] = {
	{ "note", 0, "TEXT", "for whoever asks later" },
	{ "by", 0, "NAME", "who closes it" },
	{ .name = NULL },
};
static const struct args_option reassess_options[] = {
	{ "catalogue", 0, "DIR", "the other catalogue" },
	{ "catalogue-dir", 0, "DIR", "instead of the one beside this" },
	{ "overlay", 0, "DIR", "the lab's, instead of /etc/assay/catalogue.d" },
	{ .name = NULL },
};
static const struct args_option compare_options[] = {
	{ "by", 'b', "NAME", "seal it; who compared them" },
	{ "again", 0, NULL, "find out anew what was sealed" },
	{ .name = NULL },
};
static const struct args_option sample_options[] = {
	{ "order", 0, "ORDER", "for which it came" },
	{ "serial", 0, "SERIAL", "by which verdicts name it" },
	{ "condition", 0, "TEXT", "in which it came" },
	{ "received", 0, "DATE", "the day it came" },
	{ "by", 0, "NAME", "who took it in" },
	{ "photo", 0, "FILE", "its SHA-256 is kept, the file is not" },
	{ .name = NULL },
};

static const struct args_option diff_options[] = {
	{ "format", 'f', "FORMAT", "junit: for systems that collect results" },
	{ .name = NULL },
};
static const struct args_option waive_options[] = {
	{ "until", 0, "DATE", "its last day: 2027-01-31" },
	{ "ticket", 0, "TICKET", "where it is dealt with" },
	{ "by", 0, "NAME", "who decided it" },
	{ "lift", 0, NULL, "it counts no longer" },
	{ .name = NULL },
};

static const struct args_option prune_options[] = {
	{ "dry-run", 'n', NULL, "say what would go, and why the rest stays" },
	{ .name = NULL },
};
static const struct args_option hold_options[] = {
	{ "reason", 'r', "TEXT", "for whoever asks later" },
	{ "order", 'o', NULL, "it is an order, though it looks like a number" },
	{ .name = NULL },
};

#define ANY ((size_t)-1)

const struct client_command client_commands[] = {
	{ "device add", "NAME --profile FILE", "make a device known", 1, 1,
	    add_options, client_device_add },
	{ "device list", "", "the devices known", 0, 0, NULL,
	    client_device_list },
	{ "device show", "NAME", "one device, with its profile", 1, 1, NULL,
	    client_device_show },
	{ "order new", "NAME --customer NAME", "open a customer's order", 1, 1,
	    order_new_options, client_order_new },
	{ "order list", "", "the orders", 0, 0, NULL, client_order_list },
	{ "order show", "ORDER", "one order, its samples and devices", 1, 1,
	    NULL, client_order_show },
	{ "order plan", "ORDER", "what is still to be run, and when", 1, 1,
	    catalogue_options, client_order_plan },
	{ "order close", "ORDER", "nothing runs under it any more", 1, 1,
	    order_close_options, client_order_close },
	{ "reassess", "ORDER --catalogue DIR",
	    "what another catalogue makes of an order's verdicts", 1, 1,
	    reassess_options, client_reassess },
	{ "sample add", "NAME --order ORDER --serial SERIAL",
	    "take a sample in", 1, 1, sample_options, client_sample_add },
	{ "sample list", "[ORDER]", "the samples", 0, 1, NULL,
	    client_sample_list },
	{ "compare", "SAMPLE SAMPLE | --again RUN",
	    "what two samples share that must be each one's own", 1, 2,
	    compare_options, client_compare },
	{ "run", "DEVICE SCENARIO", "test a device", 2, 2, run_options,
	    client_run },
	{ "probe", "DEVICE PROBE [name=value ...]",
	    "test one thing, to its end", 2, ANY, probe_options, client_probe },
	{ "runs", "", "runs, newest first", 0, 0, list_options, client_runs },
	{ "verdicts", "[RUN]", "verdicts, with their evidence", 0, 1,
	    verdict_options, client_verdicts },
	{ "watch", "", "every record as it becomes durable", 0, 0,
	    watch_options, client_watch },
	{ "evidence", "VERDICT", "the frames that show it, as pcapng", 1, 1,
	    evidence_options, client_evidence },
	{ "bundle", "RUN|BUNDLE -o FILE|DIR/",
	    "a run with all that shows it, to be taken elsewhere", 1, 1,
	    bundle_options, client_bundle },
	{ "verify", "RUN|BUNDLE", "is it what was sealed, and by whom", 1, 1,
	    verify_options, client_verify },
	{ "affected", "PROBE@METHOD",
	    "the runs that rest on a version of a probe's method", 1, 1,
	    affected_options, client_affected },
	{ "recheck", "RUN|BUNDLE", "judge a run again on what it recorded", 1,
	    1, recheck_options, client_recheck },
	{ "probes", "[NAME]", "what can be tested", 0, 1, NULL, client_probes },
	{ "cancel", "RUN", "end a run", 1, 1, NULL, client_cancel },
	{ "confirm", "RUN", "say that you did what a run asked for", 1, 1,
	    confirm_options, client_confirm },
	{ "prune", "", "let raw captures go that nothing speaks for", 0, 0,
	    prune_options, client_prune },
	{ "hold", "ORDER|RUN", "keep its raw captures", 1, 1, hold_options,
	    client_hold },
	{ "release", "ORDER|RUN", "hold them no longer", 1, 1, hold_options,
	    client_release },
	{ "holds", "", "what is held", 0, 0, NULL, client_holds },
	{ "status", "", "is the bench well, what is it doing", 0, 0, NULL,
	    client_status },
	{ "key show", "", "the key that this bench signs with", 0, 0,
	    key_show_options, client_key_show },
	{ "key certify", "--lab KEY --lab-cert PEM | --install FILE",
	    "a lab says whose the bench's key is", 0, 0, certify_options,
	    client_key_certify },
	{ "key rotate", "", "a new key for the bench (root)", 0, 0, NULL,
	    client_key_rotate },
	{ "key lab", "NAME --key FILE --cert FILE",
	    "a key and a certificate for a lab", 1, 1, lab_options,
	    client_key_lab },
	{ "analyze", "FILE --profile FILE",
	    "what a capture made elsewhere shows, offline", 1, 1,
	    analyze_options, client_analyze },
	{ "attest", "DEVICE REQUIREMENT --file FILE --by NAME --note TEXT",
	    "a document, and what a reviewer concludes of it", 2, 2,
	    attest_options, client_attest },
	{ "attestations", "[DEVICE]", "what was concluded of documents", 0, 1,
	    NULL, client_attestations },
	{ "coverage", "[DEVICE | --order ORDER]",
	    "of each requirement: what is shown, what can be, and the gap", 0,
	    1, coverage_options, client_coverage },
	{ "report review", "RUN|DEVICE|--order ORDER --number N --by NAME",
	    "this person has looked at the report as it is now", 0, 1,
	    release_options, client_report_review },
	{ "report authorise", "RUN|DEVICE|--order ORDER --number N --by NAME",
	    "another one than its reviewer answers for it", 0, 1,
	    release_options, client_report_authorise },
	{ "report amend",
	    "RUN|DEVICE|--order ORDER --number N --amends M --by NAME --note "
	    "TEXT",
	    "it replaces an authorised one, and why", 0, 1, release_options,
	    client_report_amend },
	{ "report", "RUN|DEVICE|--order ORDER -o FILE",
	    "what was shown, for people, and what was not", 0, 1,
	    report_options, client_report },
	{ "baseline set", "DEVICE [RUN]",
	    "compare its later runs with this one, or its newest", 1, 2, NULL,
	    client_baseline_set },
	{ "baseline list", "[DEVICE]", "what each device is compared with", 0,
	    1, NULL, client_baseline_list },
	{ "diff", "DEVICE|RUN [RUN]",
	    "what a run says otherwise than the baseline, or another run", 1, 2,
	    diff_options, client_diff },
	{ "waive", "DEVICE CHECK --until DATE --ticket TICKET",
	    "let a check's failures be, for a time", 2, 2, waive_options,
	    client_waive },
	{ "waivers", "[DEVICE]", "what is waived", 0, 1, NULL, client_waivers },
	{ "catalogue list", "[SCHEME]", "what the schemes ask for, offline", 0,
	    1, catalogue_options, client_catalogue_list },
	{ "catalogue show", "REQUIREMENT|CHECK",
	    "one of them, with what speaks to it", 1, 1, catalogue_options,
	    client_catalogue_show },
	{ "profile new", "", "a first profile, by questions, offline", 0, 0,
	    new_options, client_profile_new },
	{ "profile import", "FILE",
	    "a profile from testrun's device_config.json or a MUD file", 1, 1,
	    profile_options, client_profile_import },
	{ "validate", "FILE ...", "check scenarios and profiles, offline", 1,
	    ANY, validate_options, client_validate },
	{ "schema", "scenario|profile|messages|control", "a JSON Schema", 1, 1,
	    NULL, client_schema },
	{ "help", "[COMMAND]", "this, or more on one", 0, 2, NULL,
	    client_help },
	{ .name = NULL },
};

static void
print_options(const struct args_option *o)
{
	char *left;

	for (; o != NULL && o->name != NULL; o++) {
		left =
		    xasprintf("--%s%s%s", o->name, o->value == NULL ? "" : " ",
			o->value == NULL ? "" : o->value);
		if (o->letter != '\0')
			printf("  -%c, %-26s %s\n", o->letter, left, o->help);
		else
			printf("      %-26s %s\n", left, o->help);
		free(left);
	}
}

static const struct client_command *
find_command(const char *first, const char *second)
{
	const struct client_command *m;
	char *both = xasprintf("%s %s", first, second == NULL ? "" : second);

	for (m = client_commands; m->name != NULL; m++)
		if (strcmp(m->name, first) == 0 || strcmp(m->name, both) == 0)
			break;
	free(both);
	return m->name == NULL ? NULL : m;
}

static void
print_command(const struct client_command *m)
{
	printf("assayctl %s %s\n  %s\n", m->name, m->usage, m->summary);
	print_options(m->options);
}

int
client_help(struct client *c)
{
	const struct client_command *m;

	if (c->args.nwords > 0) {
		m = find_command(c->args.words[0],
		    c->args.nwords > 1 ? c->args.words[1] : NULL);
		if (m == NULL)
			return client_complainf(CLIENT_USAGE,
			    "there is no command \"%s\"", c->args.words[0]);
		print_command(m);
		return CLIENT_PASSED;
	}
	puts("assayctl talks to assayd, which tests IoT devices and keeps the "
	     "evidence.\n");
	for (m = client_commands; m->name != NULL; m++) {
		char *left = xasprintf("%s %s", m->name, m->usage);

		printf("  %-40s %s\n", left, m->summary);
		free(left);
	}
	puts("\nWith every command:");
	print_options(client_options);
	puts("\nExit status: 0 everything planned ran and passed (or: done); "
	     "1 a required check\nfailed; 2 incomplete or inconclusive; 3 the "
	     "bench failed or cannot be reached;\n64 what was typed, or a "
	     "file, is wrong.");
	return CLIENT_PASSED;
}

/* "ja" for ja_JP.UTF-8, else "en": the languages that there are. */
static const char *
language(const struct client *c)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	const char *value = args_value(&c->args, "lang");
	size_t i;

	for (i = 0; value == NULL && i < 3; i++) {
		value = getenv(names[i]);
		if (value != NULL && value[0] == '\0')
			value = NULL;
	}
	return value != NULL && strncmp(value, "ja", 2) == 0 ? "ja" : "en";
}

static void
load_messages(struct client *c)
{
	const char *named = args_value(&c->args, "message-dir");
	char *dir = NULL;
	struct err e;

	if (named == NULL)
		dir = client_data_dir("messages");
	if (named == NULL && dir == NULL)
		return; /* codes, then */
	c->messages = messages_load(named != NULL ? named : dir, c->lang, &e);
	if (c->messages == NULL)
		client_complain(CLIENT_USAGE, &e);
	c->style.messages = c->messages;
	free(dir);
}

static int
prepare(struct client *c)
{
	const char *socket = args_value(&c->args, "socket");
	const char *no_color = getenv("NO_COLOR");
	const char *lang = args_value(&c->args, "lang");
	const char *term = getenv("TERM");

	if (lang != NULL && strcmp(lang, "en") != 0 && strcmp(lang, "ja") != 0)
		return client_complainf(
		    CLIENT_USAGE, "--lang %s: en or ja", lang);
	if (socket == NULL)
		socket = getenv("ASSAY_SOCKET");
	c->socket =
	    socket == NULL || socket[0] == '\0' ? CONNECT_SOCKET : socket;
	c->host = args_value(&c->args, "host");
	c->is_json = args_has(&c->args, "json");
	c->lang = language(c);
	c->is_terminal = isatty(STDOUT_FILENO) == 1 &&
	    (term == NULL || strcmp(term, "dumb") != 0);
	c->style.has_color = c->is_terminal &&
	    !args_has(&c->args, "no-color") &&
	    (no_color == NULL || no_color[0] == '\0');
	c->style.is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	if (!c->is_json)
		load_messages(c);
	return 0;
}

static bool
needs_bench(const struct client_command *m)
{
	return m->run != client_help && m->run != client_validate &&
	    m->run != client_analyze && m->run != client_schema &&
	    m->run != client_bundle && m->run != client_verify &&
	    m->run != client_key_lab && m->run != client_key_certify &&
	    m->run != client_profile_import && m->run != client_profile_new &&
	    m->run != client_recheck && m->run != client_catalogue_list &&
	    m->run != client_catalogue_show; /* these see what they are given */
}

static int
run_command(struct client *c, const struct client_command *m)
{
	int status;

	if (args_has(&c->args, "help")) {
		print_command(m);
		return CLIENT_PASSED;
	}
	if (c->args.nwords < m->words_min || c->args.nwords > m->words_max)
		return client_complainf(CLIENT_USAGE,
		    "usage: assayctl %s %s (`assayctl help %s` says more)",
		    m->name, m->usage, m->name);
	status = prepare(c);
	if (status == 0 && needs_bench(m))
		status = client_connect(c);
	if (status == 0)
		status = m->run(c);
	return status;
}

static int
relay(struct client *c)
{
	struct connection connection;
	int status = prepare(c);
	struct err e;

	if (status != 0)
		return status;
	if (connect_local(&connection, c->socket, &e) == -1)
		return client_complain(CLIENT_BENCH, &e);
	status = connect_relay(&connection);
	connect_close(&connection);
	return status == 0 ? CLIENT_PASSED : CLIENT_BENCH;
}

/* No command: an option that stands alone. */
static int
run_bare(struct client *c)
{
	if (args_has(&c->args, "version")) {
		printf("assayctl %s\n", ASSAY_VERSION);
		return CLIENT_PASSED;
	}
	if (args_has(&c->args, "stdio"))
		return relay(c);
	if (args_has(&c->args, "help"))
		return client_help(c);
	client_help(c);
	return CLIENT_USAGE;
}

/* The words of the command's own name are no arguments of it. */
static void
drop_name(struct args *a, const struct client_command *m)
{
	size_t n = strchr(m->name, ' ') == NULL ? 1 : 2;

	memmove(a->words, a->words + n, (a->nwords - n) * sizeof(*a->words));
	a->nwords -= n;
}

/* The first two words that are no options: enough to find the command, whose
 * options are then known. */
static const struct client_command *
guess_command(char *const *argv, size_t *nwords)
{
	const char *words[2] = { NULL, NULL };
	const struct args_option *o;

	*nwords = 0;
	for (; *argv != NULL && *nwords < 2; argv++) {
		if ((*argv)[0] != '-') {
			words[(*nwords)++] = *argv;
			continue;
		}
		for (o = client_options; o->name != NULL; o++)
			if (o->value != NULL && argv[1] != NULL &&
			    (((*argv)[1] == o->letter && (*argv)[2] == '\0') ||
				((*argv)[1] == '-' &&
				    strcmp(*argv + 2, o->name) == 0)))
				break;
		if (o->name != NULL)
			argv++;
	}
	if (*nwords == 0)
		return NULL;
	return find_command(words[0], words[1]);
}

/* A word that is none; or the first of a group's, which asks for a second. */
static int
complain_of_command(const char *word)
{
	const struct client_command *m;
	size_t length = strlen(word);
	char *names = xstrdup(""), *longer;
	int status;

	for (m = client_commands; m->name != NULL; m++) {
		if (strncmp(m->name, word, length) != 0 ||
		    m->name[length] != ' ')
			continue;
		longer = xasprintf("%s%s%s", names,
		    names[0] == '\0' ? "" : ", ", m->name + length + 1);
		free(names);
		names = longer;
	}
	if (names[0] != '\0')
		status = client_complainf(
		    CLIENT_USAGE, "%s what? One of: %s", word, names);
	else
		status = client_complainf(CLIENT_USAGE,
		    "there is no command \"%s\" (`assayctl help` lists them)",
		    word);
	free(names);
	return status;
}

int
client_main(char *const *argv)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct client c = { .rpc = NULL };
	const struct client_command *m;
	struct err e;
	size_t nwords;
	int status;

	setlocale(LC_ALL, "");
	sigaction(SIGPIPE, &ignore, NULL);
	m = guess_command(argv, &nwords);
	if (args_parse(&c.args, argv, client_options,
		m == NULL ? NULL : m->options, &e) == -1) {
		status = client_complain(CLIENT_USAGE, &e);
	} else if (m != NULL) {
		drop_name(&c.args, m);
		status = run_command(&c, m);
	} else if (nwords == 0) {
		status = run_bare(&c);
	} else {
		status = complain_of_command(c.args.words[0]);
	}
	rpc_free(c.rpc);
	messages_free(c.messages);
	args_clear(&c.args);
	return status;
}
