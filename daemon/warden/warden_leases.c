/*
 * warden_leases: a segment's pool of source addresses, lent to workers.
 *
 * An address of the pool is on the interface only while it is lent: before and
 * after, whoever comes with it finds it free.  A lease ends with the process
 * that has it, however that ends, and with the namespace if we end.
 *
 * A raw lease speaks with frames of its own, and the kernel, which knows
 * nothing of that, would answer what comes back: a RST to a SYN-ACK, a "port
 * unreachable" to a datagram.  Two sets of addresses in the segment's rules
 * keep that away from the wire.
 */
#include "daemon/warden/warden_parts.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/shared/pool.h"
#include "daemon/warden/nft.h"
#include "probes/probe.h"

/* Whatever has no socket of a process is the kernel's own word; of those, only
 * neighbour discovery passes (ARP is no IP).  What a worker sends by its raw
 * socket does not come through here. */
#define RULES_BEGIN "add table inet assay_pool\ndelete table inet assay_pool\n"
#define RULES_TABLE "add table inet assay_pool\n"
#define RULES_CHAIN \
	"add chain inet assay_pool output " \
	"{ type filter hook output priority 0; policy accept; }\n" \
	"add rule inet assay_pool output meta skuid >= 0 accept\n" \
	"add rule inet assay_pool output ip6 saddr @raw6 icmpv6 type " \
	"{ 135, 136 } accept\n" \
	"add rule inet assay_pool output ip saddr @raw4 drop\n" \
	"add rule inet assay_pool output ip6 saddr @raw6 drop\n"

static size_t
address_size(uint8_t family)
{
	return family == 4 ? 4 : 16;
}

static bool
is_same(const struct netlink_address *a, uint8_t family, const uint8_t *addr)
{
	return a->family == family &&
	    memcmp(a->addr, addr, address_size(family)) == 0;
}

static bool
has(const struct warden_lease *lease, const struct netlink_address *a)
{
	size_t i;

	for (i = 0; i < lease->n; i++)
		if (is_same(&lease->list[i], a->family, a->addr))
			return true;
	return false;
}

/* ---- rules ---- */

struct rules {
	FILE *out;
	size_t elements; /* of the set being written */
};

static void
write_elements(
    struct rules *r, uint8_t family, const struct warden_lease *lease)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	for (i = 0; i < lease->n && lease->is_raw; i++) {
		if (lease->list[i].family != family)
			continue;
		inet_ntop(family == 4 ? AF_INET : AF_INET6, lease->list[i].addr,
		    text, sizeof(text));
		if (r->elements++ == 0)
			fprintf(r->out, "add element inet assay_pool raw%u { ",
			    family);
		else
			fputs(", ", r->out);
		fputs(text, r->out);
	}
}

/* Every raw lease of the segment, and this one, which no worker has yet. */
static void
write_set(struct rules *r, const struct warden *w, uint8_t family,
    const struct warden_lease *one)
{
	const struct warden_worker *k;

	fprintf(r->out, "add set inet assay_pool raw%u { type ipv%u_addr; }\n",
	    family, family);
	r->elements = 0;
	write_elements(r, family, one);
	TAILQ_FOREACH (k, &w->workers, entry)
		if (k->lease.segment == one->segment && &k->lease != one)
			write_elements(r, family, &k->lease);
	if (r->elements > 0)
		fputs(" }\n", r->out);
}

static bool
any_is_raw(const struct warden *w, const struct warden_lease *one)
{
	const struct warden_worker *k;

	TAILQ_FOREACH (k, &w->workers, entry)
		if (k->lease.segment == one->segment && k->lease.is_raw)
			return true;
	return one->is_raw;
}

static int
set_rules(const struct warden *w, const struct warden_lease *one, struct err *e)
{
	struct rules r = { NULL, 0 };
	char *text = NULL;
	size_t size;
	int result;

	r.out = open_memstream(&text, &size);
	if (r.out == NULL)
		fatal("rules: out of memory");
	fputs(RULES_BEGIN, r.out);
	if (any_is_raw(w, one)) {
		fputs(RULES_TABLE, r.out);
		write_set(&r, w, 4, one);
		write_set(&r, w, 6, one);
		fputs(RULES_CHAIN, r.out);
	}
	if (fclose(r.out) != 0)
		fatal("rules: out of memory");
	result = nft_set(segment_netns(one->segment), text, e);
	free(text);
	return result;
}

/* ---- leases ---- */

static bool
is_lent(const struct warden *w, const struct segment *segment,
    const struct netlink_address *a)
{
	const struct warden_worker *k;

	TAILQ_FOREACH (k, &w->workers, entry)
		if (k->lease.segment == segment && has(&k->lease, a))
			return true;
	return false;
}

static int
check(const struct warden *w, const struct warden_worker_spec *spec,
    struct err *e)
{
	static struct conf_address pool[POOL_MAX];
	const struct warden_segment *s = &w->segments[spec->segment];
	char text[INET6_ADDRSTRLEN];
	size_t i, j, n = pool_list(s->conf, pool);

	for (i = 0; i < spec->nsources; i++) {
		inet_ntop(spec->sources[i].family == 4 ? AF_INET : AF_INET6,
		    spec->sources[i].addr, text, sizeof(text));
		for (j = 0; j < n; j++)
			if (is_same(&spec->sources[i], pool[j].family,
				pool[j].addr))
				break;
		if (j == n)
			return err_set(e, "%s is not of segment %s's pool",
			    text, s->conf->name);
		if (is_lent(w, s->segment, &spec->sources[i]))
			return err_set(e, "%s is lent already", text);
	}
	return 0;
}

int
warden_lease(struct warden *w, const struct warden_worker_spec *spec,
    struct warden_lease *lease, struct err *e)
{
	struct segment *segment;

	memset(lease, 0, sizeof(*lease));
	if (spec->nsources == 0)
		return 0;
	if (spec->segment == WIRE_NO_SEGMENT ||
	    (spec->needs & ASSAY_NEED_SOURCES) == 0)
		return err_set(e, "source addresses that nobody needs");
	if (check(w, spec, e) == -1)
		return -1;
	segment = w->segments[spec->segment].segment;
	lease->segment = segment;
	lease->is_raw = (spec->needs & ASSAY_NEED_LINK) != 0;
	lease->n = spec->nsources;
	lease->list =
	    xmemdup(spec->sources, spec->nsources * sizeof(*spec->sources));
	/* The rules first: not one answer gets out before them. */
	if ((!lease->is_raw || set_rules(w, lease, e) == 0) &&
	    netlink_add_hosts(segment_netlink(segment),
		segment_link(segment)->index, lease->list, lease->n, e) == 0)
		return 0;
	warden_lease_end(w, lease);
	return -1;
}

/* Off the interface first, so that nothing answers without the rules. */
void
warden_lease_end(struct warden *w, struct warden_lease *lease)
{
	struct segment *segment = lease->segment;
	bool was_raw = lease->is_raw;
	struct err e;

	if (segment != NULL) {
		if (netlink_delete_hosts(segment_netlink(segment),
			segment_link(segment)->index, lease->list, lease->n,
			&e) == -1)
			log_warn("pool: not given back: %s", e.text);
		lease->is_raw = false;
		if (was_raw && set_rules(w, lease, &e) == -1)
			log_warn("pool: %s", e.text);
	}
	free(lease->list);
	memset(lease, 0, sizeof(*lease));
}

void
warden_lease_withdraw(
    struct warden *w, struct segment *segment, const struct netlink_address *a)
{
	struct err e;

	if (is_lent(w, segment, a) &&
	    netlink_delete_hosts(segment_netlink(segment),
		segment_link(segment)->index, a, 1, &e) == -1)
		log_warn("pool: not withdrawn: %s", e.text);
}

void
warden_leases_forget(struct warden *w, const struct segment *segment)
{
	struct warden_worker *k;

	TAILQ_FOREACH (k, &w->workers, entry) {
		if (k->lease.segment != segment)
			continue;
		free(k->lease.list);
		memset(&k->lease, 0, sizeof(k->lease));
	}
}
