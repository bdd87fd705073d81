/*
 * args: a command line by tables: options anywhere, the rest in order.
 */
#include "client/args.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static const struct args_option *
find(const struct args_option *table, const char *name, size_t n, char letter)
{
	const struct args_option *o;

	for (o = table; o != NULL && o->name != NULL; o++) {
		if (letter != '\0' && o->letter == letter)
			return o;
		if (letter == '\0' && strlen(o->name) == n &&
		    strncmp(o->name, name, n) == 0)
			return o;
	}
	return NULL;
}

static int
add(struct args *a, const struct args_option *o, const char *value,
    struct err *e)
{
	if (args_has(a, o->name))
		return err_set(e, "--%s is given twice", o->name);
	if (a->ngiven == ARGS_OPTIONS_MAX)
		return err_set(e, "too many options");
	a->given[a->ngiven].name = o->name;
	a->given[a->ngiven].value = value;
	a->ngiven++;
	return 0;
}

/* *argv is an option; its value may be the next word. */
static int
take_option(struct args *a, char *const **argv,
    const struct args_option *common, const struct args_option *own,
    struct err *e)
{
	const char *word = **argv, *name = word + 2, *value = NULL;
	bool is_long = word[1] == '-';
	size_t n = strcspn(name, "=");
	const struct args_option *o;

	if (is_long && name[n] == '=')
		value = name + n + 1;
	if (!is_long && word[2] != '\0')
		value = word + 2; /* -oFILE */
	o = find(own, name, n, is_long ? '\0' : word[1]);
	if (o == NULL)
		o = find(common, name, n, is_long ? '\0' : word[1]);
	if (o == NULL)
		return err_set(e, "unknown option %s", word);
	if (o->value == NULL && value != NULL)
		return err_set(e, "--%s takes no value", o->name);
	if (o->value != NULL && value == NULL) {
		value = (*argv)[1];
		if (value == NULL)
			return err_set(e, "--%s wants %s", o->name, o->value);
		(*argv)++;
	}
	return add(a, o, value == NULL ? "" : value, e);
}

int
args_parse(struct args *a, char *const *argv, const struct args_option *common,
    const struct args_option *own, struct err *e)
{
	size_t n = 0;
	bool is_over = false;

	memset(a, 0, sizeof(*a));
	while (argv[n] != NULL)
		n++;
	a->words = xcalloc(n + 1, sizeof(*a->words));
	for (; *argv != NULL; argv++) {
		if (!is_over && strcmp(*argv, "--") == 0)
			is_over = true;
		else if (is_over || (*argv)[0] != '-' || (*argv)[1] == '\0')
			a->words[a->nwords++] = *argv;
		else if (take_option(a, &argv, common, own, e) == -1)
			return -1;
	}
	return 0;
}

void
args_clear(struct args *a)
{
	free(a->words);
	memset(a, 0, sizeof(*a));
}

const char *
args_value(const struct args *a, const char *name)
{
	size_t i;

	for (i = 0; i < a->ngiven; i++)
		if (strcmp(a->given[i].name, name) == 0)
			return a->given[i].value;
	return NULL;
}

bool
args_has(const struct args *a, const char *name)
{
	return args_value(a, name) != NULL;
}

int
args_parse_number(
    const char *text, const char *what, unsigned long long *n, struct err *e)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
	    value > 0x7fffffffffffffffull)
		return err_set(
		    e, "%s must be a number, not \"%s\"", what, text);
	*n = value;
	return 0;
}

int
args_number(const struct args *a, const char *name, unsigned long long *n,
    struct err *e)
{
	const char *text = args_value(a, name);
	char what[40];

	if (text == NULL)
		return 0;
	snprintf(what, sizeof(what), "--%s", name);
	return args_parse_number(text, what, n, e);
}
