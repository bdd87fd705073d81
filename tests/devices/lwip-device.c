/*
 * lwip-device: a small embedded device: lwIP, as Debian builds it, on the
 * frames of one interface whose kernel stays out of it.
 *
 *   lwip-device INTERFACE MAC [FLAW[=ARGUMENT]]…
 *
 * The hard truth: what a small stack gives away (initial sequence numbers,
 * source ports, IP identifications that count up, one counter for all) must be
 * seen on a real one.  Nothing here makes up a number unless a flaw says so.
 *
 * TCP 7 echoes, TCP 80 answers HTTP, UDP 7 echoes.  Prints "ready", and
 * "address A" and "address6 A" as they become usable.  Words on standard input,
 * one a line: see usage().
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <lwip/etharp.h>
#include <lwip/ethip6.h>
#include <lwip/mld6.h>
#include <lwip/nd6.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/tcp.h>
#include <lwip/tcpip.h>
#include <lwip/timeouts.h>
#include <lwip/udp.h>
#include <netif/ethernet.h>

#define FRAME_MAX 2048
#define WATCH_MS 100 /* how often addresses are looked at */

struct device {
	int fd;
	bool told[1 + LWIP_IPV6_NUM_ADDRESSES]; /* which addresses */
	struct netif netif;
	uint8_t mac[6];
	uint16_t dns_id;     /* of the next query */
	bool dns_sequential; /* flaw dns-sequential */
	bool dns_one_port;   /* flaw dns-one-port */
	struct udp_pcb *dns; /* the one port */
};

/* Not a flaw: initial sequence numbers nobody can foresee (isn-random). */
static bool isn_is_random;

static int
usage(void)
{
	fprintf(stderr,
	    "usage: lwip-device INTERFACE MAC [FLAW[=ARGUMENT]]...\n"
	    "flaws: undeclared-port=PORT dns-sequential dns-one-port; "
	    "not a flaw: isn-random\n"
	    "words: address A/LENGTH [ROUTER] | connect A PORT | ask A | "
	    "die\n");
	return 64;
}

static _Noreturn void
die(const char *what)
{
	printf("not ready: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* The library calls this one, which hands on to its own (that one adds the
 * stack's clock of 500 ms to the number given last). */
__attribute__((visibility("default"))) u32_t
tcp_next_iss(struct tcp_pcb *pcb)
{
	static u32_t (*own)(struct tcp_pcb *);
	u32_t iss;

	if (!isn_is_random) {
		if (own == NULL)
			*(void **)&own = dlsym(RTLD_NEXT, "tcp_next_iss");
		return own(pcb);
	}
	if (getrandom(&iss, sizeof(iss), 0) != sizeof(iss))
		abort();
	return iss;
}

/* ---- the interface ---- */

static err_t
send_frame(struct netif *netif, struct pbuf *p)
{
	const struct device *d = netif->state;
	uint8_t frame[FRAME_MAX];
	u16_t n = pbuf_copy_partial(p, frame, sizeof(frame), 0);

	if (n != p->tot_len)
		return ERR_BUF;
	/* A full queue loses it, as it does on any interface. */
	return send(d->fd, frame, n, 0) == (ssize_t)n ? ERR_OK : ERR_IF;
}

static void
receive_frames(void *arg)
{
	struct device *d = arg;
	uint8_t frame[FRAME_MAX];
	struct pbuf *p;
	ssize_t n;

	for (;;) {
		n = recv(d->fd, frame, sizeof(frame), 0);
		if (n == -1 && (errno == EINTR || errno == ENETDOWN))
			continue;
		if (n <= 0)
			exit(0); /* the cable is gone */
		/* Not PBUF_POOL: Debian's build takes its buffers for longer
		 * than they are. */
		p = pbuf_alloc(PBUF_RAW, (u16_t)n, PBUF_RAM);
		if (p == NULL)
			continue;
		pbuf_take(p, frame, (u16_t)n);
		if (d->netif.input(p, &d->netif) != ERR_OK)
			pbuf_free(p); /* the stack's queue is full */
	}
}

static void
open_interface(struct device *d, const char *name)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(name) };
	const int on = 1;

	d->fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (d->fd == -1 ||
	    setsockopt(d->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on,
		sizeof(on)) == -1 ||
	    bind(d->fd, (const struct sockaddr *)&addr, sizeof(addr)) == -1)
		die(name);
}

static err_t
init_netif(struct netif *netif)
{
	const struct device *d = netif->state;

	netif->name[0] = 'e';
	netif->name[1] = 'n';
	netif->mtu = 1500;
	netif->hwaddr_len = 6;
	memcpy(netif->hwaddr, d->mac, 6);
	netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP |
	    NETIF_FLAG_ETHERNET | NETIF_FLAG_IGMP | NETIF_FLAG_MLD6;
	netif->output = etharp_output;
	netif->output_ip6 = ethip6_output;
	netif->linkoutput = send_frame;
	return ERR_OK;
}

static void
tell_addresses(void *arg)
{
	struct device *d = arg;
	char text[INET6_ADDRSTRLEN];
	int i;

	for (i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++) {
		if (d->told[1 + i] ||
		    !ip6_addr_ispreferred(netif_ip6_addr_state(&d->netif, i)))
			continue;
		d->told[1 + i] = true;
		inet_ntop(AF_INET6, netif_ip6_addr(&d->netif, i)->addr, text,
		    sizeof(text));
		printf("address6 %s\n", text);
	}
	sys_timeout(WATCH_MS, tell_addresses, d);
}

/* ---- its services ---- */

static err_t
on_bytes(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t e)
{
	static const char page[] = "HTTP/1.0 200 OK\r\nServer: lwIP\r\n"
				   "Content-Length: 3\r\n\r\nok\n";
	struct pbuf *q;

	(void)arg;
	(void)e;
	if (p == NULL) {
		tcp_close(pcb);
		return ERR_OK;
	}
	if (pcb->local_port == 80) {
		tcp_write(pcb, page, sizeof(page) - 1, 0);
		tcp_recved(pcb, p->tot_len);
		pbuf_free(p);
		tcp_close(pcb);
		return ERR_OK;
	}
	for (q = p; q != NULL; q = q->next)
		tcp_write(pcb, q->payload, q->len, TCP_WRITE_FLAG_COPY);
	tcp_recved(pcb, p->tot_len);
	pbuf_free(p);
	return ERR_OK;
}

static err_t
on_accept(void *arg, struct tcp_pcb *pcb, err_t e)
{
	(void)arg;
	if (e != ERR_OK || pcb == NULL)
		return ERR_VAL;
	tcp_recv(pcb, on_bytes);
	return ERR_OK;
}

static void
serve_tcp(uint16_t port)
{
	struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_ANY);

	if (pcb == NULL || tcp_bind(pcb, IP_ANY_TYPE, port) != ERR_OK)
		die("bind");
	pcb = tcp_listen(pcb);
	tcp_accept(pcb, on_accept);
}

static void
on_datagram(void *arg, struct udp_pcb *pcb, struct pbuf *p,
    const ip_addr_t *addr, u16_t port)
{
	(void)arg;
	udp_sendto(pcb, p, addr, port);
	pbuf_free(p);
}

static void
serve_udp(uint16_t port)
{
	struct udp_pcb *pcb = udp_new_ip_type(IPADDR_TYPE_ANY);

	if (pcb == NULL || udp_bind(pcb, IP_ANY_TYPE, port) != ERR_OK)
		die("bind");
	udp_recv(pcb, on_datagram, NULL);
}

/* ---- what it asks of others ---- */

static err_t
on_connected(void *arg, struct tcp_pcb *pcb, err_t e)
{
	(void)arg;
	(void)e;
	tcp_abort(pcb);
	return ERR_ABRT;
}

static void
connect_to(const char *text)
{
	char host[64];
	ip_addr_t addr;
	struct tcp_pcb *pcb;
	const char *port = strchr(text, ' ');

	if (port == NULL || sscanf(text, "%63s", host) != 1 ||
	    ipaddr_aton(host, &addr) == 0) {
		printf("unknown word: connect %s\n", text);
		return;
	}
	pcb = tcp_new_ip_type(IP_GET_TYPE(&addr));
	if (pcb == NULL ||
	    tcp_connect(pcb, &addr, (u16_t)strtoul(port, NULL, 10),
		on_connected) != ERR_OK)
		printf("not connected: %s\n", text);
	else
		printf("connecting\n");
}

/* Debian's lwIP has no resolver: the question is made here, its source port is
 * lwIP's, its id random or counting as the flaw says. */
static void
ask(struct device *d, const char *text)
{
	static const uint8_t question[] = { 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0,
		3, 'n', 't', 'p', 4, 't', 'e', 's', 't', 0, 0, 1, 0, 1 };
	struct udp_pcb *pcb = d->dns;
	ip_addr_t addr;
	struct pbuf *p;

	if (ipaddr_aton(text, &addr) == 0) {
		printf("unknown word: ask %s\n", text);
		return;
	}
	if (pcb == NULL)
		pcb = udp_new_ip_type(IPADDR_TYPE_ANY);
	p = pbuf_alloc(PBUF_TRANSPORT, sizeof(question), PBUF_RAM);
	if (pcb == NULL || p == NULL)
		abort();
	d->dns_id = (uint16_t)(d->dns_id + 1);
	if (!d->dns_sequential &&
	    getrandom(&d->dns_id, sizeof(d->dns_id), 0) != sizeof(d->dns_id))
		abort();
	pbuf_take(p, question, sizeof(question));
	pbuf_put_at(p, 0, (u8_t)(d->dns_id >> 8));
	pbuf_put_at(p, 1, (u8_t)d->dns_id);
	udp_sendto(pcb, p, &addr, 53);
	pbuf_free(p);
	if (d->dns_one_port)
		d->dns = pcb;
	else
		udp_remove(pcb);
	printf("asking\n");
}

/* ---- its life ---- */

static void
set_address(struct device *d, const char *text)
{
	char host[16], router[16] = "0.0.0.0";
	ip4_addr_t addr, mask, gw;
	unsigned long length;
	char *end;

	if (sscanf(text, "%15[0-9.]", host) != 1 || strchr(text, '/') == NULL) {
		printf("unknown word: address %s\n", text);
		return;
	}
	length = strtoul(strchr(text, '/') + 1, &end, 10);
	(void)sscanf(end, " %15[0-9.]", router);
	if (length > 32 || ip4addr_aton(host, &addr) == 0 ||
	    ip4addr_aton(router, &gw) == 0) {
		printf("unknown word: address %s\n", text);
		return;
	}
	ip4_addr_set_u32(
	    &mask, lwip_htonl(length == 0 ? 0 : UINT32_MAX << (32 - length)));
	netif_set_addr(&d->netif, &addr, &mask, &gw);
	printf("address %s\n", host);
}

static void
obey(struct device *d, char *line)
{
	line[strcspn(line, "\n")] = '\0';
	LOCK_TCPIP_CORE();
	if (strncmp(line, "address ", 8) == 0)
		set_address(d, line + 8);
	else if (strncmp(line, "connect ", 8) == 0)
		connect_to(line + 8);
	else if (strncmp(line, "ask ", 4) == 0)
		ask(d, line + 4);
	else if (strcmp(line, "die") == 0)
		exit(0);
	else
		printf("unknown word: %s\n", line);
	UNLOCK_TCPIP_CORE();
}

static int
take_flaw(struct device *d, const char *flaw)
{
	if (strcmp(flaw, "isn-random") == 0)
		isn_is_random = true;
	else if (strcmp(flaw, "dns-sequential") == 0)
		d->dns_sequential = true;
	else if (strcmp(flaw, "dns-one-port") == 0)
		d->dns_one_port = true;
	else if (strncmp(flaw, "undeclared-port=", 16) != 0)
		return -1;
	return 0;
}

static void
start(struct device *d, int nflaws, char *flaws[])
{
	ip4_addr_t none = { 0 };
	int i;

	LOCK_TCPIP_CORE();
	if (netif_add(&d->netif, &none, &none, &none, d, init_netif,
		tcpip_input) == NULL)
		die("netif");
	netif_set_default(&d->netif);
	netif_create_ip6_linklocal_address(&d->netif, 1);
	netif_set_ip6_autoconfig_enabled(&d->netif, 1);
	serve_tcp(7);
	serve_tcp(80);
	serve_udp(7);
	for (i = 0; i < nflaws; i++)
		if (strncmp(flaws[i], "undeclared-port=", 16) == 0)
			serve_tcp((uint16_t)strtoul(flaws[i] + 16, NULL, 10));
	netif_set_link_up(&d->netif);
	netif_set_up(&d->netif);
	sys_timeout(WATCH_MS, tell_addresses, d);
	UNLOCK_TCPIP_CORE();
}

int
main(int argc, char *argv[])
{
	static struct device d;
	char line[256];
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 3 ||
	    ether_aton_r(argv[2], (struct ether_addr *)d.mac) == NULL)
		return usage();
	for (i = 3; i < argc; i++)
		if (take_flaw(&d, argv[i]) == -1)
			return usage();
	/* Where ports begin to count is not the flaw: lwIP asks rand(). */
	srand((unsigned)getpid() ^ (unsigned)time(NULL));
	open_interface(&d, argv[1]);
	tcpip_init(NULL, NULL);
	start(&d, argc - 3, argv + 3);
	sys_thread_new("receive", receive_frames, &d, 0, 0);
	printf("ready\n");
	/* Unlocked: an assertion of the stack flushes every file, and would
	 * wait for this one for ever instead of failing. */
	while (fgets_unlocked(line, sizeof(line), stdin) != NULL)
		obey(&d, line);
	return 0;
}
