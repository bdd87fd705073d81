/*
 * trigger: runs a command at the moment a SYN for a chosen port arrives.
 *
 *   trigger INTERFACE PORT COMMAND [ARGUMENT…]
 *
 * The hard truth: a flaw "in the middle of a sweep" must hit the same place of
 * every sweep, whatever its speed; a timer would not.  So the packet itself
 * starts it.  Prints "armed" once it listens, and becomes the command.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pcap/pcap.h>

enum {
	SNAP = 128
};

static int
usage(void)
{
	fprintf(
	    stderr, "usage: trigger INTERFACE PORT COMMAND [ARGUMENT...]\n");
	return 64;
}

static int
fail(const char *what, const char *why)
{
	fprintf(stderr, "trigger: %s: %s\n", what, why);
	return 1;
}

/* pcap cannot look behind an IPv6 header for TCP flags; a port is enough,
 * since nothing but a test's SYN is sent to the ports that are chosen. */
static int
set_filter(pcap_t *p, long port)
{
	struct bpf_program program;
	char text[64];
	int r;

	snprintf(text, sizeof(text), "tcp dst port %ld", port);
	if (pcap_compile(p, &program, text, 1, PCAP_NETMASK_UNKNOWN) != 0)
		return -1;
	r = pcap_setfilter(p, &program);
	pcap_freecode(&program);
	return r;
}

static pcap_t *
listen_on(const char *interface, long port)
{
	char errors[PCAP_ERRBUF_SIZE];
	pcap_t *p;

	p = pcap_create(interface, errors);
	if (p == NULL) {
		fail(interface, errors);
		return NULL;
	}
	pcap_set_snaplen(p, SNAP);
	pcap_set_immediate_mode(p, 1);
	pcap_set_timeout(p, -1);
	if (pcap_activate(p) < 0 || set_filter(p, port) != 0 ||
	    pcap_setdirection(p, PCAP_D_IN) != 0) {
		fail(interface, pcap_geterr(p));
		pcap_close(p);
		return NULL;
	}
	return p;
}

int
main(int argc, char *argv[])
{
	struct pcap_pkthdr *header;
	const uint8_t *bytes;
	char *end;
	long port;
	pcap_t *p;
	int r;

	if (argc < 4)
		return usage();
	port = strtol(argv[2], &end, 10);
	if (*end != '\0' || port < 1 || port > 65535)
		return usage();
	p = listen_on(argv[1], port);
	if (p == NULL)
		return 1;
	printf("armed\n");
	fflush(stdout);
	do {
		r = pcap_next_ex(p, &header, &bytes);
	} while (r == 0);
	if (r != 1)
		return fail(argv[1], pcap_geterr(p));
	pcap_close(p);
	execvp(argv[3], argv + 3);
	return fail(argv[3], "cannot be run");
}
