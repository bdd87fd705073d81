/*
 * capture_cite: which frames of a capture show what an observation says.
 */
#include "judging/capture_cite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "captures/digest.h"
#include "captures/pcapng.h"
#include "captures/selector.h"
#include "captures/slice_file.h"
#include "daemon/shared/address.h"

#define NAME_SIZE 32
#define HEAD_SIZE 160

struct cite {
	json_int_t observation;
	const json_t *select; /* borrowed */
	struct selector selector;
	uint64_t count, first, last, stamp_first, stamp_last;
	uint8_t one[SHA256_SIZE]; /* of the first frame */
	struct digest *all;       /* over the frames' digests */
	uint8_t sha256[SHA256_SIZE];
};

struct verdict_cites {
	size_t *cites;
	size_t ncites;
	uint64_t frames;
	struct slice_file *slice; /* being written */
	char name[NAME_SIZE];
	uint64_t size; /* 0: no slice */
	uint8_t sha256[SHA256_SIZE];
};

struct capture_cite {
	uint8_t mac[6];
	struct cite cites[CITE_SELECTORS_MAX];
	size_t ncites;
	struct verdict_cites *verdicts;
	size_t nverdicts;
	struct digest *digest;
	struct pcapng_out out;
	bool *matches; /* of the frame in hand, by cite */
};

struct capture_cite *
capture_cite_new(const uint8_t dut_mac[6])
{
	struct capture_cite *c = xcalloc(1, sizeof(*c));

	memcpy(c->mac, dut_mac, 6);
	c->digest = digest_new();
	c->matches = xcalloc(CITE_SELECTORS_MAX, sizeof(*c->matches));
	return c;
}

void
capture_cite_free(struct capture_cite *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->ncites; i++)
		digest_free(c->cites[i].all);
	for (i = 0; i < c->nverdicts; i++) {
		free(c->verdicts[i].cites);
		slice_file_free(c->verdicts[i].slice);
	}
	free(c->verdicts);
	free(c->matches);
	digest_free(c->digest);
	pcapng_out_free(&c->out);
	free(c);
}

/* ---- what is cited ---- */

/* "22", "1-5", null */
static void
read_range(const json_t *text, uint16_t *first, uint16_t *last)
{
	const char *s = json_string_value(text);
	char *end;

	*first = *last = 0;
	if (s == NULL)
		return;
	*first = *last = (uint16_t)strtoul(s, &end, 10);
	if (*end == '-')
		*last = (uint16_t)strtoul(end + 1, NULL, 10);
}

static void
read_selector(const json_t *o, struct selector *s)
{
	const char *addr = json_string_value(json_object_get(o, "addr"));

	memset(s, 0, sizeof(*s));
	s->proto = (uint8_t)json_integer_value(json_object_get(o, "proto"));
	s->has_addr =
	    addr != NULL && address_parse(addr, &s->family, s->addr) == 0;
	read_range(
	    json_object_get(o, "local"), &s->local_first, &s->local_last);
	read_range(
	    json_object_get(o, "remote"), &s->remote_first, &s->remote_last);
}

/* Its number; CITE_SELECTORS_MAX when there is no room. */
static size_t
find_or_add(struct capture_cite *c, json_int_t observation, const json_t *o)
{
	struct cite *cite;
	size_t i;

	for (i = 0; i < c->ncites; i++)
		if (c->cites[i].observation == observation &&
		    json_equal(c->cites[i].select, o))
			return i;
	if (c->ncites == CITE_SELECTORS_MAX)
		return CITE_SELECTORS_MAX;
	cite = &c->cites[c->ncites];
	cite->observation = observation;
	cite->select = o;
	read_selector(o, &cite->selector);
	cite->all = digest_new();
	digest_restart(cite->all);
	return c->ncites++;
}

static const json_t *
observation_of(const json_t *observations, json_int_t id)
{
	const json_t *o;
	size_t i;

	json_array_foreach (observations, i, o)
		if (json_integer_value(json_object_get(o, "id")) == id)
			return o;
	return NULL;
}

static void
add_cite(struct verdict_cites *v, size_t cite)
{
	size_t i;

	for (i = 0; i < v->ncites; i++)
		if (v->cites[i] == cite)
			return;
	v->cites = xrealloc(v->cites, v->ncites + 1, sizeof(*v->cites));
	v->cites[v->ncites++] = cite;
}

size_t
capture_cite_add(
    struct capture_cite *c, const json_t *observations, const json_t *cited)
{
	struct verdict_cites *v;
	const json_t *id, *o, *select;
	size_t i, k, cite;

	c->verdicts =
	    xrealloc(c->verdicts, c->nverdicts + 1, sizeof(*c->verdicts));
	v = &c->verdicts[c->nverdicts];
	memset(v, 0, sizeof(*v));
	json_array_foreach (cited, i, id) {
		o = observation_of(observations, json_integer_value(id));
		json_array_foreach (json_object_get(o, "frames"), k, select) {
			cite = find_or_add(c, json_integer_value(id), select);
			if (cite < CITE_SELECTORS_MAX)
				add_cite(v, cite);
		}
	}
	return c->nverdicts++;
}

/* ---- the frames ---- */

static void
count_frame(struct cite *cite, const struct capture_frame *f,
    const uint8_t sha256[SHA256_SIZE])
{
	if (cite->count++ == 0) {
		cite->first = f->number;
		cite->stamp_first = f->frame.stamp_ns;
		memcpy(cite->one, sha256, SHA256_SIZE);
	}
	cite->last = f->number;
	cite->stamp_last = f->frame.stamp_ns;
	digest_add(cite->all, sha256, SHA256_SIZE);
}

static int
begin_slice(struct capture_cite *c, struct verdict_cites *v, int dir,
    size_t number, struct err *e)
{
	struct pcapng_interface i = { .link_type = LINKTYPE_ETHERNET_NUMBER };
	struct pcapng_section s = { .application = PCAPNG_APPLICATION,
		.comment = "frames of another capture, as cited" };

	snprintf(v->name, sizeof(v->name), "%zu.pcapng", number);
	v->slice = slice_file_new(dir, v->name, e);
	if (v->slice == NULL)
		return -1;
	c->out.size = 0;
	pcapng_put_section(&c->out, &s);
	pcapng_put_interface(&c->out, &i);
	return slice_file_write(v->slice, c->out.data, c->out.size, e);
}

static int
write_frame(struct capture_cite *c, struct verdict_cites *v,
    const struct capture_frame *f, struct err *e)
{
	char number[64];
	const char *comment = number;

	snprintf(number, sizeof(number), "frame %llu of the capture",
	    (unsigned long long)f->number);
	c->out.size = 0;
	pcapng_put_packet(&c->out, &f->frame, &comment, 1);
	return slice_file_write(v->slice, c->out.data, c->out.size, e);
}

/* A frame of the DUT: to every selector that chooses it, to every verdict that
 * cites one of these. */
static int
take_frame(struct capture_cite *c, const struct capture_frame *f,
    const struct selector_view *view, struct err *e)
{
	uint8_t sha256[SHA256_SIZE];
	struct verdict_cites *v;
	bool any = false;
	size_t i, k;

	for (i = 0; i < c->ncites; i++) {
		c->matches[i] = selector_matches(&c->cites[i].selector, view);
		any = any || c->matches[i];
	}
	if (!any)
		return 0;
	digest_of(c->digest, f->frame.data, f->frame.size, sha256);
	for (i = 0; i < c->ncites; i++)
		if (c->matches[i])
			count_frame(&c->cites[i], f, sha256);
	for (i = 0; i < c->nverdicts; i++) {
		v = &c->verdicts[i];
		for (k = 0; k < v->ncites && !c->matches[v->cites[k]]; k++)
			;
		if (k == v->ncites)
			continue;
		v->frames++;
		if (v->slice != NULL && write_frame(c, v, f, e) == -1)
			return -1;
	}
	return 0;
}

static int
end_slice(struct verdict_cites *v, struct err *e)
{
	int r = 0;

	if (v->slice != NULL && v->frames > 0)
		r = slice_file_commit(v->slice, &v->size, v->sha256, e);
	slice_file_free(v->slice);
	v->slice = NULL;
	return r;
}

static int
read_frames(struct capture_cite *c, struct capture_file *file, struct err *e)
{
	struct selector_view view;
	struct capture_frame f;
	struct packet p;
	int got;

	capture_file_rewind(file);
	while ((got = capture_file_next(file, &f, e)) == 1)
		if (f.frame.link_type == LINKTYPE_ETHERNET_NUMBER &&
		    packet_dissect(&p, f.frame.data, f.frame.size) == 0 &&
		    selector_view(&view, &p, c->mac) &&
		    take_frame(c, &f, &view, e) == -1)
			return -1;
	return got;
}

int
capture_cite_resolve(struct capture_cite *c, struct capture_file *file, int dir,
    size_t prefix, struct err *e)
{
	size_t i;

	for (i = 0; dir != -1 && i < c->nverdicts; i++)
		if (c->verdicts[i].ncites > 0 &&
		    begin_slice(c, &c->verdicts[i], dir, prefix + i + 1, e) ==
			-1)
			return -1;
	if (read_frames(c, file, e) == -1)
		return -1;
	for (i = 0; i < c->ncites; i++) {
		digest_end(c->cites[i].all, c->cites[i].sha256);
		if (c->cites[i].count == 1)
			memcpy(
			    c->cites[i].sha256, c->cites[i].one, SHA256_SIZE);
	}
	for (i = 0; i < c->nverdicts; i++)
		if (end_slice(&c->verdicts[i], e) == -1)
			return -1;
	return 0;
}

json_t *
capture_cite_evidence(const struct capture_cite *c, size_t verdict)
{
	const struct verdict_cites *v = &c->verdicts[verdict];
	json_t *list = json_array();
	char hex[SHA256_HEX_SIZE];
	const struct cite *one;
	size_t i;

	for (i = 0; i < v->ncites; i++) {
		one = &c->cites[v->cites[i]];
		if (one->count == 0)
			continue;
		hex_encode(one->sha256, SHA256_SIZE, hex);
		json_array_append_new(list,
		    json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:s,s:O}",
			"observation", one->observation, "first",
			(json_int_t)one->first, "last", (json_int_t)one->last,
			"count", (json_int_t)one->count, "stamp_first",
			(json_int_t)one->stamp_first, "stamp_last",
			(json_int_t)one->stamp_last, "sha256", hex, "select",
			one->select));
	}
	return list;
}

uint64_t
capture_cite_frames(const struct capture_cite *c, size_t verdict)
{
	return c->verdicts[verdict].frames;
}

json_t *
capture_cite_slice(const struct capture_cite *c, size_t verdict)
{
	const struct verdict_cites *v = &c->verdicts[verdict];
	char hex[SHA256_HEX_SIZE];

	if (v->size == 0)
		return json_null();
	hex_encode(v->sha256, SHA256_SIZE, hex);
	return json_pack("{s:s,s:I,s:s}", "file", v->name, "size",
	    (json_int_t)v->size, "sha256", hex);
}
