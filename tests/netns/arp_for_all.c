/*
 * arp_for_all: answers ARP for every address on a link, as a misled gateway or
 * a badly written stack does.
 *
 *     arp_for_all INTERFACE     says "ready", and goes on until it is killed
 */
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#define ARP_SIZE 42
#define OPERATION 21 /* its low byte */

/* RFC 826: the one who asks is told that the target is here. */
static void
answer(uint8_t *f, const uint8_t mac[6])
{
	uint8_t asker[4], target[4];

	memcpy(asker, f + 28, 4);
	memcpy(target, f + 38, 4);
	memcpy(f, f + 6, 6);
	memcpy(f + 6, mac, 6);
	f[OPERATION] = 2;
	memcpy(f + 32, f, 6);
	memcpy(f + 38, asker, 4);
	memcpy(f + 22, mac, 6);
	memcpy(f + 28, target, 4);
}

int
main(int argc, char **argv)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ARP) };
	struct sockaddr_ll from;
	uint8_t frame[128], mac[6];
	struct ifreq q;
	socklen_t size;
	ssize_t n;
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (argc != 2 || fd == -1)
		return 2;
	memset(&q, 0, sizeof(q));
	snprintf(q.ifr_name, sizeof(q.ifr_name), "%s", argv[1]);
	at.sll_ifindex = (int)if_nametoindex(argv[1]);
	if (at.sll_ifindex == 0 || ioctl(fd, SIOCGIFHWADDR, &q) == -1 ||
	    bind(fd, (const struct sockaddr *)&at, sizeof(at)) == -1)
		return 2;
	memcpy(mac, q.ifr_hwaddr.sa_data, 6);
	puts("ready");
	fflush(stdout);
	for (;;) {
		memset(&from, 0, sizeof(from));
		size = sizeof(from);
		n = recvfrom(fd, frame, sizeof(frame), 0,
		    (struct sockaddr *)&from, &size);
		if (n < ARP_SIZE || from.sll_pkttype == PACKET_OUTGOING ||
		    frame[OPERATION] != 1 || memcmp(frame + 6, mac, 6) == 0)
			continue;
		answer(frame, mac);
		(void)send(fd, frame, ARP_SIZE, 0);
	}
}
