/*
 * service: what a service discloses to whoever asks, before any login.
 *
 * Pure: the bytes of both sides of one exchange in, facts out: "version:
 * dropbear_2022.83".  What kind of service it is, cleartext.h has said for the
 * clear-text ones over TCP; the others are recognised here, by an answer that
 * fits what was asked.  A protocol's own version ("HTTP/1.1") is no software's.
 * Texts are the device's: escaped, cut, never terminal control.  Of a secret
 * only its name is given, never its value.  Sources: RFC 9110, 4253, 959, 5321,
 * 854, MQTT 3.1.1, 7826, 3416, 5905, 9327, 1035, 6763, 7252, 6690, 1002, UPnP
 * Device Architecture 2.0, Modbus application protocol 1.1b3, ASHRAE 135.
 */
#ifndef ASSAY_SERVICE_H
#define ASSAY_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/cleartext.h"

enum service_what {
	SERVICE_TEXT = 0, /* that nobody has put in order: look at it */
	SERVICE_PRODUCT,
	SERVICE_MODEL,
	SERVICE_NAME,    /* a title, a realm, a friendly name */
	SERVICE_HOST,    /* a host name */
	SERVICE_ADDRESS, /* of the device, or of whom it talks with */
	SERVICE_PATH,
	SERVICE_MAC,
	SERVICE_ID, /* a UUID, an instance number */
	/* of use to an attacker, from here on */
	SERVICE_VERSION,
	SERVICE_SERIAL,
	SERVICE_USER,
	SERVICE_SECRET,
};
#define SERVICE_WHATS (SERVICE_SECRET + 1)

/* "version", "serial" … and back; -1: no such word. */
const char *service_what_name(enum service_what what);
int service_what_named(const char *name);

#define SERVICE_FACTS_MAX 48
#define SERVICE_TEXT_MAX 120
#define SERVICE_SOURCE_MAX 32

struct service_fact {
	enum service_what what;
	char source[SERVICE_SOURCE_MAX]; /* where it says so: "server", "title"
					  */
	char text[SERVICE_TEXT_MAX];
};

struct service_seen {
	struct service_fact facts[SERVICE_FACTS_MAX]; /* none twice */
	size_t n;
	bool more; /* there were more of them */
	/* SSDP: where the description is, on this device */
	uint16_t location_port; /* 0: it said none */
	char location[96];      /* the path */
};

enum service_kind {
	SERVICE_KIND_HTTP = 0, /* and RTSP */
	SERVICE_KIND_SSH,
	SERVICE_KIND_GREETS, /* FTP, SMTP, POP3, IMAP, VNC: lines */
	SERVICE_KIND_TELNET,
	SERVICE_KIND_MQTT,
	SERVICE_KIND_MODBUS,
	/* datagrams */
	SERVICE_KIND_SNMP,
	SERVICE_KIND_NTP,
	SERVICE_KIND_DNS,
	SERVICE_KIND_MDNS,
	SERVICE_KIND_SSDP,
	SERVICE_KIND_COAP,
	SERVICE_KIND_BACNET,
	SERVICE_KIND_NETBIOS,
	SERVICE_KIND_TFTP,
};
#define SERVICE_KINDS (SERVICE_KIND_TFTP + 1)

/* Facts are added to *seen, which begins zeroed.  False: no answer of this
 * kind to what was asked; then nothing was added. */
bool service_read(enum service_kind kind, const struct cleartext_talk *t,
    struct service_seen *seen);
/* An HTTP answer has ended, as its headers say; ended: the connection has. */
bool service_is_whole(const struct cleartext_talk *t, bool ended);
/* An X.509 certificate (DER): subject, issuer, alternative names.  False: it is
 * none. */
bool service_read_certificate(
    const uint8_t *der, size_t n, struct service_seen *seen);

/* Words of a service that nobody knows. */
void service_read_unknown(
    const struct cleartext_talk *t, struct service_seen *seen);

/* ---- what is asked ---- */

enum service_question {
	SERVICE_ASK_MODBUS = 0, /* read device identification, TCP */
	SERVICE_ASK_MQTT,       /* connect, and subscribe to all */
	/* datagrams, each to its own port */
	SERVICE_ASK_DNS, /* version.bind */
	SERVICE_ASK_TFTP,
	SERVICE_ASK_NTP,
	SERVICE_ASK_NTP_VARIABLES, /* mode 6 */
	SERVICE_ASK_NETBIOS,       /* node status */
	SERVICE_ASK_SNMP,          /* sysDescr, community "public" */
	SERVICE_ASK_SSDP,          /* M-SEARCH */
	SERVICE_ASK_MDNS,          /* services and their texts */
	SERVICE_ASK_COAP,          /* /.well-known/core */
	SERVICE_ASK_BACNET_WHO,
	SERVICE_ASK_BACNET_MODEL,
	SERVICE_ASK_BACNET_FIRMWARE,
	SERVICE_ASK_BACNET_SERIAL,
};
#define SERVICE_QUESTIONS (SERVICE_ASK_BACNET_SERIAL + 1)

struct service_asks {
	const char *name;       /* "snmp" */
	enum service_kind kind; /* who answers */
	uint16_t port;          /* its own */
};
const struct service_asks *service_asks(enum service_question q);
/* At most CLEARTEXT_ASK_MAX bytes; returns how many. */
size_t service_ask(
    enum service_question q, const struct cleartext_asker *who, uint8_t *out);
/* GET of a path.  The same limit; 0: the path is too long or no path. */
size_t service_ask_path(
    const struct cleartext_asker *who, const char *path, uint8_t *out);

#endif
