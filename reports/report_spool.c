/*
 * report_spool: a report's verdicts at length, outside of memory.
 */
#include "reports/report_spool.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct report_spool {
	FILE *file; /* a verdict a line */
	char *line;
	size_t room; /* of line */
	int error;   /* of the first that could not be kept */
};

struct report_spool *
report_spool_new(struct err *e)
{
	FILE *file = tmpfile();
	struct report_spool *s;

	if (file == NULL) {
		err_set(e, "a temporary file: %s", strerror(errno));
		return NULL;
	}
	s = xcalloc(1, sizeof(*s));
	s->file = file;
	return s;
}

void
report_spool_free(struct report_spool *s)
{
	if (s == NULL)
		return;
	fclose(s->file);
	free(s->line);
	free(s);
}

void
report_spool_add(struct report_spool *s, const json_t *verdict)
{
	if (s->error == 0 &&
	    (json_dumpf(verdict, s->file, JSON_COMPACT) == -1 ||
		putc('\n', s->file) == EOF))
		s->error = errno == 0 ? EIO : errno;
}

void
report_spool_rewind(struct report_spool *s)
{
	if (fflush(s->file) == EOF && s->error == 0)
		s->error = errno;
	rewind(s->file);
}

json_t *
report_spool_next(struct report_spool *s, struct err *e)
{
	json_t *verdict = NULL;
	ssize_t n = -1;

	if (s->error == 0)
		n = getline(&s->line, &s->room, s->file);
	if (n > 0)
		verdict = json_loadb(s->line, (size_t)n, 0, NULL);
	if (verdict == NULL)
		err_set(e, "a temporary file: %s",
		    s->error != 0 ? strerror(s->error) : "it became shorter");
	return verdict;
}
