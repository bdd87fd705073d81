/*
 * watch_fence: the flows that the fence lets out or refuses, as the kernel
 * tells of them.
 */
#include "daemon/watch/watch_fence.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/util.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/netlink.h>

#include "base/log.h"
#include "base/peer.h"
#include "daemon/shared/wire.h"
#include "daemon/watch/watch.h"
#include "daemon/warden/fence.h"
#include "protocols/bytes.h"

#define NS_PER_S 1000000000ull
#define TURNS_MAX 64
#define FRAGMENT_MASK 0x1fff

/* Those of TCP and UDP are at the same place. */
static int
parse_ports(struct watch_flow *f, struct reader *r)
{
	if (f->transport != IPPROTO_TCP && f->transport != IPPROTO_UDP)
		return 0;
	f->from_port = reader_u16(r);
	f->to_port = reader_u16(r);
	return r->bad ? -1 : 0;
}

/* RFC 8200 section 3; an extension is a transport of its own here. */
static int
parse_ipv6(struct watch_flow *f, const uint8_t *p, size_t size)
{
	struct reader r = reader_over(p, size);
	const uint8_t *from, *to;

	reader_take(&r, 6);
	f->transport = reader_u8(&r);
	reader_u8(&r);
	from = reader_take(&r, 16);
	to = reader_take(&r, 16);
	if (r.bad)
		return -1;
	f->family = 6;
	memcpy(f->from, from, 16);
	memcpy(f->to, to, 16);
	return parse_ports(f, &r);
}

/* RFC 791 section 3.1. */
static int
parse_ipv4(struct watch_flow *f, const uint8_t *p, size_t size)
{
	struct reader r = reader_over(p, size);
	const uint8_t *from, *to;
	uint16_t fragment;
	uint8_t first;

	first = reader_u8(&r);
	reader_take(&r, 5);
	fragment = reader_u16(&r);
	reader_u8(&r);
	f->transport = reader_u8(&r);
	reader_u16(&r);
	from = reader_take(&r, 4);
	to = reader_take(&r, 4);
	if (r.bad || (first & 15) < 5)
		return -1;
	f->family = 4;
	memcpy(f->from, from, 4);
	memcpy(f->to, to, 4);
	reader_take(&r, ((size_t)(first & 15) - 5) * 4);
	return (fragment & FRAGMENT_MASK) != 0 ? 0 : parse_ports(f, &r);
}

static int
parse_packet(struct watch_flow *f, const uint8_t *p, size_t size)
{
	if (size == 0 || (p[0] >> 4 != 4 && p[0] >> 4 != 6))
		return -1;
	return p[0] >> 4 == 4 ? parse_ipv4(f, p, size) : parse_ipv6(f, p, size);
}

static int
parse_prefix(struct watch_flow *f, const uint8_t *p, size_t size)
{
	size_t i;
	unsigned n = 0;

	if (size == 0 || strchr("asr", p[0]) == NULL || p[0] == '\0')
		return -1;
	f->what = p[0];
	for (i = 1; i < size && p[i] >= '0' && p[i] <= '9' && i < 4; i++)
		n = n * 10 + (unsigned)(p[i] - '0');
	if (n >= FENCE_HOSTS_MAX)
		return -1;
	f->host = (uint8_t)n;
	return 0;
}

int
watch_flow_parse(struct watch_flow *f, const void *data, size_t size)
{
	const size_t fixed = NLMSG_LENGTH(sizeof(struct nfgenmsg));
	const uint8_t *p = data, *end, *body;
	bool has_prefix = false, has_packet = false;
	struct nlmsghdr h;
	struct nlattr a;
	uint32_t seq;

	memset(f, 0, sizeof(*f));
	if (size < fixed)
		return -1;
	memcpy(&h, p, sizeof(h));
	if (h.nlmsg_type != (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET) ||
	    h.nlmsg_len < fixed || h.nlmsg_len > size)
		return -1;
	end = p + h.nlmsg_len;
	p += fixed;
	while ((size_t)(end - p) >= NLA_HDRLEN) {
		memcpy(&a, p, sizeof(a));
		if (a.nla_len < NLA_HDRLEN || a.nla_len > end - p)
			return -1;
		body = p + NLA_HDRLEN;
		size = (size_t)a.nla_len - NLA_HDRLEN;
		switch (a.nla_type & NLA_TYPE_MASK) {
		case NFULA_PREFIX:
			has_prefix = parse_prefix(f, body, size) == 0;
			break;
		case NFULA_PAYLOAD:
			has_packet = parse_packet(f, body, size) == 0;
			break;
		case NFULA_SEQ:
			if (size != sizeof(seq))
				return -1;
			memcpy(&seq, body, sizeof(seq));
			f->seq = ntohl(seq);
			f->has_seq = true;
			break;
		default:
			break;
		}
		if (NLA_ALIGN(a.nla_len) > end - p)
			break;
		p += NLA_ALIGN(a.nla_len);
	}
	return has_prefix && has_packet ? 0 : -1;
}

static bool
is_same(const struct watch_flow *a, const struct watch_flow *b)
{
	return a->what == b->what && a->transport == b->transport &&
	    a->family == b->family && memcmp(a->from, b->from, 16) == 0 &&
	    memcmp(a->to, b->to, 16) == 0 && a->from_port == b->from_port &&
	    a->to_port == b->to_port;
}

bool
watch_flows_take(
    struct watch_flows *s, const struct watch_flow *f, uint64_t now_ns)
{
	const uint64_t price = NS_PER_S / WATCH_FLOWS_PER_S;
	size_t i, n = s->nseen < WATCH_FLOWS_MAX ? s->nseen : WATCH_FLOWS_MAX;

	if (f->has_seq && s->has_seq)
		s->lost += f->seq - s->next_seq;
	s->has_seq = f->has_seq;
	s->next_seq = f->seq + 1;
	for (i = 0; i < n; i++)
		if (is_same(&s->seen[i], f))
			return false;
	s->seen[s->nseen++ % WATCH_FLOWS_MAX] = *f;
	if (s->last_ns == 0)
		s->tokens_ns = WATCH_FLOWS_BURST * price;
	else
		s->tokens_ns += now_ns - s->last_ns;
	if (s->tokens_ns > WATCH_FLOWS_BURST * price)
		s->tokens_ns = WATCH_FLOWS_BURST * price;
	s->last_ns = now_ns;
	if (s->tokens_ns < price) {
		s->lost++;
		return false;
	}
	s->tokens_ns -= price;
	return true;
}

static void
tell_flow(struct watch *w, const struct watch_flow *f)
{
	msg_start(&w->out, ENGINE_FLOW);
	msg_put_u8(&w->out, f->what);
	msg_put_u8(&w->out, f->host);
	msg_put_u8(&w->out, f->transport);
	msg_put_bytes(&w->out, f->from, watch_addr_size(f->family));
	msg_put_u16(&w->out, f->from_port);
	msg_put_bytes(&w->out, f->to, watch_addr_size(f->family));
	msg_put_u16(&w->out, f->to_port);
	msg_put_u64(&w->out, watch_now_ns());
	watch_send(w);
}

static void
tell_lost(struct watch *w)
{
	struct watch_flows *s = &w->flows;

	if (s->lost == s->lost_told)
		return;
	msg_start(&w->out, ENGINE_FLOWS_LOST);
	msg_put_u64(&w->out, s->lost - s->lost_told);
	watch_send(w);
	s->lost_told = s->lost;
}

static void
read_all(struct watch *w, int fd)
{
	uint8_t data[2048];
	struct watch_flow f;
	unsigned turns = TURNS_MAX;
	ssize_t n;

	while (turns-- > 0) {
		n = recv(fd, data, sizeof(data), MSG_DONTWAIT);
		if (n == -1 && errno != ENOBUFS)
			return; /* what was lost shows in the next one's count
				 */
		if (n > 0 && watch_flow_parse(&f, data, (size_t)n) == 0 &&
		    watch_flows_take(&w->flows, &f, watch_now_ns()))
			tell_flow(w, &f);
	}
}

static void
on_flows(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	read_all(arg, fd);
}

void
watch_fence_set(struct watch *w, int fd)
{
	if (w->flows_event != NULL) {
		read_all(w, event_get_fd(w->flows_event));
		tell_lost(w);
		close(event_get_fd(w->flows_event));
		event_free(w->flows_event);
		w->flows_event = NULL;
	}
	memset(&w->flows, 0, sizeof(w->flows));
	if (fd == -1)
		return;
	evutil_make_socket_nonblocking(fd);
	w->flows_event =
	    event_new(w->base, fd, EV_READ | EV_PERSIST, on_flows, w);
	if (w->flows_event == NULL)
		fatal("cannot make an event");
	event_add(w->flows_event, NULL);
}
