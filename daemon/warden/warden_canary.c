/*
 * warden_canary: what the machine sends towards a segment, and must not arrive.
 *
 * The hard truth: a segment is as isolated as its cables.  No rule of ours sees
 * a switch that has the office on another port, so that is tried.
 *
 * Its socket stays open: to close one of this kind the kernel waits until no
 * processor can be in it any more, 8 ms of a run's beginning.
 */
#include "daemon/warden/warden_canary.h"

#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/if_packet.h>

#include "base/log.h"
#include "daemon/shared/canary.h"
#include "daemon/warden/warden_parts.h"

struct sending {
	int fd;
	const uint8_t *nonce;
	uint16_t sent;
	char names[128]; /* as many as fit */
};

static void
note_name(struct sending *s, const char *name)
{
	size_t n = strlen(s->names);

	s->sent++;
	if (n + strlen(name) + 3 < sizeof(s->names))
		snprintf(s->names + n, sizeof(s->names) - n, "%s%s",
		    n == 0 ? "" : ", ", name);
}

/* An interface that goes meanwhile is one by which nothing comes. */
static bool
is_gone(int error)
{
	return error == ENODEV || error == ENXIO || error == ENETDOWN;
}

/* Ethernet that is up and has a carrier; *mac is its own. */
static bool
is_up(int fd, const char *name, uint8_t mac[6])
{
	const short wanted = IFF_UP | IFF_RUNNING;
	struct ifreq q;

	memset(&q, 0, sizeof(q));
	snprintf(q.ifr_name, sizeof(q.ifr_name), "%s", name);
	if (ioctl(fd, SIOCGIFFLAGS, &q) == -1 ||
	    (q.ifr_flags & wanted) != wanted)
		return false;
	if (ioctl(fd, SIOCGIFHWADDR, &q) == -1 ||
	    q.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return false;
	memcpy(mac, q.ifr_hwaddr.sa_data, 6);
	return true;
}

static int
send_by(struct sending *s, const struct if_nameindex *i, struct err *e)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	uint8_t frame[CANARY_FRAME], mac[6];

	if (!is_up(s->fd, i->if_name, mac))
		return 0;
	canary_write(frame, NULL, mac, s->nonce, i->if_name);
	to.sll_ifindex = (int)i->if_index;
	to.sll_halen = 6;
	memset(to.sll_addr, 0xff, 6);
	if (sendto(s->fd, frame, sizeof(frame), MSG_DONTWAIT,
		(const struct sockaddr *)&to, sizeof(to)) == -1)
		return is_gone(errno)
		    ? 0
		    : err_set(e, "%s: %s", i->if_name, strerror(errno));
	note_name(s, i->if_name);
	return 0;
}

static int
send_all(struct sending *s, struct err *e)
{
	struct if_nameindex *all = if_nameindex(), *i;
	int r = 0;

	if (all == NULL)
		return err_set(e, "interfaces: %s", strerror(errno));
	for (i = all; i->if_index != 0 && r == 0; i++)
		r = send_by(s, i, e);
	if_freenameindex(all);
	return r;
}

/* Protocol 0: it sends, and hears nothing. */
static int
open_once(struct warden *w, struct err *e)
{
	if (w->canary_fd == -1)
		w->canary_fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (w->canary_fd == -1)
		return err_set(e, "packet socket: %s", strerror(errno));
	return 0;
}

int
warden_canary_on_send(struct warden *w, struct msg_in *m)
{
	struct sending s = { 0 };
	uint32_t request;
	struct msg_out out;
	struct err e;
	size_t n;
	int r = -1;

	msg_get_u32(m, &request);
	msg_get_bytes(m, &s.nonce, &n);
	if (msg_end(m) == -1 || n != CANARY_NONCE)
		return -1;
	if (open_once(w, &e) == 0) {
		s.fd = w->canary_fd;
		r = send_all(&s, &e);
	}
	if (r == -1) {
		warden_refuse(w, request, &e);
		return 0;
	}
	msg_start(&out, ENGINE_CANARY_SENT);
	msg_put_u32(&out, request);
	msg_put_u16(&out, s.sent);
	msg_put_string(&out, s.names);
	warden_tell_engine(w, &out, -1);
	return 0;
}
