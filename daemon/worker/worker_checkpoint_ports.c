/*
 * worker_checkpoint_ports: sets of ports as the bytes of a checkpoint.
 *
 * "APC1", then for each address: u8 family, the address, u8 RANGES or BITMAP,
 * u16 n; n ranges (u16 first, u16 last) or the 8,192 bytes of the set; at the
 * end a 32-bit FNV-1a of all before.  Big endian.  Bytes that are not exactly
 * this are of nobody: everything is asked again.
 *
 * Only functions of the contract are used, so that a unit test runs the same
 * code.
 */
#include <string.h>

#include "probes/probe.h"

#define MAGIC_SIZE 4
#define SUM_SIZE 4
#define BITMAP_SIZE 8192
#define RANGES_MAX (BITMAP_SIZE / 4)
#define PORT_LAST 65535u
#define KNOWN_MAX 32 /* settled ports that are asked again */

static const uint8_t magic[] = { 'A', 'P', 'C', '1' };

enum form {
	FORM_RANGES = 1,
	FORM_BITMAP,
};

static uint32_t
sum_of(const uint8_t *p, size_t n)
{
	uint32_t sum = 2166136261u;
	size_t i;

	for (i = 0; i < n; i++)
		sum = (sum ^ p[i]) * 16777619u;
	return sum;
}

static void
put_u16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static uint16_t
get_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t
get_u32(const uint8_t *p)
{
	return (uint32_t)get_u16(p) << 16 | get_u16(p + 2);
}

/* ---- writing ---- */

/* The ranges of set to out, as many as RANGES_MAX; returns how many there are,
 * at most RANGES_MAX + 1. */
static size_t
put_ranges(const struct assay_ports *set, uint8_t *out)
{
	uint32_t port, first;
	size_t n = 0;

	for (port = 0; port <= PORT_LAST && n <= RANGES_MAX; port++) {
		if (!assay_ports_has(set, (uint16_t)port))
			continue;
		first = port;
		while (port < PORT_LAST &&
		    assay_ports_has(set, (uint16_t)(port + 1)))
			port++;
		if (n < RANGES_MAX) {
			put_u16(out + 4 * n, first);
			put_u16(out + 4 * n + 2, port);
		}
		n++;
	}
	return n;
}

static void
put_bitmap(const struct assay_ports *set, uint8_t *out)
{
	uint32_t port;

	memset(out, 0, BITMAP_SIZE);
	for (port = 0; port <= PORT_LAST; port++)
		if (assay_ports_has(set, (uint16_t)port))
			out[port / 8] |= (uint8_t)(1u << port % 8);
}

/* At most 1 + 16 + 3 + BITMAP_SIZE bytes; returns how many. */
static size_t
put_target(
    const struct assay_target *t, const struct assay_ports *set, uint8_t *out)
{
	size_t addr = t->family == 4 ? 4 : 16, n;
	uint8_t *p = out;

	*p++ = t->family;
	memcpy(p, t->addr, addr);
	p += addr;
	n = put_ranges(set, p + 3);
	if (n <= RANGES_MAX) {
		p[0] = FORM_RANGES;
		put_u16(p + 1, (uint32_t)n);
		return (size_t)(p + 3 + 4 * n - out);
	}
	p[0] = FORM_BITMAP;
	put_u16(p + 1, 0);
	put_bitmap(set, p + 3);
	return (size_t)(p + 3 + BITMAP_SIZE - out);
}

void
assay_checkpoint_ports(
    struct assay_job *job, const struct assay_ports *settled, size_t n)
{
	uint8_t out[ASSAY_CHECKPOINT_MAX], one[1 + 16 + 3 + BITMAP_SIZE];
	size_t size = MAGIC_SIZE, i, k;
	uint32_t sum;

	memcpy(out, magic, MAGIC_SIZE);
	for (i = 0; i < n && i < assay_target_count(job); i++) {
		if (assay_ports_count(&settled[i]) == 0)
			continue;
		k = put_target(assay_target_at(job, i), &settled[i], one);
		if (size + k + SUM_SIZE > sizeof(out))
			continue;
		memcpy(out + size, one, k);
		size += k;
	}
	sum = sum_of(out, size);
	put_u16(out + size, sum >> 16);
	put_u16(out + size + 2, sum & 0xffff);
	assay_checkpoint(job, out, size + SUM_SIZE);
}

/* ---- reading ---- */

static void
take_ranges(const uint8_t *p, size_t n, struct assay_ports *set)
{
	size_t i;

	for (i = 0; i < n; i++, p += 4)
		if (get_u16(p) <= get_u16(p + 2))
			assay_ports_add(set, get_u16(p), get_u16(p + 2));
}

static void
take_bitmap(const uint8_t *p, struct assay_ports *set)
{
	uint32_t port;

	for (port = 0; port <= PORT_LAST; port++)
		if ((p[port / 8] >> port % 8 & 1) != 0)
			assay_ports_add(set, (uint16_t)port, (uint16_t)port);
}

/* How many bytes the entry at p has; 0: it is none. */
static size_t
entry_size(const uint8_t *p, size_t left)
{
	size_t head, body;

	if (left < 1 || (p[0] != 4 && p[0] != 6))
		return 0;
	head = p[0] == 4 ? 1 + 4 + 3 : 1 + 16 + 3;
	if (left < head)
		return 0;
	if (p[head - 3] == FORM_RANGES)
		body = (size_t)4 * get_u16(p + head - 2);
	else if (p[head - 3] == FORM_BITMAP)
		body = BITMAP_SIZE;
	else
		return 0;
	return left - head < body ? 0 : head + body;
}

static bool
is_of(const uint8_t *p, const struct assay_target *t)
{
	return p[0] == t->family &&
	    memcmp(p + 1, t->addr, t->family == 4 ? 4 : 16) == 0;
}

static void
take_entry(const uint8_t *p, struct assay_ports *set)
{
	const uint8_t *form = p + 1 + (p[0] == 4 ? 4 : 16);

	if (*form == FORM_RANGES)
		take_ranges(form + 3, get_u16(form + 1), set);
	else
		take_bitmap(form + 3, set);
}

/* It is ours, whole, and as it was written. */
static bool
is_whole(const uint8_t *p, size_t size)
{
	size_t at = MAGIC_SIZE, n;

	if (size < MAGIC_SIZE + SUM_SIZE || memcmp(p, magic, MAGIC_SIZE) != 0 ||
	    get_u32(p + size - SUM_SIZE) != sum_of(p, size - SUM_SIZE))
		return false;
	for (; at < size - SUM_SIZE; at += n) {
		n = entry_size(p + at, size - SUM_SIZE - at);
		if (n == 0)
			return false;
	}
	return true;
}

uint64_t
assay_resumed_ports(struct assay_job *job, const struct assay_target *t,
    struct assay_ports *out)
{
	const uint8_t *p;
	const void *bytes;
	size_t size, at;
	uint64_t run;

	memset(out, 0, sizeof(*out));
	size = assay_resumed(job, &bytes, &run);
	p = bytes;
	if (run == 0 || size == 0 || !is_whole(p, size))
		return 0;
	for (at = MAGIC_SIZE; at < size - SUM_SIZE;
	     at += entry_size(p + at, size - SUM_SIZE - at))
		if (is_of(p + at, t))
			take_entry(p + at, out);
	return assay_ports_count(out) > 0 ? run : 0;
}

static void
leave_known(struct assay_ports *earlier)
{
	unsigned n = 0;
	uint32_t port;

	for (port = 1; port <= PORT_LAST && n < KNOWN_MAX; port++)
		if (assay_ports_has(earlier, (uint16_t)port)) {
			earlier->bits[port / 64] &= ~(UINT64_C(1) << port % 64);
			n++;
		}
}

uint64_t
assay_resume_ports(struct assay_job *job, const struct assay_target *t,
    const struct assay_ports *declared, struct assay_ports *ports,
    struct assay_ports *earlier)
{
	uint64_t run = assay_resumed_ports(job, t, earlier);

	if (run == 0)
		return 0;
	assay_ports_intersect(earlier, ports);
	assay_ports_subtract(earlier, declared);
	leave_known(earlier);
	if (assay_ports_count(earlier) == 0)
		return 0; /* this job asks it all */
	assay_ports_subtract(ports, earlier);
	assay_note(job, "resumed.run", ASSAY_U64(run));
	assay_note(job, "resumed.asked", ASSAY_U64(assay_ports_count(earlier)));
	return run;
}
