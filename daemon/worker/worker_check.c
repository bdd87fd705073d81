/*
 * worker_check: whether what a probe says agrees with its own descriptor.
 */
#include "daemon/worker/worker_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "daemon/worker/worker_params.h"

#define KNOWN_NEEDS \
	(ASSAY_NEED_TCP | ASSAY_NEED_UDP | ASSAY_NEED_LINK | \
	    ASSAY_NEED_LISTEN | ASSAY_NEED_THREADS | ASSAY_NEED_SOURCES | \
	    ASSAY_NEED_CALLS)

int
worker_check_abi(const struct assay_probe *p, struct err *e)
{
	if (p->abi != ASSAY_ABI)
		return err_set(e, "made for abi %u, this is abi %u", p->abi,
		    (unsigned)ASSAY_ABI);
	if (p->size != sizeof(*p))
		return err_set(e, "descriptor of %u bytes, expected %zu",
		    p->size, sizeof(*p));
	return 0;
}

/* Lower case, digits, '.', '_' and '-': safe in a file name and on a screen. */
static bool
is_name(const char *s)
{
	size_t n = s == NULL ? 0
			     : strspn(s,
				   "abcdefghijklmnopqrstuvwxyz"
				   "0123456789._-");

	return n > 0 && n <= WORKER_NAME_MAX && s[n] == '\0';
}

static bool
is_text(const char *s)
{
	return s != NULL && *s != '\0' && strlen(s) <= 512;
}

static int
check_claims(const struct assay_probe *p, struct err *e)
{
	size_t i;

	if (p->claims == NULL || p->claims[0].check == NULL)
		return err_set(e, "claims nothing");
	for (i = 0; p->claims[i].check != NULL; i++) {
		if (i == WORKER_TABLE_MAX)
			return err_set(e, "claims: no end");
		if (!is_text(p->claims[i].check) ||
		    p->claims[i].kind < ASSAY_COMPLETENESS ||
		    p->claims[i].kind > ASSAY_BEHAVIOUR)
			return err_set(e, "claims: entry %zu is bad", i + 1);
	}
	return 0;
}

static int
check_params(const struct assay_probe *p, struct err *e)
{
	const struct assay_param *a = p->params;
	struct worker_params *params;
	size_t i;

	for (i = 0; a != NULL && a[i].name != NULL; i++) {
		if (i == WORKER_TABLE_MAX)
			return err_set(e, "params: no end");
		if (!is_name(a[i].name) || !is_text(a[i].help))
			return err_set(e, "params: entry %zu is bad", i + 1);
	}
	params = worker_params_new(a, e);
	if (params == NULL)
		return err_prefix(e, "params");
	worker_params_free(params);
	return 0;
}

static int
check_fields(const struct assay_probe *p, struct err *e)
{
	const struct assay_field *f = p->observations;
	size_t i;

	for (i = 0; f != NULL && f[i].name != NULL; i++) {
		if (i == WORKER_TABLE_MAX)
			return err_set(e, "observations: no end");
		if (!is_name(f[i].name) || f[i].unit == NULL ||
		    !is_text(f[i].help) || f[i].type < ASSAY_TYPE_BOOL ||
		    f[i].type > ASSAY_TYPE_DURATION)
			return err_set(
			    e, "observations: entry %zu is bad", i + 1);
	}
	return 0;
}

static int
check_reasons(const struct assay_probe *p, struct err *e)
{
	const struct assay_reason *r = p->reasons;
	size_t i;

	if (r == NULL || r[0].code == NULL)
		return err_set(e, "has no reasons");
	for (i = 0; r[i].code != NULL; i++) {
		if (i == WORKER_TABLE_MAX)
			return err_set(e, "reasons: no end");
		if (!is_name(r[i].code) || r[i].values == NULL)
			return err_set(e, "reasons: entry %zu is bad", i + 1);
	}
	return 0;
}

static int
check_resources(const struct assay_probe *p, struct err *e)
{
	size_t i;

	for (i = 0; p->resources != NULL && p->resources[i] != NULL; i++)
		if (i == WORKER_TABLE_MAX || !is_text(p->resources[i]))
			return err_set(e, "resources: entry %zu is bad", i + 1);
	return 0;
}

static int
check_numbers(const struct assay_probe *p, struct err *e)
{
	if (p->method == 0)
		return err_set(e, "method version is 0");
	if ((p->needs & ~(uint32_t)KNOWN_NEEDS) != 0)
		return err_set(e, "unknown needs 0x%x", p->needs);
	if (p->medium < ASSAY_MEDIUM_IP || p->medium > ASSAY_MEDIUM_CELLULAR)
		return err_set(e, "unknown medium");
	if (p->impact > ASSAY_STATE)
		return err_set(e, "unknown impact");
	if (p->timeout_ms == 0)
		return err_set(e, "has no deadline");
	if (p->state_size > (size_t)64 << 20)
		return err_set(e, "state of %zu bytes", p->state_size);
	if (p->judge == NULL)
		return err_set(e, "has no judge");
	if (p->run == NULL && p->on_frame == NULL)
		return err_set(e, "has neither run nor on_frame");
	if (p->on_frame != NULL && (p->needs & ASSAY_NEED_LINK) == 0)
		return err_set(e, "has on_frame and does not need the link");
	return 0;
}

int
worker_check_probe(const struct assay_probe *p, const char *name, struct err *e)
{
	if (worker_check_abi(p, e) == -1)
		return -1;
	if (!is_name(p->name))
		return err_set(e, "its name is bad");
	if (name != NULL && strcmp(name, p->name) != 0)
		return err_set(e, "its name is %s", p->name);
	if (!is_text(p->title))
		return err_set(e, "has no title");
	if (p->filter != NULL && strlen(p->filter) > 4096)
		return err_set(e, "filter: too long");
	if (check_claims(p, e) == -1 || check_params(p, e) == -1 ||
	    check_fields(p, e) == -1 || check_reasons(p, e) == -1 ||
	    check_resources(p, e) == -1)
		return -1;
	return check_numbers(p, e);
}

static int
check_ports_value(
    const struct assay_ports *ports, const char *what, struct err *e)
{
	static const char cut[] = "\xe2\x80\xa6";
	size_t size = WORKER_PORTS_TEXT_MAX + 1, n;
	char *text;
	bool fits;

	if (ports == NULL)
		return err_set(e, "%s: no ports", what);
	text = xcalloc(1, size);
	assay_ports_format(ports, text, size);
	n = strlen(text);
	fits = n < 3 || strcmp(text + n - 3, cut) != 0;
	free(text);
	if (!fits)
		return err_set(e, "%s: ports are over %d bytes as text", what,
		    WORKER_PORTS_TEXT_MAX);
	return 0;
}

int
worker_check_value(const struct assay_value *v, const char *what, struct err *e)
{
	switch (v->type) {
	case ASSAY_TYPE_BOOL:
	case ASSAY_TYPE_I64:
		return 0;
	case ASSAY_TYPE_U64:
	case ASSAY_TYPE_DURATION:
		if (v->u64 > INT64_MAX) /* a record's integers are signed */
			return err_set(e, "%s: over 63 bits", what);
		return 0;
	case ASSAY_TYPE_STRING:
		if (v->string == NULL)
			return err_set(e, "%s: no string", what);
		if (strlen(v->string) > WORKER_STRING_MAX)
			return err_set(e, "%s: string over %d bytes", what,
			    WORKER_STRING_MAX);
		return 0;
	case ASSAY_TYPE_PORTS:
		return check_ports_value(v->ports, what, e);
	}
	return err_set(e, "%s: no such type of value", what);
}

static int
check_frames(const struct assay_observation *o, struct err *e)
{
	const struct assay_frames *f;
	size_t i;

	if (o->nframes > WORKER_FRAMES_MAX)
		return err_set(e, "%s: over %d selectors of frames", o->field,
		    WORKER_FRAMES_MAX);
	if (o->nframes > 0 && o->frames == NULL)
		return err_set(e, "%s: no frames", o->field);
	for (i = 0; i < o->nframes; i++) {
		f = &o->frames[i];
		if (f->local_last < f->local_first ||
		    f->remote_last < f->remote_first)
			return err_set(
			    e, "%s: a range of ports ends early", o->field);
		if (f->comment != NULL &&
		    strlen(f->comment) > WORKER_COMMENT_MAX)
			return err_set(e, "%s: comment over %d bytes", o->field,
			    WORKER_COMMENT_MAX);
	}
	return 0;
}

int
worker_check_observation(const struct assay_probe *p,
    const struct assay_observation *o, struct err *e)
{
	const struct assay_field *f = p->observations;
	size_t i;

	if (o->field == NULL)
		return err_set(e, "an observation without a field");
	for (i = 0; f != NULL && f[i].name != NULL; i++)
		if (strcmp(f[i].name, o->field) == 0)
			break;
	if (f == NULL || f[i].name == NULL)
		return err_set(e, "%s: field is not declared", o->field);
	if (f[i].type != o->value.type)
		return err_set(e, "%s: not of the declared type", o->field);
	if (worker_check_value(&o->value, o->field, e) == -1)
		return -1;
	return check_frames(o, e);
}

/* names: separated by single spaces. */
static bool
is_listed(const char *names, const char *name)
{
	size_t n = strlen(name), len;

	while (*names != '\0') {
		len = strcspn(names, " ");
		if (len == n && memcmp(names, name, n) == 0)
			return true;
		names += len + (names[len] == ' ');
	}
	return false;
}

static int
check_reason(
    const struct assay_probe *p, const struct assay_verdict *v, struct err *e)
{
	const struct assay_reason *r;
	size_t i;

	if (v->reason == NULL)
		return err_set(e, "%s: no reason", v->check);
	for (r = p->reasons; r->code != NULL; r++)
		if (strcmp(r->code, v->reason) == 0)
			break;
	if (r->code == NULL)
		return err_set(
		    e, "%s: reason %s is not declared", v->check, v->reason);
	if (v->nvalues > WORKER_VALUES_MAX ||
	    (v->nvalues > 0 && v->values == NULL))
		return err_set(e, "%s: bad values", v->check);
	for (i = 0; i < v->nvalues; i++) {
		if (v->values[i].name == NULL ||
		    !is_listed(r->values, v->values[i].name))
			return err_set(e, "%s: reason %s has no value %s",
			    v->check, v->reason,
			    v->values[i].name == NULL ? "(null)"
						      : v->values[i].name);
		if (worker_check_value(
			&v->values[i].value, v->values[i].name, e) == -1)
			return -1;
	}
	return 0;
}

bool
worker_check_is_claimed(
    const struct assay_probe *p, const struct assay_verdict *v)
{
	const struct assay_claim *c;

	for (c = p->claims; c->check != NULL; c++)
		if (strcmp(c->check, v->check) == 0 && c->kind == v->kind)
			return true;
	return false;
}

int
worker_check_verdict(const struct assay_probe *p, const struct assay_verdict *v,
    size_t nobservations, struct err *e)
{
	size_t i;

	if (v->check == NULL)
		return err_set(e, "a verdict without a check");
	if (v->value < ASSAY_INFO || v->value > ASSAY_FAIL)
		return err_set(
		    e, "%s: a probe may not say %d", v->check, (int)v->value);
	if (check_reason(p, v, e) == -1)
		return -1;
	if (v->nobservations > WORKER_OBSERVATIONS_MAX ||
	    (v->nobservations > 0 && v->observations == NULL))
		return err_set(e, "%s: bad observations", v->check);
	for (i = 0; i < v->nobservations; i++)
		if (v->observations[i] == 0 ||
		    v->observations[i] > nobservations)
			return err_set(e, "%s: there is no observation %u",
			    v->check, v->observations[i]);
	return 0;
}
