/*
 * cleartext: what a service is, by what it says, whatever its port.
 *
 * Pure: the bytes of both sides of one conversation in, a kind out.  What only
 * looks like a protocol is not that protocol: an answer must fit what was
 * asked, so that an echo of it is none.  Sources: RFC 959, 2389, 4217 (FTP),
 * 854 and 855 (telnet), 5321 and 3207 (SMTP), 1939 and 2595 (POP3), 3501
 * (IMAP), 6143 (VNC), 9112 and 9113 (HTTP), 4253 section 5.1 (SSH), MQTT
 * 3.1.1 and 5.0 section 3.2, 7826 (RTSP), 8446 (TLS), 1350 and 2347 (TFTP),
 * 1157, 3416 and 3412 (SNMP).
 */
#ifndef ASSAY_CLEARTEXT_H
#define ASSAY_CLEARTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cleartext_kind {
	CLEARTEXT_SILENT = 0, /* not one byte */
	CLEARTEXT_UNKNOWN,    /* says something, none of these */
	/* a greeting that more than one may give: ask on */
	CLEARTEXT_GREETS_220,  /* FTP or SMTP */
	CLEARTEXT_GREETS_OK,   /* "+OK": POP3 perhaps */
	CLEARTEXT_GREETS_STAR, /* "* OK": IMAP perhaps */
	CLEARTEXT_SSH_1_99,    /* offers SSH 1 and 2: ask for 1 */
	CLEARTEXT_WANTS_TLS,   /* says in clear HTTP that this port is TLS */
	/* not clear text */
	CLEARTEXT_TLS,
	CLEARTEXT_SSH2,
	CLEARTEXT_SNMP3,
	/* clear text, from here on */
	CLEARTEXT_FTP,
	CLEARTEXT_TELNET,
	CLEARTEXT_SMTP,
	CLEARTEXT_POP3,
	CLEARTEXT_IMAP,
	CLEARTEXT_VNC,
	CLEARTEXT_HTTP,
	CLEARTEXT_SSH1,
	CLEARTEXT_MQTT,
	CLEARTEXT_RTSP,
	CLEARTEXT_TFTP,
	CLEARTEXT_SNMP1,
	CLEARTEXT_SNMP2C,
};
#define CLEARTEXT_KINDS (CLEARTEXT_SNMP2C + 1)

/* "telnet", "ssh1", "unidentified" … and back; -1: no such name. */
const char *cleartext_name(enum cleartext_kind kind);
int cleartext_kind_named(const char *name);
bool cleartext_is_clear(enum cleartext_kind kind);

struct cleartext_talk {      /* in the order of each side; NULL when empty */
	const uint8_t *sent; /* by the client */
	size_t nsent;
	const uint8_t *heard; /* from the server */
	size_t nheard;
};

struct cleartext_seen {
	enum cleartext_kind kind;
	bool offers_tls; /* STARTTLS, STLS, AUTH TLS: still clear text */
	/* HTTP that only sends to https (3xx), or refuses to go on without
	 * TLS (426): still clear text where it is not on a TLS port */
	bool only_to_tls;
	uint16_t status; /* of HTTP and RTSP */
};

/* A TCP conversation from its beginning. */
void cleartext_read(
    const struct cleartext_talk *t, struct cleartext_seen *seen);
/* Telnet's negotiation and a login prompt look alike from both sides: these
 * are only believed from who was connected to, as are SSH and VNC greetings. */
bool cleartext_is_one_sided(enum cleartext_kind kind);
/* One datagram there and one back: TFTP and SNMP. */
void cleartext_read_udp(
    const struct cleartext_talk *t, struct cleartext_seen *seen);

/* What a client says, well-formed, so that a server answers. */
enum cleartext_opener {
	CLEARTEXT_ASK_NOTHING = 0, /* listen */
	CLEARTEXT_ASK_TLS,         /* ClientHello, SSL 3 to TLS 1.3 */
	CLEARTEXT_ASK_HTTP,
	CLEARTEXT_ASK_RTSP,
	CLEARTEXT_ASK_MQTT,
	CLEARTEXT_ASK_TELNET, /* IAC DO SUPPRESS-GO-AHEAD */
	/* after a greeting */
	CLEARTEXT_ASK_SMTP, /* EHLO */
	CLEARTEXT_ASK_FTP,  /* FEAT */
	CLEARTEXT_ASK_POP3, /* CAPA */
	CLEARTEXT_ASK_IMAP, /* CAPABILITY */
	CLEARTEXT_ASK_SSH1, /* SSH-1.5 */
	/* datagrams */
	CLEARTEXT_ASK_TFTP, /* a file that is not there */
	CLEARTEXT_ASK_SNMP1,
	CLEARTEXT_ASK_SNMP2C, /* both with the community "public" */
	CLEARTEXT_ASK_SNMP3,  /* discovery, RFC 3414 section 4 */
};
#define CLEARTEXT_ASK_MAX 512
struct cleartext_asker {
	uint64_t chance;  /* that no device can foresee */
	const char *host; /* the target's address, as text */
};
/* At most CLEARTEXT_ASK_MAX bytes; returns how many. */
size_t cleartext_ask(enum cleartext_opener opener,
    const struct cleartext_asker *who, uint8_t *out);
/* The beginning as text for people: ASCII, other bytes as \xNN.  Returns out.
 */
char *cleartext_excerpt(const uint8_t *heard, size_t n, char *out, size_t size);

#endif
