/*
 * segment_offload: what an interface does to frames behind our back.
 */
#include "daemon/warden/segment_offload.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>

struct kind {
	const char *name;
	uint32_t get, set;
	uint32_t mask; /* the bits that are ours to clear */
};

/* In the order of setting them back: segmentation needs scatter-gather, which
 * needs checksums. */
static const struct kind kinds[SEGMENT_OFFLOADS] = {
	{ "rx-checksum", ETHTOOL_GRXCSUM, ETHTOOL_SRXCSUM, 1 },
	{ "tx-checksum", ETHTOOL_GTXCSUM, ETHTOOL_STXCSUM, 1 },
	{ "scatter-gather", ETHTOOL_GSG, ETHTOOL_SSG, 1 },
	{ "tso", ETHTOOL_GTSO, ETHTOOL_STSO, 1 },
	{ "gso", ETHTOOL_GGSO, ETHTOOL_SGSO, 1 },
	{ "gro", ETHTOOL_GGRO, ETHTOOL_SGRO, 1 },
	{ "flags", ETHTOOL_GFLAGS, ETHTOOL_SFLAGS,
	    ETH_FLAG_TXVLAN | ETH_FLAG_RXVLAN | ETH_FLAG_LRO },
};

static int
ask(int fd, const char *interface, uint32_t command, uint32_t *value)
{
	struct ethtool_value v;
	struct ifreq r;

	memset(&r, 0, sizeof(r));
	memset(&v, 0, sizeof(v));
	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", interface);
	v.cmd = command;
	v.data = *value;
	r.ifr_data = (void *)&v;
	if (ioctl(fd, SIOCETHTOOL, &r) == -1)
		return -1;
	*value = v.data;
	return 0;
}

/* A bit at a time: a driver that cannot change one of them by itself, such as
 * e1000 and VLAN tags on sending, refuses all that come with it. */
static void
set_bits(int fd, const char *interface, const struct kind *k, uint32_t wanted)
{
	uint32_t bit, v;

	for (bit = 1; bit != 0 && bit <= k->mask; bit <<= 1) {
		v = 0;
		if ((k->mask & bit) == 0 ||
		    ask(fd, interface, k->get, &v) == -1 ||
		    ((v ^ wanted) & bit) == 0)
			continue;
		v ^= bit;
		(void)ask(fd, interface, k->set, &v);
	}
}

const char *
segment_offload_name(size_t i)
{
	return kinds[i].name;
}

void
segment_offload_get(int fd, const char *interface, struct segment_offloads *o)
{
	size_t i;

	for (i = 0; i < SEGMENT_OFFLOADS; i++) {
		o->value[i] = 0;
		if (ask(fd, interface, kinds[i].get, &o->value[i]) == -1)
			o->value[i] = SEGMENT_OFFLOAD_UNKNOWN;
	}
}

size_t
segment_offload_disable(int fd, const char *interface, char *left, size_t size)
{
	size_t i, n = 0, used = 0;
	uint32_t v;

	left[0] = '\0';
	for (i = SEGMENT_OFFLOADS; i-- > 0;) {
		v = 0;
		if (ask(fd, interface, kinds[i].get, &v) == -1)
			continue; /* it does not know this one */
		set_bits(fd, interface, &kinds[i], 0);
		v = 0;
		if (ask(fd, interface, kinds[i].get, &v) == -1 ||
		    (v & kinds[i].mask) == 0)
			continue;
		n++;
		if (used < size)
			used += (size_t)snprintf(left + used, size - used,
			    "%s%s", used == 0 ? "" : " ", kinds[i].name);
	}
	return n;
}

void
segment_offload_set(
    int fd, const char *interface, const struct segment_offloads *o)
{
	size_t i;

	for (i = 0; i < SEGMENT_OFFLOADS; i++)
		if (o->value[i] != SEGMENT_OFFLOAD_UNKNOWN)
			set_bits(fd, interface, &kinds[i], o->value[i]);
}
