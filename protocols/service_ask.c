/*
 * service_ask: what is asked so that a service says what it is.
 *
 * Well-formed, and it only reads; nobody logs in.
 */
#include <stdio.h>
#include <string.h>

#include "protocols/bytes.h"
#include "protocols/service.h"

const struct service_asks *
service_asks(enum service_question q)
{
	static const struct service_asks all[SERVICE_QUESTIONS] = {
		[SERVICE_ASK_MODBUS] = { "modbus", SERVICE_KIND_MODBUS, 502 },
		[SERVICE_ASK_MQTT] = { "mqtt", SERVICE_KIND_MQTT, 1883 },
		[SERVICE_ASK_DNS] = { "dns", SERVICE_KIND_DNS, 53 },
		[SERVICE_ASK_TFTP] = { "tftp", SERVICE_KIND_TFTP, 69 },
		[SERVICE_ASK_NTP] = { "ntp", SERVICE_KIND_NTP, 123 },
		[SERVICE_ASK_NTP_VARIABLES] = { "ntp", SERVICE_KIND_NTP, 123 },
		[SERVICE_ASK_NETBIOS] = { "netbios", SERVICE_KIND_NETBIOS,
		    137 },
		[SERVICE_ASK_SNMP] = { "snmp", SERVICE_KIND_SNMP, 161 },
		[SERVICE_ASK_SSDP] = { "ssdp", SERVICE_KIND_SSDP, 1900 },
		[SERVICE_ASK_MDNS] = { "mdns", SERVICE_KIND_MDNS, 5353 },
		[SERVICE_ASK_COAP] = { "coap", SERVICE_KIND_COAP, 5683 },
		[SERVICE_ASK_BACNET_WHO] = { "bacnet", SERVICE_KIND_BACNET,
		    47808 },
		[SERVICE_ASK_BACNET_MODEL] = { "bacnet", SERVICE_KIND_BACNET,
		    47808 },
		[SERVICE_ASK_BACNET_FIRMWARE] = { "bacnet", SERVICE_KIND_BACNET,
		    47808 },
		[SERVICE_ASK_BACNET_SERIAL] = { "bacnet", SERVICE_KIND_BACNET,
		    47808 },
	};

	return &all[q];
}

static size_t
put(uint8_t *out, const void *bytes, size_t n)
{
	memcpy(out, bytes, n);
	return n;
}

/* "www.example" as labels. */
static size_t
put_name(uint8_t *out, const char *name)
{
	size_t n = 0, label;

	while (*name != '\0') {
		label = strcspn(name, ".");
		out[n++] = (uint8_t)label;
		n += put(out + n, name, label);
		name += label + (name[label] == '.');
	}
	out[n++] = 0;
	return n;
}

static size_t
put_question(uint8_t *out, const char *name, uint16_t type, uint16_t class)
{
	const size_t n = put_name(out, name);

	put_u16(out + n, type);
	put_u16(out + n + 2, class);
	return n + 4;
}

static size_t
ask_dns(const struct cleartext_asker *who, uint8_t *out)
{
	memset(out, 0, 12);
	put_u16(out, (uint16_t)who->chance);
	out[5] = 1;
	/* RFC 4892: a text in class CHAOS */
	return 12 + put_question(out + 12, "version.bind", 16, 3);
}

/* RFC 6762 section 5.4: the top bit of the class asks for a unicast answer. */
static size_t
ask_mdns(uint8_t *out)
{
	static const char *const names[] = { "_services._dns-sd._udp.local",
		"_http._tcp.local", "_hap._tcp.local", "_ipp._tcp.local",
		"_matter._tcp.local", "_matterc._udp.local",
		"_device-info._tcp.local", "_workstation._tcp.local",
		"_googlecast._tcp.local", "_airplay._tcp.local" };
	const size_t count = sizeof(names) / sizeof(names[0]);
	size_t n = 12, i;

	memset(out, 0, 12);
	out[5] = (uint8_t)count;
	for (i = 0; i < count; i++)
		n += put_question(out + n, names[i], 12, 0x8001);
	return n;
}

static size_t
ask_ssdp(const struct cleartext_asker *who, uint8_t *out)
{
	const bool is_v6 = strchr(who->host, ':') != NULL;
	/* UPnP Device Architecture 2.0 section 1.3.2: unicast has no MX */
	int n = snprintf((char *)out, CLEARTEXT_ASK_MAX,
	    "M-SEARCH * HTTP/1.1\r\nHOST: %s%.64s%s:1900\r\n"
	    "MAN: \"ssdp:discover\"\r\nST: ssdp:all\r\n\r\n",
	    is_v6 ? "[" : "", who->host, is_v6 ? "]" : "");

	return n < 0 ? 0 : (size_t)n;
}

static size_t
ask_ntp(const struct cleartext_asker *who, uint8_t *out)
{
	memset(out, 0, 48);
	out[0] = 4 << 3 | 3; /* version 4, client */
	put_u32(out + 40, (uint32_t)(who->chance >> 32));
	put_u32(out + 44, (uint32_t)who->chance);
	return 48;
}

/* RFC 9327 section 2: read variables of association 0. */
static size_t
ask_variables(const struct cleartext_asker *who, uint8_t *out)
{
	memset(out, 0, 12);
	out[0] = 2 << 3 | 6;
	out[1] = 2;
	put_u16(out + 2, (uint16_t)who->chance);
	return 12;
}

/* RFC 1002 section 4.2.17: the name "*" asks for all. */
static size_t
ask_netbios(const struct cleartext_asker *who, uint8_t *out)
{
	memset(out, 0, 12);
	put_u16(out, (uint16_t)who->chance);
	out[5] = 1;
	out[12] = 32;
	out[13] = 'C';
	out[14] = 'K';
	memset(out + 15, 'A', 30);
	out[45] = 0;
	put_u16(out + 46, 0x21);
	put_u16(out + 48, 1);
	return 50;
}

/* RFC 7252 section 3: confirmable GET, a token of 4; Uri-Path twice. */
static size_t
ask_coap(const struct cleartext_asker *who, uint8_t *out)
{
	size_t n = 8;

	out[0] = 0x44;
	out[1] = 1;
	put_u16(out + 2, (uint16_t)(who->chance >> 32));
	put_u32(out + 4, (uint32_t)who->chance);
	out[n++] = 0xbb; /* option 11, 11 bytes */
	n += put(out + n, ".well-known", 11);
	out[n++] = 0x04; /* once more */
	return n + put(out + n, "core", 4);
}

/* ASHRAE 135 clause 15.5: a property of the device object, whose instance
 * 4194303 stands for "whoever is asked". */
static size_t
ask_bacnet(uint16_t property, uint8_t *out)
{
	static const uint8_t begins[] = { 0x81, 0x0a, 0, 0, 1, 4, 0x00, 0x05, 1,
		12, 0x0c, 0x02, 0x3f, 0xff, 0xff };
	size_t n = put(out, begins, sizeof(begins));

	if (property > 255) {
		out[n++] = 0x1a;
		put_u16(out + n, property);
		n += 2;
	} else {
		out[n++] = 0x19;
		out[n++] = (uint8_t)property;
	}
	put_u16(out + 2, (uint16_t)n);
	return n;
}

/* MQTT 3.1.1 section 3.1.4: a client need not wait for CONNACK.  All topics
 * that are retained, and the broker's own version. */
static size_t
ask_mqtt(const struct cleartext_asker *who, uint8_t *out)
{
	static const uint8_t subscribes[] = { 0x82, 28, 0, 1, 0, 1, '#', 0, 0,
		19, '$', 'S', 'Y', 'S', '/', 'b', 'r', 'o', 'k', 'e', 'r', '/',
		'v', 'e', 'r', 's', 'i', 'o', 'n', 0 };
	size_t n = cleartext_ask(CLEARTEXT_ASK_MQTT, who, out);

	return n + put(out + n, subscribes, sizeof(subscribes));
}

size_t
service_ask(
    enum service_question q, const struct cleartext_asker *who, uint8_t *out)
{
	static const uint8_t modbus[] = { 0, 0, 0, 0, 0, 5, 1, 0x2b, 0x0e, 1,
		0 };
	static const uint8_t who_is[] = { 0x81, 0x0a, 0, 8, 1, 0, 0x10, 8 };

	switch (q) {
	case SERVICE_ASK_MODBUS:
		(void)put(out, modbus, sizeof(modbus));
		put_u16(out, (uint16_t)who->chance);
		return sizeof(modbus);
	case SERVICE_ASK_MQTT:
		return ask_mqtt(who, out);
	case SERVICE_ASK_DNS:
		return ask_dns(who, out);
	case SERVICE_ASK_TFTP:
		return cleartext_ask(CLEARTEXT_ASK_TFTP, who, out);
	case SERVICE_ASK_NTP:
		return ask_ntp(who, out);
	case SERVICE_ASK_NTP_VARIABLES:
		return ask_variables(who, out);
	case SERVICE_ASK_NETBIOS:
		return ask_netbios(who, out);
	case SERVICE_ASK_SNMP:
		return cleartext_ask(CLEARTEXT_ASK_SNMP2C, who, out);
	case SERVICE_ASK_SSDP:
		return ask_ssdp(who, out);
	case SERVICE_ASK_MDNS:
		return ask_mdns(out);
	case SERVICE_ASK_COAP:
		return ask_coap(who, out);
	case SERVICE_ASK_BACNET_WHO:
		return put(out, who_is, sizeof(who_is));
	case SERVICE_ASK_BACNET_MODEL:
		return ask_bacnet(70, out);
	case SERVICE_ASK_BACNET_FIRMWARE:
		return ask_bacnet(44, out);
	case SERVICE_ASK_BACNET_SERIAL:
		return ask_bacnet(372, out);
	}
	return 0;
}

size_t
service_ask_path(
    const struct cleartext_asker *who, const char *path, uint8_t *out)
{
	const bool is_v6 = strchr(who->host, ':') != NULL;
	int n;

	if (path[0] != '/' || strlen(path) > 96)
		return 0;
	n = snprintf((char *)out, CLEARTEXT_ASK_MAX,
	    "GET %s HTTP/1.1\r\nHost: %s%.64s%s\r\nUser-Agent: assay\r\n"
	    "Accept: */*\r\nConnection: close\r\n\r\n",
	    path, is_v6 ? "[" : "", who->host, is_v6 ? "]" : "");
	return n < 0 ? 0 : (size_t)n;
}
