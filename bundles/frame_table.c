/*
 * frame_table: all frames of one capture or slice, to look an evidence entry
 * up among them.
 */
#include "bundles/frame_table.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "captures/digest.h"
#include "captures/pcapng.h"
#include "captures/selector.h"

#define STARTS_MAX 64 /* frames of one stamp that an entry may begin at */

struct row {
	const uint8_t *data;
	size_t size;
	uint64_t stamp_ns;
	bool is_seen; /* by selectors: between somebody and the DUT */
	struct selector_view view;
};

struct frame_table {
	struct row *rows;
	size_t n;
	struct digest *digest, *range;
};

static void
add(struct frame_table *t, size_t *room, const struct pcapng_frame *f,
    const uint8_t dut_mac[6])
{
	struct row *r;
	struct packet p;

	if (t->n == *room) {
		*room = *room == 0 ? 256 : *room * 2;
		t->rows = xrealloc(t->rows, *room, sizeof(*t->rows));
	}
	r = &t->rows[t->n++];
	memset(r, 0, sizeof(*r));
	r->data = f->frame.data;
	r->size = f->frame.size;
	r->stamp_ns = f->frame.stamp_ns;
	r->is_seen = f->frame.link_type == LINKTYPE_ETHERNET_NUMBER &&
	    packet_dissect(&p, r->data, r->size) == 0 &&
	    selector_view(&r->view, &p, dut_mac);
}

struct frame_table *
frame_table_new(
    const void *p, size_t n, const uint8_t dut_mac[6], struct err *e)
{
	struct frame_table *t = xcalloc(1, sizeof(*t));
	struct pcapng_reader *r = pcapng_open_memory(p, n);
	struct pcapng_frame f;
	size_t room = 0;
	int got;

	t->digest = digest_new();
	t->range = digest_new();
	for (;;) {
		got = pcapng_next(r, &f);
		if (got != 1)
			break;
		add(t, &room, &f, dut_mac);
	}
	if (got == -1) {
		err_set(e, "%s", pcapng_why(r));
		frame_table_free(t);
		t = NULL;
	}
	pcapng_close(r);
	return t;
}

void
frame_table_free(struct frame_table *t)
{
	if (t == NULL)
		return;
	digest_free(t->digest);
	digest_free(t->range);
	free(t->rows);
	free(t);
}

size_t
frame_table_count(const struct frame_table *t)
{
	return t->n;
}

void
frame_table_digest(
    const struct frame_table *t, size_t index, uint8_t out[SHA256_SIZE])
{
	digest_of(t->digest, t->rows[index].data, t->rows[index].size, out);
}

/* ---- looking an entry up ---- */

/* The rows that the selector chooses among [from, to). Caller frees. */
static size_t *
choose(const struct frame_table *t, const struct evidence *v, size_t from,
    size_t to, size_t *n)
{
	size_t *chosen = xcalloc(to > from ? to - from : 1, sizeof(*chosen));
	size_t i;

	*n = 0;
	for (i = from; i < to; i++)
		if (t->rows[i].is_seen &&
		    selector_matches(&v->select, &t->rows[i].view))
			chosen[(*n)++] = i;
	return chosen;
}

/* Are these rows the entry's? */
static bool
is_shown_by(
    const struct frame_table *t, const struct evidence *v, const size_t *rows)
{
	uint8_t sum[SHA256_SIZE];
	uint64_t i;

	if (t->rows[rows[0]].stamp_ns != v->stamp_first ||
	    t->rows[rows[v->count - 1]].stamp_ns != v->stamp_last)
		return false;
	digest_restart(t->range);
	for (i = 0; i < v->count; i++) {
		frame_table_digest(t, rows[i], sum);
		digest_add(t->range, sum, sizeof(sum));
	}
	if (v->count > 1)
		digest_end(t->range, sum);
	return memcmp(sum, v->sha256, SHA256_SIZE) == 0;
}

/* In a slice the frames' numbers are gone: a run of chosen ones that begins
 * with the entry's stamp. Returns where in chosen, or n. */
static size_t
find_start(const struct frame_table *t, const struct evidence *v,
    const size_t *chosen, size_t n)
{
	unsigned starts = 0;
	size_t i;

	for (i = 0; n - i >= v->count && starts < STARTS_MAX; i++) {
		if (t->rows[chosen[i]].stamp_ns != v->stamp_first)
			continue;
		starts++;
		if (is_shown_by(t, v, chosen + i))
			return i;
	}
	return n;
}

static int
check_slice(const struct frame_table *t, const struct evidence *v, size_t *at,
    struct err *e)
{
	size_t n, start, *chosen = choose(t, v, 0, t->n, &n);
	int r = 0;

	start = find_start(t, v, chosen, n);
	if (start == n)
		r = err_set(e,
		    "frames %" PRIu64 " to %" PRIu64
		    " of %s are not in the slice as the record says",
		    v->first, v->last, v->file);
	else if (at != NULL)
		memcpy(at, chosen + start, v->count * sizeof(*at));
	free(chosen);
	return r;
}

static int
check_capture(const struct frame_table *t, const struct evidence *v, size_t *at,
    struct err *e)
{
	size_t n, *chosen;
	int r = 0;

	if (v->last > t->n)
		return err_set(e,
		    "%s has %zu frames, the record cites %" PRIu64, v->file,
		    t->n, v->last);
	chosen = choose(t, v, (size_t)v->first - 1, (size_t)v->last, &n);
	if (n != v->count || chosen[0] != v->first - 1 ||
	    chosen[n - 1] != v->last - 1 || !is_shown_by(t, v, chosen))
		r = err_set(e,
		    "frames %" PRIu64 " to %" PRIu64
		    " of %s are not what the record says",
		    v->first, v->last, v->file);
	else if (at != NULL)
		memcpy(at, chosen, v->count * sizeof(*at));
	free(chosen);
	return r;
}

int
frame_table_check(const struct frame_table *t, const struct evidence *v,
    bool is_slice, size_t *at, struct err *e)
{
	if (v->count > t->n)
		return err_set(e,
		    "%s: the record cites %" PRIu64 " frames, there are %zu",
		    v->file, v->count, t->n);
	return is_slice ? check_slice(t, v, at, e) : check_capture(t, v, at, e);
}

/* ---- entries as records have them ---- */

static int
read_number(const json_t *o, const char *key, uint64_t *out)
{
	const json_t *field = json_object_get(o, key);

	if (!json_is_integer(field) || json_integer_value(field) < 0)
		return -1;
	*out = (uint64_t)json_integer_value(field);
	return 0;
}

/* "80", "80-90", or null for any. */
static int
read_range(const json_t *field, uint16_t *first, uint16_t *last)
{
	const char *text = json_string_value(field);
	unsigned long a, b;
	char *end;

	*first = *last = 0;
	if (json_is_null(field))
		return 0;
	if (text == NULL || text[0] < '0' || text[0] > '9')
		return -1;
	a = b = strtoul(text, &end, 10);
	if (*end == '-' && end[1] >= '0' && end[1] <= '9')
		b = strtoul(end + 1, &end, 10);
	if (*end != '\0' || a > UINT16_MAX || b > UINT16_MAX || b < a)
		return -1;
	*first = (uint16_t)a;
	*last = (uint16_t)b;
	return 0;
}

static int
read_selector(const json_t *o, struct selector *s)
{
	const json_t *addr = json_object_get(o, "addr");
	const char *text = json_string_value(addr);
	uint64_t proto;

	memset(s, 0, sizeof(*s));
	if (read_number(o, "proto", &proto) == -1 || proto > UINT8_MAX)
		return -1;
	s->proto = (uint8_t)proto;
	if (text != NULL) {
		s->family = strchr(text, ':') == NULL ? 4 : 6;
		s->has_addr = true;
		if (inet_pton(s->family == 4 ? AF_INET : AF_INET6, text,
			s->addr) != 1)
			return -1;
	} else if (!json_is_null(addr)) {
		return -1;
	}
	if (read_range(json_object_get(o, "local"), &s->local_first,
		&s->local_last) == -1)
		return -1;
	return read_range(
	    json_object_get(o, "remote"), &s->remote_first, &s->remote_last);
}

/* What it says of the file's frames: which, how many, when. */
static int
read_span(const json_t *entry, struct evidence *v, struct err *e)
{
	if (read_number(entry, "first", &v->first) == -1 ||
	    read_number(entry, "last", &v->last) == -1 ||
	    read_number(entry, "count", &v->count) == -1 ||
	    read_number(entry, "stamp_first", &v->stamp_first) == -1 ||
	    read_number(entry, "stamp_last", &v->stamp_last) == -1)
		return err_set(e, "an evidence entry that cannot be read");
	if (v->first == 0 || v->last < v->first || v->count == 0 ||
	    v->count > v->last - v->first + 1)
		return err_set(e, "an evidence entry that names no frame");
	return 0;
}

int
frame_table_read_entry(const json_t *entry, struct evidence *v, struct err *e)
{
	const char *file = json_string_value(json_object_get(entry, "file"));
	const char *hex = json_string_value(json_object_get(entry, "sha256"));
	uint32_t number;

	memset(v, 0, sizeof(*v));
	if (file == NULL || strlen(file) >= sizeof(v->file) ||
	    segment_number(file, &number) == -1)
		return err_set(
		    e, "an evidence entry that names no capture file");
	snprintf(v->file, sizeof(v->file), "%s", file);
	if (read_selector(json_object_get(entry, "select"), &v->select) == -1 ||
	    hex == NULL || hex_decode(hex, v->sha256, SHA256_SIZE) == -1)
		return err_set(e, "an evidence entry that cannot be read");
	return read_span(entry, v, e);
}

int
frame_table_read_mac(const json_t *job, uint8_t mac[6])
{
	const json_t *target =
	    json_array_get(json_object_get(job, "targets"), 0);
	const char *text = json_string_value(json_object_get(target, "mac"));
	size_t i;

	if (text == NULL || strlen(text) != 17)
		return -1;
	for (i = 0; i < 6; i++) {
		const char two[3] = { text[3 * i], text[3 * i + 1], '\0' };

		if (hex_decode(two, mac + i, 1) == -1 ||
		    (i < 5 && text[3 * i + 2] != ':'))
			return -1;
	}
	return 0;
}
