/*
 * worker_params: a probe's parameters, parsed and within bounds.
 */
#include "daemon/worker/worker_params.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "scenarios/scenario.h"

#define STRING_SIZE 4096 /* longest value of a parameter, with its NUL */

struct worker_params {
	size_t n;
	struct worker_param param[];
};

static int
parse_u64(const char *s, uint64_t *v)
{
	uint64_t digit;

	*v = 0;
	if (*s == '\0')
		return -1;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		digit = (uint64_t)(*s - '0');
		if (*v > (UINT64_MAX - digit) / 10)
			return -1;
		*v = *v * 10 + digit;
	}
	return 0;
}

static bool
is_choice(const char *choices, const char *s)
{
	size_t n = strlen(s), len;
	const char *p = choices;

	while (n != 0) {
		len = strcspn(p, "|");
		if (len == n && memcmp(p, s, n) == 0)
			return true;
		if (p[len] == '\0')
			return false;
		p += len + 1;
	}
	return false;
}

static int
check_bounds(const struct assay_param *spec, uint64_t v, struct err *e)
{
	const char *unit = spec->type == ASSAY_PARAM_DURATION ? " ns" : "";

	if (spec->max != 0 && (v < spec->min || v > spec->max))
		return err_set(e, "expected %" PRIu64 " to %" PRIu64 "%s",
		    spec->min, spec->max, unit);
	return 0;
}

static int
parse_value(struct worker_param *p, const char *s, struct err *e)
{
	switch (p->spec->type) {
	case ASSAY_PARAM_U64:
		if (parse_u64(s, &p->u64) == -1)
			return err_set(e, "expected a whole number");
		return check_bounds(p->spec, p->u64, e);
	case ASSAY_PARAM_BOOL:
		p->u64 = strcmp(s, "true") == 0;
		if (p->u64 == 0 && strcmp(s, "false") != 0)
			return err_set(e, "expected true or false");
		return 0;
	case ASSAY_PARAM_STRING:
		return 0;
	case ASSAY_PARAM_DURATION:
		if (duration_parse_ns(s, &p->u64) == -1)
			return err_set(e, "expected a duration such as 250ms");
		return check_bounds(p->spec, p->u64, e);
	case ASSAY_PARAM_PORTS:
		if (assay_ports_parse(p->ports, s) == -1)
			return err_set(e, "expected ports such as 22,80-90");
		return 0;
	case ASSAY_PARAM_CHOICE:
		if (p->spec->choices == NULL || !is_choice(p->spec->choices, s))
			return err_set(e, "expected one of %s",
			    p->spec->choices == NULL ? "none"
						     : p->spec->choices);
		return 0;
	}
	return err_set(e, "no such type of parameter");
}

static int
set(struct worker_param *p, const char *value, struct err *e)
{
	if (strlen(value) >= STRING_SIZE)
		return err_set(e, "%s: too long", p->spec->name);
	if (p->ports == NULL && p->spec->type == ASSAY_PARAM_PORTS)
		p->ports = xcalloc(1, sizeof(*p->ports));
	if (parse_value(p, value, e) == -1)
		return err_prefix(e, "%s", p->spec->name);
	free(p->text);
	p->text = xstrdup(value);
	return 0;
}

static struct worker_param *
find(const struct worker_params *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->param[i].spec->name, name) == 0)
			return (struct worker_param *)(uintptr_t)&p->param[i];
	return NULL;
}

struct worker_params *
worker_params_new(const struct assay_param *table, struct err *e)
{
	struct worker_params *p;
	size_t i, n = 0;

	while (table != NULL && table[n].name != NULL)
		n++;
	p = xcalloc(1, sizeof(*p) + n * sizeof(p->param[0]));
	p->n = n;
	for (i = 0; i < n; i++)
		p->param[i].spec = &table[i];
	for (i = 0; i < n; i++) {
		if (find(p, table[i].name) != &p->param[i]) {
			err_set(e, "%s: declared twice", table[i].name);
			goto fail;
		}
		if (table[i].def == NULL) {
			err_set(e, "%s: no default", table[i].name);
			goto fail;
		}
		if (set(&p->param[i], table[i].def, e) == -1)
			goto fail;
	}
	return p;
fail:
	worker_params_free(p);
	return NULL;
}

int
worker_params_set(
    struct worker_params *p, const char *name, const char *value, struct err *e)
{
	struct worker_param *param = find(p, name);

	if (param == NULL)
		return err_set(e, "the probe has no such parameter");
	return set(param, value, e);
}

const struct worker_param *
worker_params_get(
    const struct worker_params *p, const char *name, enum assay_param_type type)
{
	const struct worker_param *param = find(p, name);
	enum assay_param_type is;

	if (param == NULL)
		return NULL;
	is = param->spec->type;
	if (is == ASSAY_PARAM_CHOICE)
		is = ASSAY_PARAM_STRING;
	return is == type ? param : NULL;
}

void
worker_params_free(struct worker_params *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->n; i++) {
		free(p->param[i].text);
		free(p->param[i].ports);
	}
	free(p);
}
