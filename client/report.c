/*
 * report: assayctl report: a run, a device or an order, for people and for
 * other programs.
 *
 * The exit status says whether the report could be made; what it says of the
 * device is in it.
 */
#include "client/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "client/report_gather.h"
#include "client/report_pdf.h"
#include "reports/csv.h"
#include "reports/html.h"
#include "reports/jc_star.h"
#include "reports/junit.h"
#include "reports/oscal.h"
#include "reports/report_json.h"
#include "reports/report_lab.h"
#include "reports/sarif.h"

#define REPORT_PDF "pdf"
#define REPORT_JSON "json"

struct making {
	const json_t *report;
	const char *lang;                /* "en", "ja" */
	const struct messages *messages; /* in that language */
	const struct messages *en, *ja;
	struct report_spool *spool; /* of JSON */
};

static char *
make_html(const struct making *m)
{
	return html_report(m->report, m->messages, m->lang);
}

static char *
make_csv(const struct making *m)
{
	return csv_report(m->report, m->lang);
}

/* With the mark by which spreadsheets know UTF-8. */
static char *
make_csv_bom(const struct making *m)
{
	char *text = make_csv(m), *marked = xasprintf("%s%s", CSV_BOM, text);

	free(text);
	return marked;
}

static char *
make_junit(const struct making *m)
{
	const struct export_style style = { m->lang, m->messages };

	return junit_report(m->report, &style);
}

static char *
make_sarif(const struct making *m)
{
	const struct export_style style = { m->lang, m->messages };

	return sarif_report(m->report, &style);
}

static char *
make_oscal(const struct making *m)
{
	const struct export_style style = { m->lang, m->messages };

	return oscal_report(m->report, &style);
}

static char *
make_jc_star(const struct making *m)
{
	return jc_star_report(m->report, m->en, m->ja);
}

/* The first is what is made when nobody says which. */
static const struct {
	const char *name;
	/* Caller frees; NULL: the report has not got what it is of.  Absent: it
	 * is written as it goes. */
	char *(*make)(const struct making *m);
} formats[] = {
	{ "html", make_html },
	{ REPORT_JSON, NULL },
	{ REPORT_PDF, make_html }, /* printed by a browser */
	{ "csv", make_csv },
	{ "csv-bom", make_csv_bom },
	{ "junit", make_junit },
	{ "sarif", make_sarif },
	{ "oscal", make_oscal },
	{ "jc-star", make_jc_star },
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

/* FORMATS when there is none of that name. */
static size_t
find_format(const char *name)
{
	size_t i;

	for (i = 0; i < FORMATS; i++)
		if (strcmp(name, formats[i].name) == 0)
			break;
	return i;
}

/* ---- the file ---- */

static int
complain_file(const char *path)
{
	return client_complainf(CLIENT_USAGE, "%s: %s", path, strerror(errno));
}

struct content {
	const char *bytes; /* NULL: a report, as JSON */
	size_t size;
	const json_t *report;
	struct report_spool *spool;
};

/* 0, or the exit status after saying why not; whether f took it is not looked
 * at. */
static int
write_content(FILE *f, const struct content *content)
{
	struct err e;

	if (content->bytes != NULL)
		fwrite(content->bytes, 1, content->size, f);
	else if (report_json_write(f, content->report, content->spool, &e) ==
	    -1)
		return client_complain(CLIENT_USAGE, &e);
	return 0;
}

/* Whole under its name, or not at all. */
static int
write_file(const char *path, const struct content *content)
{
	char *temporary = xasprintf("%s.XXXXXX", path);
	int fd = mkostemp(temporary, O_CLOEXEC), status = 0;
	FILE *f = fd == -1 ? NULL : fdopen(fd, "w");
	bool is_written;

	if (f == NULL) {
		status = complain_file(temporary);
		free(temporary);
		return status;
	}
	status = write_content(f, content);
	is_written = fflush(f) == 0 && ferror(f) == 0 && fchmod(fd, 0644) == 0;
	if (fclose(f) != 0 || !is_written)
		status = status != 0 ? status : complain_file(path);
	if (status == 0 && rename(temporary, path) == -1)
		status = complain_file(path);
	if (status != 0)
		unlink(temporary);
	free(temporary);
	return status;
}

static int
put(const struct client *c, const struct content *content)
{
	const char *path = args_value(&c->args, "output");
	struct stat st;
	int status;

	if (path == NULL) {
		status = write_content(stdout, content);
		if (status == 0 && (fflush(stdout) == EOF || ferror(stdout)))
			status = complain_file("stdout");
		return status;
	}
	if (!args_has(&c->args, "force") && lstat(path, &st) == 0)
		return client_complainf(CLIENT_USAGE,
		    "%s: is there already (--force replaces it)", path);
	return write_file(path, content);
}

/* ---- the command ---- */

static int
read_lab(const struct client *c, json_t **lab)
{
	const char *path = args_value(&c->args, "template");
	struct err e;

	if (path == NULL)
		return 0;
	*lab = report_lab_read(path, &e);
	return *lab == NULL ? client_complain(CLIENT_USAGE, &e) : 0;
}

static int
put_bytes(const struct client *c, const char *bytes, size_t size)
{
	const struct content content = { .bytes = bytes, .size = size };

	return put(c, &content);
}

static int
put_format(const struct client *c, size_t format, const struct making *m)
{
	const struct content json = { .report = m->report, .spool = m->spool };
	char *text, *pdf;
	struct err e;
	size_t size;
	int status;

	if (formats[format].make == NULL)
		return put(c, &json);
	text = formats[format].make(m);
	if (text == NULL)
		return client_complainf(CLIENT_USAGE,
		    "--format %s: its scheme is not in the report",
		    formats[format].name);
	if (strcmp(formats[format].name, REPORT_PDF) != 0) {
		status = put_bytes(c, text, strlen(text));
	} else {
		pdf = report_pdf(text, &size, &e);
		status = pdf == NULL ? client_complain(CLIENT_USAGE, &e)
				     : put_bytes(c, pdf, size);
		free(pdf);
	}
	free(text);
	return status;
}

int
report_ask(struct client *c, struct report_languages *l,
    struct report_spool *spool, json_t **report)
{
	struct report_wish wish = {
		.word = c->args.nwords == 0 ? NULL : c->args.words[0],
		.languages = l,
		.spool = spool,
	};
	json_t *lab = NULL;
	int status;

	*l = (struct report_languages){ .en = NULL };
	if ((c->args.nwords == 0) != args_has(&c->args, "order"))
		return client_complainf(CLIENT_USAGE,
		    "report: of a run, of a device or of an order (--order)");
	status = report_languages_load(c, l);
	if (status == 0)
		status = read_lab(c, &lab);
	wish.lab = lab;
	if (status == 0)
		status = report_gather(c, &wish, report);
	json_decref(lab);
	return status;
}

static int
report_as(struct client *c, size_t format)
{
	struct report_languages l;
	struct making m = { .lang = c->lang };
	json_t *report = NULL;
	struct err e;
	int status;

	if (formats[format].make == NULL) {
		m.spool = report_spool_new(&e);
		if (m.spool == NULL)
			return client_complain(CLIENT_USAGE, &e);
	}
	status = report_ask(c, &l, m.spool, &report);
	if (status == 0) {
		m.report = report;
		m.messages = strcmp(c->lang, "ja") == 0 ? l.ja : l.en;
		m.en = l.en;
		m.ja = l.ja;
		status = put_format(c, format, &m);
	}
	json_decref(report);
	report_languages_free(&l);
	report_spool_free(m.spool);
	return status;
}

int
client_report(struct client *c)
{
	const char *name = args_value(&c->args, "format");
	size_t format = find_format(name == NULL ? formats[0].name : name);

	if (format == FORMATS)
		return client_complainf(
		    CLIENT_USAGE, "--format %s: there is none", name);
	return report_as(c, format);
}
