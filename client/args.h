/*
 * args: a command line by tables: options anywhere, the rest in order.
 */
#ifndef ASSAY_ARGS_H
#define ASSAY_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define ARGS_OPTIONS_MAX 24

struct args_option {
	const char *name;  /* "socket" is --socket; NULL ends a table */
	char letter;       /* 'H' is -H; 0: none */
	const char *value; /* what it takes, for the usage; NULL: nothing */
	const char *help;
};

struct args {
	const char **words; /* what is no option, in order */
	size_t nwords;
	struct {
		const char *name, *value;
	} given[ARGS_OPTIONS_MAX];
	size_t ngiven;
};

/* Both tables are looked in (either may be NULL).  An option may be given
 * once.  -1 with *e set. args_clear() afterwards, in both cases. */
int args_parse(struct args *a, char *const *argv,
    const struct args_option *common, const struct args_option *own,
    struct err *e);
void args_clear(struct args *a);

bool args_has(const struct args *a, const char *name);
/* NULL when not given. */
const char *args_value(const struct args *a, const char *name);
/* A number from 0; *n stays when the option is not given. -1 with *e. */
int args_number(const struct args *a, const char *name, unsigned long long *n,
    struct err *e);
/* The same of any text. */
int args_parse_number(
    const char *text, const char *what, unsigned long long *n, struct err *e);

#endif
