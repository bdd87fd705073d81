/*
 * service_parts: what the readers behind service.h share.
 */
#ifndef ASSAY_SERVICE_PARTS_H
#define ASSAY_SERVICE_PARTS_H

#include "protocols/service.h"

struct bytes_view {
	const uint8_t *p;
	size_t n;
};

/* service.c: a fact, escaped, trimmed and cut; an empty one is none. */
void service_add(struct service_seen *seen, enum service_what what,
    const char *source, struct bytes_view text);
void service_add_text(struct service_seen *seen, enum service_what what,
    const char *source, const char *text);

/* service_banner.c: product tokens of one line ("nginx/1.22.1", "vsFTPd
 * 3.0.3").  Returns how many facts it found. */
size_t service_mine_banner(
    struct service_seen *seen, const char *source, struct bytes_view line);
/* A version and nothing else: "1.22.1", "v2"; "10.0.0.1" is an address. */
bool service_is_version(struct bytes_view word);

/* service_text.c: names and values in any text: "serial": "A1", <UDN>…</UDN>,
 * psk=…  careful: a page with scripts, in which much only looks like it. */
void service_mine_text(struct service_seen *seen, const char *source,
    struct bytes_view text, bool careful);

typedef bool service_reader(
    const struct cleartext_talk *t, struct service_seen *seen);
service_reader service_read_http;
service_reader service_read_ssdp;
service_reader service_read_ssh;
service_reader service_read_greeting;
service_reader service_read_telnet;
service_reader service_read_mqtt;
service_reader service_read_modbus;
service_reader service_read_snmp;
service_reader service_read_ntp;
service_reader service_read_dns;
service_reader service_read_mdns;
service_reader service_read_coap;
service_reader service_read_bacnet;
service_reader service_read_netbios;
service_reader service_read_tftp;

#endif
