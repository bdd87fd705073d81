/*
 * profile_new: assayctl profile new: a first profile, by questions.
 *
 * On a terminal a wrong answer is asked for again; from a pipe or a file each
 * line is one answer, and a wrong one ends it.  Nothing is written before the
 * last answer is in and our own loader takes the whole.
 */
#include "client/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "client/profile_questions.h"

#define LINE_MAX_BYTES 4000

enum heard {
	HEARD_LINE,
	HEARD_END,
	HEARD_TOO_LONG
};

/* Without its end and the spaces around it. */
static enum heard
read_line(char line[LINE_MAX_BYTES])
{
	size_t n;

	if (fgets(line, LINE_MAX_BYTES, stdin) == NULL)
		return HEARD_END;
	n = strlen(line);
	if (n == LINE_MAX_BYTES - 1 && line[n - 1] != '\n')
		return HEARD_TOO_LONG;
	while (n > 0 && strchr(" \t\r\n", line[n - 1]) != NULL)
		line[--n] = '\0';
	n = strspn(line, " \t");
	memmove(line, line + n, strlen(line + n) + 1);
	return HEARD_LINE;
}

static void
prompt(const struct profile_question *q)
{
	fprintf(stderr, "%s", q->ask);
	if (q->help[0] != '\0')
		fprintf(stderr, " (%s)", q->help);
	if (q->def[0] != '\0')
		fprintf(stderr, " [%s]", q->def);
	fputs(": ", stderr);
	fflush(stderr);
}

/* 0, or -1 with *e: what is wrong with the i'th answer. */
static int
take(
    char *answers[PROFILE_QUESTIONS], size_t i, const char *line, struct err *e)
{
	const struct profile_question *q = &profile_questions[i];
	char *made;

	if (!utf8_is_plain(line, strlen(line)))
		return err_set(e, "not a text that can be shown");
	if (line[0] == '\0' && q->is_required)
		return err_set(e, "an answer is needed");
	free(answers[i]);
	answers[i] = xstrdup(line[0] == '\0' ? q->def : line);
	made = profile_questions_make(answers, i + 1, e);
	if (made == NULL)
		return -1;
	free(made);
	return 0;
}

static int
ask_all(char *answers[PROFILE_QUESTIONS], bool is_asked)
{
	char line[LINE_MAX_BYTES];
	enum heard heard;
	struct err e;
	size_t i = 0;

	while (i < PROFILE_QUESTIONS) {
		if (is_asked)
			prompt(&profile_questions[i]);
		heard = read_line(line);
		if (heard == HEARD_TOO_LONG)
			return client_complainf(CLIENT_USAGE,
			    "%s: longer than %d bytes",
			    profile_questions[i].ask, LINE_MAX_BYTES - 2);
		if (heard == HEARD_END && is_asked)
			return client_complainf(CLIENT_USAGE,
			    "not answered to the end: nothing is written");
		if (heard == HEARD_END)
			line[0] = '\0';
		if (take(answers, i, line, &e) == 0) {
			i++;
			continue;
		}
		client_complainf(
		    CLIENT_USAGE, "%s: %s", profile_questions[i].ask, e.text);
		if (!is_asked)
			return CLIENT_USAGE;
	}
	return CLIENT_PASSED;
}

/* Before a person has answered twelve questions for nothing. */
static int
check_output(const struct client *c)
{
	const char *path = args_value(&c->args, "output");

	if (path != NULL && access(path, F_OK) == 0)
		return client_complainf(CLIENT_USAGE,
		    "%s: is there already, and is not replaced", path);
	return CLIENT_PASSED;
}

int
client_profile_new(struct client *c)
{
	char *answers[PROFILE_QUESTIONS] = { NULL }, *made;
	const char *device = args_value(&c->args, "from");
	int status = check_output(c);
	struct err e;
	size_t i;

	if (status == CLIENT_PASSED && device != NULL)
		return client_profile_from(c, device);
	if (status == CLIENT_PASSED)
		status = ask_all(answers, isatty(STDIN_FILENO) == 1);
	if (status == CLIENT_PASSED) {
		made = profile_questions_make(answers, PROFILE_QUESTIONS, &e);
		status = made == NULL ? client_complain(CLIENT_USAGE, &e)
				      : client_profile_put(c, made);
		free(made);
	}
	for (i = 0; i < PROFILE_QUESTIONS; i++)
		free(answers[i]);
	return status;
}
