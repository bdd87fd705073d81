/*
 * worker_link: whole frames from and to the segment's link, for one probe.
 */
#include "daemon/worker/worker_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <pcap/pcap.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/worker/worker_job.h"
#include "daemon/worker/worker_print.h"

#define SLOT_SIZE 2048 /* an Ethernet frame with a VLAN tag, and its header */
#define SLOT_COUNT \
	2048 /* 4 MiB, which a core's cache still holds; a power of two */
#define BLOCK_SIZE (1 << 16)
#define SNAP_SIZE 65535
#define TAG_SIZE 4      /* 802.1Q, put back where the kernel took it out */
#define BATCH_MAX 1024  /* frames, then timers get a turn */
#define PRINT_PORT 9100 /* any of them */
#define SEND_MAX 64     /* frames of one system call */
#define SEND_BUFFER (4 << 20)

struct worker_link {
	struct assay_job *job;
	int fd;
	struct event *readable;
	uint8_t *ring;
	size_t next; /* slot to look at */
	uint64_t lost;
};

static int
attach_filter(int fd, const char *filter, struct err *e)
{
	struct sock_fprog program;
	struct bpf_program bpf;
	pcap_t *pcap;
	int r = -1;

	pcap = pcap_open_dead(DLT_EN10MB, SNAP_SIZE);
	if (pcap == NULL)
		return err_set(e, "filter: out of memory");
	if (pcap_compile(pcap, &bpf, filter, 1, PCAP_NETMASK_UNKNOWN) == -1)
		err_set(e, "filter: %s", pcap_geterr(pcap));
	else {
		/* The same layout, under two names. */
		_Static_assert(
		    sizeof(struct bpf_insn) == sizeof(struct sock_filter),
		    "bpf");
		program.len = (unsigned short)bpf.bf_len;
		program.filter = (struct sock_filter *)(void *)bpf.bf_insns;
		r = setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
		    sizeof(program));
		if (r == -1)
			err_set(e, "filter: %s", strerror(errno));
		pcap_freecode(&bpf);
	}
	pcap_close(pcap);
	return r;
}

static int
make_ring(struct worker_link *link, struct err *e)
{
	const int version = TPACKET_V2, reserve = TAG_SIZE, on = 1;
	const int buffer = SEND_BUFFER;
	struct tpacket_req req = {
		.tp_block_size = BLOCK_SIZE,
		.tp_block_nr = (unsigned)SLOT_COUNT * SLOT_SIZE / BLOCK_SIZE,
		.tp_frame_size = SLOT_SIZE,
		.tp_frame_nr = SLOT_COUNT,
	};
	void *p;

	(void)setsockopt(
	    link->fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	if (setsockopt(link->fd, SOL_PACKET, PACKET_VERSION, &version,
		sizeof(version)) == -1 ||
	    setsockopt(link->fd, SOL_PACKET, PACKET_RESERVE, &reserve,
		sizeof(reserve)) == -1 ||
	    setsockopt(link->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on,
		sizeof(on)) == -1 ||
	    setsockopt(
		link->fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)) == -1)
		return err_set(e, "ring: %s", strerror(errno));
	p = mmap(NULL, (size_t)SLOT_COUNT * SLOT_SIZE, PROT_READ | PROT_WRITE,
	    MAP_SHARED, link->fd, 0);
	if (p == MAP_FAILED)
		return err_set(e, "ring: %s", strerror(errno));
	link->ring = p;
	return 0;
}

/* The targets' interface; for a passive job without targets the only one that
 * is not the loopback. */
static unsigned
find_interface(const struct assay_job *job)
{
	struct if_nameindex *all, *i;
	unsigned found = 0;

	if (job->facts.ntargets > 0)
		return job->facts.targets[0]->ifindex;
	all = if_nameindex();
	for (i = all; i != NULL && i->if_index != 0; i++)
		if (strcmp(i->if_name, "lo") != 0)
			found = i->if_index;
	if (all != NULL)
		if_freenameindex(all);
	return found;
}

static int
bind_link(const struct worker_link *link, struct err *e)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET };

	addr.sll_protocol = htons(ETH_P_ALL);
	addr.sll_ifindex = (int)find_interface(link->job);
	if (addr.sll_ifindex == 0)
		return err_set(e, "there is no interface");
	if (bind(link->fd, (const struct sockaddr *)&addr, sizeof(addr)) == -1)
		return err_set(e, "bind: %s", strerror(errno));
	return 0;
}

/* The kernel takes the outermost tag out of the frame; the wire had it. */
static void
restore_tag(struct assay_frame *frame, const struct tpacket2_hdr *h)
{
	uint8_t *p = (uint8_t *)(uintptr_t)frame->data - TAG_SIZE;
	uint16_t tpid = ETHERTYPE_VLAN;

	if ((h->tp_status & TP_STATUS_VLAN_VALID) == 0 || frame->size < 12)
		return;
	if ((h->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0)
		tpid = h->tp_vlan_tpid;
	memmove(p, p + TAG_SIZE, 12);
	p[12] = (uint8_t)(tpid >> 8);
	p[13] = (uint8_t)tpid;
	p[14] = (uint8_t)(h->tp_vlan_tci >> 8);
	p[15] = (uint8_t)h->tp_vlan_tci;
	frame->data = p;
	frame->size += TAG_SIZE;
	frame->wire_size += TAG_SIZE;
}

static void
hand_frame(struct worker_link *link, const struct tpacket2_hdr *h)
{
	struct assay_job *job = link->job;
	struct assay_frame frame = {
		.data = (const uint8_t *)h + h->tp_mac,
		.size = h->tp_snaplen,
		.wire_size = h->tp_len,
		.stamp_ns =
		    (uint64_t)h->tp_sec * UINT64_C(1000000000) + h->tp_nsec,
		.link_type = 1, /* LINKTYPE_ETHERNET */
	};

	restore_tag(&frame, h);
	job->probe->on_frame(job, &frame);
}

/* Hands on what lies in the ring. Returns how many frames. */
static size_t
read_ring(struct worker_link *link)
{
	struct tpacket2_hdr *h;
	size_t n;

	for (n = 0; n < BATCH_MAX && !link->job->finished; n++) {
		h = (void *)(link->ring + link->next * SLOT_SIZE);
		if ((__atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE) &
			TP_STATUS_USER) == 0)
			break;
		hand_frame(link, h);
		__atomic_store_n(
		    &h->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		link->next = (link->next + 1) % SLOT_COUNT;
	}
	return n;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct worker_link *link = arg;
	struct assay_job *job = link->job;
	socklen_t size = sizeof(int);
	int error;

	(void)what;
	if (job->finished || job->phase != WORKER_PHASE_RUN)
		return;
	if (read_ring(link) == 0) {
		/* A link that went down leaves an error, which would wake us
		 * for ever; the watch tells what it means. */
		(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
		return;
	}
	if (job->on_batch != NULL && !job->finished)
		job->on_batch(job);
}

int
worker_link_open(struct assay_job *job, int fd, struct err *e)
{
	struct worker_link *link = xcalloc(1, sizeof(*link));

	link->job = job;
	link->fd = fd;
	job->link = link;
	evutil_make_socket_nonblocking(fd);
	evutil_make_socket_closeonexec(fd);
	/* The filter is there before the first frame can be. */
	if (job->probe->filter != NULL &&
	    attach_filter(fd, job->probe->filter, e) == -1)
		goto fail;
	if (make_ring(link, e) == -1 || bind_link(link, e) == -1)
		goto fail;
	if (job->probe->on_frame == NULL)
		return 0;
	link->readable =
	    event_new(job->base, fd, EV_READ | EV_PERSIST, on_readable, link);
	if (link->readable == NULL)
		fatal("worker: cannot make an event");
	event_add(link->readable, NULL);
	return 0;
fail:
	worker_link_close(job);
	return err_prefix(e, "link");
}

void
worker_link_close(struct assay_job *job)
{
	struct worker_link *link = job->link;

	if (link == NULL)
		return;
	job->link = NULL;
	if (link->readable != NULL)
		event_free(link->readable);
	if (link->ring != NULL)
		munmap(link->ring, (size_t)SLOT_COUNT * SLOT_SIZE);
	close(link->fd);
	free(link);
}

/* Sends up to SEND_MAX frames: how many, or -1 with errno. */
static int
send_some(
    const struct worker_link *link, const struct assay_buffer *frames, size_t n)
{
	struct mmsghdr h[SEND_MAX];
	struct iovec iov[SEND_MAX];
	size_t i;
	int r;

	memset(h, 0, n * sizeof(h[0]));
	for (i = 0; i < n; i++) {
		iov[i].iov_base = (void *)(uintptr_t)frames[i].data;
		iov[i].iov_len = frames[i].size;
		h[i].msg_hdr.msg_iov = &iov[i];
		h[i].msg_hdr.msg_iovlen = 1;
	}
	do
		r = sendmmsg(
		    link->fd, h, (unsigned)n, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (r == -1 && errno == EINTR);
	return r;
}

static bool
is_full(int error)
{
	return error == EAGAIN || error == ENOBUFS || error == ENOMEM;
}

/* Nobody writes to a raw print port by chance: it is the probe's fault. */
static void
keep_from_printing(
    struct assay_job *job, const struct assay_buffer *frames, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (worker_print_is_writing(frames[i].data, frames[i].size) &&
		    !worker_print_may_write_now(&job->facts, PRINT_PORT))
			worker_job_bug(
			    job, "a frame would write to a raw print port");
}

int
assay_link_send(
    struct assay_job *job, const struct assay_buffer *frames, size_t n)
{
	size_t sent = 0, some;
	int r;

	worker_job_enter_live(job, "assay_link_send");
	if (job->link == NULL)
		worker_job_bug(job, "assay_link_send without needing the link");
	while (sent < n) {
		some = n - sent < SEND_MAX ? n - sent : SEND_MAX;
		keep_from_printing(job, frames + sent, some);
		r = send_some(job->link, frames + sent, some);
		if (r == -1 && (errno == EMSGSIZE || errno == EINVAL))
			worker_job_bug(job, "a frame of %zu bytes: %s",
			    frames[sent].size, strerror(errno));
		if (r == -1)
			return sent > 0 || is_full(errno) ? (int)sent : -1;
		sent += (size_t)r;
		if ((size_t)r < some)
			break;
	}
	return (int)sent;
}

uint64_t
assay_link_lost(struct assay_job *job)
{
	struct tpacket_stats stats;
	socklen_t size = sizeof(stats);

	worker_job_enter(job, "assay_link_lost");
	if (job->frames != NULL)
		return 0;
	if (job->link == NULL)
		worker_job_bug(job, "assay_link_lost without needing the link");
	/* Reading it sets the kernel's counter back. */
	if (getsockopt(job->link->fd, SOL_PACKET, PACKET_STATISTICS, &stats,
		&size) == 0)
		job->link->lost += stats.tp_drops;
	return job->link->lost;
}

void
assay_link_on_batch(struct assay_job *job, void (*on_batch)(struct assay_job *))
{
	worker_job_enter(job, "assay_link_on_batch");
	job->on_batch = on_batch;
}
