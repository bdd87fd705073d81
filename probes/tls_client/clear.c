/*
 * clear: whether the device, its TLS refused, reset or cut off, says in clear
 * what it says by TLS.
 *
 * That it calls in clear, too, is no fall-back yet: it fails with what it has
 * said by TLS to the same, or at the very port, of the very host, to which it
 * had spoken TLS.  What is about another host is another matter.  All else that
 * it says in clear leaves it open, and so does whatever it says before it had
 * called by TLS at all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/tls_client/parts.h"

#define TEXT_MAX 600
#define IDS_MAX 64
#define GISTS_MAX 4 /* things that a place is told of, by TLS */

struct word {
	const char *p;
	size_t n;
};

struct spoken {
	struct word name, host; /* host:port, and its host */
	struct word gists[GISTS_MAX];
	size_t ngists;
	uint32_t first_id;                  /* when it was first called */
	uint32_t reset_id, cut_id, last_id; /* 0: not played */
};

struct tale {
	char text[TEXT_MAX];
	size_t used;
	uint64_t count;
	uint32_t ids[IDS_MAX];
	size_t nids;
};

struct heard {
	struct assay_job *job;
	struct spoken places[CLIENT_PLACES_MAX];
	size_t nplaces;
	uint64_t waited_ns;
	bool is_elsewhere, is_more_plain;
	struct tale fell_back, in_clear, dropped;
};

/* ---- reading ---- */

static struct word
next_word(const char **text)
{
	struct word w = { *text, strcspn(*text, " ") };

	*text += w.n;
	if (**text == ' ')
		++*text;
	return w;
}

static bool
same_word(struct word a, struct word b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static bool
word_is(struct word w, const char *text)
{
	return same_word(w, (struct word){ text, strlen(text) });
}

/* Without its port; that of an IPv6 address is behind the last colon, too. */
static struct word
host_of(struct word name)
{
	while (name.n > 0 && name.p[name.n - 1] != ':')
		name.n--;
	if (name.n > 0)
		name.n--;
	return name;
}

static struct word
port_of(struct word name)
{
	const size_t n = host_of(name).n;

	return (struct word){ name.p + n, name.n - n };
}

static struct spoken *
spoken_of(struct heard *v, struct word name)
{
	struct spoken *p;
	size_t i;

	for (i = 0; i < v->nplaces; i++)
		if (same_word(v->places[i].name, name))
			return &v->places[i];
	if (name.n == 0 || v->nplaces == CLIENT_PLACES_MAX)
		return NULL;
	p = &v->places[v->nplaces++];
	p->name = name;
	p->host = host_of(name);
	return p;
}

static void
see_step(struct heard *v, size_t step, const char *text, uint32_t id)
{
	struct spoken *p = spoken_of(v, next_word(&text));
	const bool is_dropped = word_is(next_word(&text), CLIENT_DROPPED);

	if (p == NULL)
		return;
	if (p->first_id == 0)
		p->first_id = id;
	if (step == ASSAY_IMPOSTOR_RESET && is_dropped)
		p->reset_id = id;
	if (step == ASSAY_IMPOSTOR_CUT && is_dropped)
		p->cut_id = id;
	if (step == CLIENT_LAST)
		p->last_id = id;
}

static void
see_said(struct heard *v, const char *text)
{
	struct spoken *p = spoken_of(v, next_word(&text));
	struct word gist;

	(void)next_word(&text);
	(void)next_word(&text);
	gist = next_word(&text);
	if (p != NULL && gist.n > 0 && p->ngists < GISTS_MAX)
		p->gists[p->ngists++] = gist;
}

static void
see(struct heard *v, const struct assay_observation *o, uint32_t id)
{
	size_t i;

	if (o->value.type != ASSAY_TYPE_STRING) {
		v->is_elsewhere |= strcmp(o->field, "call.elsewhere") == 0;
		v->is_more_plain |= strcmp(o->field, "call.more_plain") == 0;
		if (strcmp(o->field, "call.waited") == 0)
			v->waited_ns = o->value.u64;
		return;
	}
	if (strcmp(o->field, "call.said") == 0)
		see_said(v, o->value.string);
	for (i = 0; i < CLIENT_STEPS; i++)
		if (strcmp(o->field, client_fields[i]) == 0)
			see_step(v, i, o->value.string, id);
}

/* ---- what came in clear ---- */

static void
tell(struct tale *f, struct word a, const char *how, struct word b, uint32_t id)
{
	const int n = snprintf(f->text + f->used, sizeof(f->text) - f->used,
	    "%s%.*s%s%.*s", f->used == 0 ? "" : ", ", (int)a.n, a.p, how,
	    (int)b.n, b.n == 0 ? "" : b.p);

	if (n > 0 && (size_t)n < sizeof(f->text) - f->used)
		f->used += (size_t)n;
	else
		f->text[f->used] = '\0';
	f->count++;
	if (id != 0 && f->nids < IDS_MAX)
		f->ids[f->nids++] = id;
}

static void
tell_of(struct tale *f, uint32_t id)
{
	if (id != 0 && f->nids < IDS_MAX)
		f->ids[f->nids++] = id;
}

/* Of a place that it speaks TLS with, as what it says or its port shows. */
static bool
belongs(
    const struct spoken *p, struct word to, struct word host, struct word gist)
{
	size_t i;

	if (word_is(host, "-"))
		host.n = 0;
	for (i = 0; i < p->ngists; i++)
		if (gist.n > 0 && same_word(gist, p->gists[i]))
			return true;
	return host.n > 0 && same_word(host, p->host) &&
	    same_word(port_of(to), port_of(p->name));
}

static bool
is_of_another(const struct heard *v, struct word host)
{
	size_t i;

	if (host.n == 0 || word_is(host, "-"))
		return false;
	for (i = 0; i < v->nplaces; i++)
		if (same_word(v->places[i].host, host))
			return false;
	return true;
}

static void
judge_plain(struct heard *v, const char *text, uint32_t id)
{
	const struct word to = next_word(&text);
	const struct word host = next_word(&text);
	const struct word gist = next_word(&text);
	const struct spoken *p = NULL;
	size_t i;

	for (i = 0; i < v->nplaces && p == NULL; i++)
		if (belongs(&v->places[i], to, host, gist))
			p = &v->places[i];
	if (p == NULL && is_of_another(v, host))
		return;
	if (p == NULL || p->first_id == 0 || id < p->first_id) {
		tell(&v->in_clear, to, p == NULL ? "" : " ahead of ",
		    p == NULL ? (struct word){ "", 0 } : p->name, id);
		return;
	}
	tell(&v->fell_back, to, " for ", p->name, id);
	tell_of(&v->fell_back, p->first_id);
	tell_of(&v->fell_back, p->reset_id);
}

/* Somebody else is to speak first: of mail, for one.  At a port of TLS it gave
 * up. */
static void
judge_mute(struct heard *v, const char *text, uint32_t id)
{
	const struct word to = next_word(&text);
	size_t i;

	for (i = 0; i < v->nplaces; i++)
		if (same_word(port_of(to), port_of(v->places[i].name)))
			return;
	tell(&v->in_clear, to, " without a word", (struct word){ "", 0 }, id);
}

/* ---- */

static void
clear_say(const struct heard *v, enum assay_verdict_value value,
    const char *reason, const struct tale *f)
{
	const struct assay_named_value values[] = {
		{ "attempts", ASSAY_STRING(f->text) },
		{ "count", ASSAY_U64(f->count) },
		{ "waited", ASSAY_NS(v->waited_ns) },
	};
	const struct assay_verdict verdict = { .check = "TLS-C13",
		.kind = ASSAY_BEHAVIOUR,
		.value = value,
		.reason = reason,
		.values = values,
		.nvalues = sizeof(values) / sizeof(values[0]),
		.observations = f->ids,
		.nobservations = f->nids };

	assay_say(v->job, &verdict);
}

/* Whether each was dropped in both ways, and was called by TLS again. */
static bool
is_whole(struct heard *v)
{
	bool whole = v->nplaces > 0;
	size_t i;

	for (i = 0; i < v->nplaces; i++) {
		const struct spoken *p = &v->places[i];

		whole &= p->reset_id != 0 && p->cut_id != 0 && p->last_id != 0;
		tell(&v->dropped, p->name,
		    p->reset_id == 0     ? ""
			: p->cut_id == 0 ? " reset"
					 : " reset, cut off",
		    (struct word){ "", 0 }, p->reset_id);
		tell_of(&v->dropped, p->cut_id);
		tell_of(&v->dropped, p->last_id);
	}
	return whole;
}

void
client_judge_clear(struct assay_job *job)
{
	struct heard v;
	const struct assay_observation *o;
	size_t i;
	bool whole;

	memset(&v, 0, sizeof(v));
	v.job = job;
	for (i = 0; i < assay_observation_count(job); i++)
		see(&v, assay_observation_at(job, i), (uint32_t)i + 1);
	for (i = 0; i < assay_observation_count(job); i++) {
		o = assay_observation_at(job, i);
		if (strcmp(o->field, "call.plain") == 0)
			judge_plain(&v, o->value.string, (uint32_t)i + 1);
		if (strcmp(o->field, "call.mute") == 0)
			judge_mute(&v, o->value.string, (uint32_t)i + 1);
	}
	whole = is_whole(&v);
	if (v.fell_back.count > 0)
		clear_say(&v, ASSAY_FAIL, "tls_client.fell_back", &v.fell_back);
	else if (v.in_clear.count > 0 || v.is_more_plain)
		clear_say(&v, ASSAY_INCONC, "tls_client.in_clear", &v.in_clear);
	else if (!whole)
		clear_say(&v, ASSAY_INCONC, "tls_client.partial", &v.dropped);
	else if (v.is_elsewhere)
		clear_say(&v, ASSAY_INCONC, "tls_client.elsewhere", &v.dropped);
	else
		clear_say(
		    &v, ASSAY_PASS, "tls_client.by_tls_alone", &v.dropped);
}
