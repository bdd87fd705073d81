/*
 * report: assayctl report: a run, or a device, for people and for other
 * programs.
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
#include "reports/report_json.h"
#include "reports/report_lab.h"

struct making {
	const json_t *report;
	const char *lang;                /* "en", "ja" */
	const struct messages *messages; /* in that language */
};

static char *
make_json(const struct making *m)
{
	return report_json(m->report);
}

static const struct {
	const char *name;
	char *(*make)(const struct making *m); /* caller frees */
} formats[] = {
	{ "json", make_json },
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

/* Whole under its name, or not at all. */
static int
write_file(const char *path, const char *text)
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
	is_written = fputs(text, f) != EOF && fchmod(fd, 0644) == 0;
	if (fclose(f) != 0 || !is_written || rename(temporary, path) == -1) {
		status = complain_file(path);
		unlink(temporary);
	}
	free(temporary);
	return status;
}

static int
put(const struct client *c, const char *text)
{
	const char *path = args_value(&c->args, "output");
	struct stat st;

	if (path == NULL) {
		if (fputs(text, stdout) == EOF || fflush(stdout) == EOF)
			return complain_file("stdout");
		return 0;
	}
	if (!args_has(&c->args, "force") && lstat(path, &st) == 0)
		return client_complainf(CLIENT_USAGE,
		    "%s: is there already (--force replaces it)", path);
	return write_file(path, text);
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
report_as(struct client *c, size_t format)
{
	struct report_languages l;
	struct making m = { .lang = c->lang };
	json_t *lab = NULL, *report = NULL;
	char *text;
	int status;

	status = report_languages_load(c, &l);
	if (status != 0)
		return status;
	status = read_lab(c, &lab);
	if (status == 0)
		status = report_gather(c, c->args.words[0], &l, lab, &report);
	if (status == 0) {
		m.report = report;
		m.messages = strcmp(c->lang, "ja") == 0 ? l.ja : l.en;
		text = formats[format].make(&m);
		status = put(c, text);
		free(text);
	}
	json_decref(report);
	json_decref(lab);
	report_languages_free(&l);
	return status;
}

int
client_report(struct client *c)
{
	const char *name = args_value(&c->args, "format");
	size_t format = find_format(name == NULL ? "json" : name);

	if (format == FORMATS)
		return client_complainf(
		    CLIENT_USAGE, "--format %s: there is none", name);
	return report_as(c, format);
}
