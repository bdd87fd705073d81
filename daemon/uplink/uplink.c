/*
 * uplink: the machine's side of one open fence.
 *
 * It keeps the table that gives the device's flows the machine's address, and
 * asks the resolver where the named hosts are: nobody on a segment asks the
 * world for names.  The table is set first, the right to do so is given up, and
 * only then is anything from the network read.  When this process ends, in
 * whatever way, the kernel takes its table away.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>

#include <event2/dns.h>

#include "base/err.h"
#include "base/log.h"
#include "daemon/shared/role.h"
#include "daemon/shared/role_life.h"
#include "daemon/warden/fence.h"
#include "daemon/warden/nft.h"

#define RESOLVE_TIMEOUT "2" /* seconds, and three times at most */

struct uplink;

struct asked {
	struct uplink *u;
	uint16_t number;
	struct fence_address addresses[FENCE_ADDRESSES_MAX];
	size_t naddresses;
};

struct uplink {
	struct role_life life;
	struct nft *nft;
	struct evdns_base *dns;
	struct asked hosts[FENCE_HOSTS_MAX];
	size_t nhosts, open; /* open: yet to be answered */
	bool is_opened;
};

static void
tell(struct uplink *u, const char *error)
{
	static struct msg_out m;
	uint16_t n = 0;
	size_t i, k;

	for (i = 0; i < u->nhosts; i++)
		n = (uint16_t)(n + u->hosts[i].naddresses);
	msg_start(&m, WARDEN_UPLINK);
	msg_put_string(&m, error);
	msg_put_u16(&m, n);
	for (i = 0; i < u->nhosts; i++) {
		for (k = 0; k < u->hosts[i].naddresses; k++) {
			msg_put_u16(&m, u->hosts[i].number);
			msg_put_bytes(&m, u->hosts[i].addresses[k].addr,
			    u->hosts[i].addresses[k].family == 4 ? 4 : 16);
		}
	}
	peer_send(u->life.warden, &m, -1);
}

/* Half of the room is for each family. */
static void
take_addresses(
    struct asked *a, uint8_t family, const uint8_t *list, size_t count)
{
	const size_t size = family == 4 ? 4 : 16;
	size_t i;

	for (i = 0; i < count && i < FENCE_ADDRESSES_MAX / 2; i++) {
		a->addresses[a->naddresses].family = family;
		memcpy(
		    a->addresses[a->naddresses++].addr, list + size * i, size);
	}
}

/* A name that is not known has no address, and all of it is refused. */
static void
on_resolved(int result, char type, int count, int ttl, void *list, void *arg)
{
	struct asked *a = arg;

	(void)ttl;
	if (result == DNS_ERR_NONE && count > 0 && type == DNS_IPv4_A)
		take_addresses(a, 4, list, (size_t)count);
	else if (result == DNS_ERR_NONE && count > 0 && type == DNS_IPv6_AAAA)
		take_addresses(a, 6, list, (size_t)count);
	else /* many names have none of one family */
		log_info("host %u: %s", a->number, evdns_err_to_string(result));
	if (--a->u->open == 0)
		tell(a->u, "");
}

static void
ask(struct uplink *u, const char *name, struct asked *a, bool has_six)
{
	if (evdns_base_resolve_ipv4(
		u->dns, name, DNS_QUERY_NO_SEARCH, on_resolved, a) == NULL)
		on_resolved(DNS_ERR_UNKNOWN, 0, 0, 0, NULL, a);
	if (has_six &&
	    evdns_base_resolve_ipv6(
		u->dns, name, DNS_QUERY_NO_SEARCH, on_resolved, a) == NULL)
		on_resolved(DNS_ERR_UNKNOWN, 0, 0, 0, NULL, a);
}

static int
drop_rights(struct err *e)
{
	cap_t none = cap_init();
	int r;

	if (none == NULL)
		return err_set(e, "capabilities: out of memory");
	r = cap_reset_ambient() == -1 || cap_set_proc(none) == -1
	    ? err_set(e, "capabilities: %s", strerror(errno))
	    : 0;
	cap_free(none);
	return r;
}

static int
set_table(struct uplink *u, const char *link, const char *interface,
    const struct fence_subnet *net, bool has_six, struct err *e)
{
	char *text = fence_format_uplink(link, interface, net, has_six);
	int r = -1;

	u->nft = nft_open(e);
	if (u->nft != NULL)
		r = nft_run(u->nft, text, e);
	free(text);
	return r == -1 ? -1 : drop_rights(e);
}

static int
open_resolver(struct uplink *u, const uint8_t *resolver, struct err *e)
{
	char text[INET_ADDRSTRLEN];

	u->dns = evdns_base_new(u->life.base, 0);
	inet_ntop(AF_INET, resolver, text, sizeof(text));
	if (u->dns == NULL || evdns_base_nameserver_ip_add(u->dns, text) != 0)
		return err_set(e, "resolver %s: cannot be used", text);
	evdns_base_set_option(u->dns, "timeout:", RESOLVE_TIMEOUT);
	evdns_base_set_option(u->dns, "randomize-case:", "0");
	return 0;
}

static int
read_host(struct uplink *u, struct msg_in *m, uint16_t number, char *name,
    size_t size)
{
	u->hosts[number].u = u;
	u->hosts[number].number = number;
	return msg_get_string(m, name, size);
}

static int
handle_open(struct uplink *u, struct msg_in *m)
{
	static char names[FENCE_HOSTS_MAX][254];
	struct fence_subnet net;
	const uint8_t *resolver;
	char link[16], interface[16];
	uint32_t segment;
	uint8_t has_six;
	size_t nresolver;
	struct err e;
	uint16_t i, n;

	msg_get_string(m, link, sizeof(link));
	msg_get_string(m, interface, sizeof(interface));
	msg_get_u32(m, &segment);
	msg_get_u8(m, &has_six);
	msg_get_bytes(m, &resolver, &nresolver);
	if (msg_get_u16(m, &n) == -1 || n > FENCE_HOSTS_MAX || nresolver != 4 ||
	    u->is_opened)
		return -1;
	for (i = 0; i < n; i++)
		if (read_host(u, m, i, names[i], sizeof(names[i])) == -1)
			return -1;
	if (msg_end(m) == -1)
		return -1;
	u->is_opened = true;
	fence_subnet(segment, &net);
	if (set_table(u, link, interface, &net, has_six != 0, &e) == -1 ||
	    open_resolver(u, resolver, &e) == -1) {
		tell(u, e.text);
		return 0;
	}
	u->nhosts = n;
	u->open = has_six != 0 ? (size_t)2 * n : n;
	for (i = 0; i < n; i++)
		ask(u, names[i], &u->hosts[i], has_six != 0);
	if (n == 0)
		tell(u, "");
	return 0;
}

static int
on_warden(void *arg, struct msg_in *m)
{
	return m->type == UPLINK_OPEN ? handle_open(arg, m) : -1;
}

int
uplink_main(void)
{
	static const struct role_hooks hooks = { .name = "uplink",
		.on_warden = on_warden };
	struct uplink u;

	memset(&u, 0, sizeof(u));
	role_life_begin(&u.life, &hooks, &u);
	role_life_serve(&u.life);
	if (u.dns != NULL)
		evdns_base_free(u.dns, 0);
	nft_close(u.nft);
	role_life_end(&u.life);
	return 0;
}
