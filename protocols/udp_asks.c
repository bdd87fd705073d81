/*
 * udp_asks: what makes the service of a UDP port answer.
 *
 * Nonces are where a service gives them back, so that no two questions are the
 * same to it.
 */
#include "protocols/udp_asks.h"

#include <string.h>

/* ClientHello, RFC 6347 section 4.2; nonce: its random. */
static const char dtls[] =
    "\x16\xfe\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00|\x01\x00"
    "\x00p\x00\x00\x00\x00\x00\x00\x00p\xfe\xfd\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x1c\xc0\xa8\xc0\xae\xc0\xac\x00\xa8\xc0+\xc0/\xc0#\xcc"
    "\xac\xcc\xa9\x00\xae\x00\x8c\xc0\x37\x00/\x00<\x01\x00\x00*"
    "\x00\x0a\x00\x08\x00\x06\x00\x17\x00\x18\x00\x1d\x00\x0b\x00"
    "\x02\x01\x00\x00\x0d\x00\x10\x00\x0e\x04\x03\x04\x01\x05\x03"
    "\x06\x03\x08\x04\x02\x03\x02\x01\x00\x17\x00\x00";

/* RFC 9000 section 6: a version reserved to be refused. */
static const char quic[] =
    "\xca\x1a*:J\x08\x00\x00\x00\x00\x00\x00\x00\x00\x08\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00";

/* RFC 1157: sysDescr.0. */
static const char snmp1[] =
    "0)\x02\x01\x00\x04\x06public\xa0\x1c\x02\x04\x11\x11\x11\x11"
    "\x02\x01\x00\x02\x01\x00\x30\x0e\x30\x0c\x06\x08+\x06\x01"
    "\x02\x01\x01\x01\x00\x05\x00";

/* RFC 3416, with community "public". */
static const char snmp2c[] =
    "0)\x02\x01\x01\x04\x06public\xa0\x1c\x02\x04\x11\x11\x11\x11"
    "\x02\x01\x00\x02\x01\x00\x30\x0e\x30\x0c\x06\x08+\x06\x01"
    "\x02\x01\x01\x01\x00\x05\x00";

/* RFC 3414 section 4: who are you?. */
static const char snmp3[] =
    "0>\x02\x01\x03\x30\x11\x02\x04\x11\x11\x11\x11\x02\x03\x00"
    "\xff\xe3\x04\x01\x04\x02\x01\x03\x04\x10\x30\x0e\x04\x00\x02"
    "\x01\x00\x02\x01\x00\x04\x00\x04\x00\x04\x00\x30\x14\x04\x00"
    "\x04\x00\xa0\x0e\x02\x04\x11\x11\x11\x11\x02\x01\x00\x02\x01"
    "\x00\x30\x00";

/* RFC 3416 section 4.2.3: GetBulk, 64 rows. */
static const char snmp_bulk[] =
    "0&\x02\x01\x01\x04\x06public\xa5\x19\x02\x04\x11\x11\x11\x11"
    "\x02\x01\x00\x02\x01@0\x0b\x30\x09\x06\x05+\x06\x01\x02\x01"
    "\x05\x00";

/* IKE_SA_INIT, RFC 7296 section 1.2; nonce: the SPI. */
static const char ike[] =
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00! \x22\x08\x00\x00\x00\x00\x00\x00\x00\x88\x22\x00\x00"
    "\x30\x00\x00\x00,\x01\x01\x00\x04\x03\x00\x00\x0c\x01\x00"
    "\x00\x0c\x80\x0e\x00\x80\x03\x00\x00\x08\x02\x00\x00\x02\x03"
    "\x00\x00\x08\x03\x00\x00\x02\x00\x00\x00\x08\x04\x00\x00\x0e"
    "(\x00\x00(\x00\x0e\x00\x00UUUUUUUUUUUUUUUUUUUUUUUUUUUUUUUU"
    "\x00\x00\x00\x14\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66"
    "\x66\x66\x66\x66\x66";

/* SCCRQ, RFC 2661 section 6.1. */
static const char l2tp[] =
    "\xc8\x02\x00\x39\x00\x00\x00\x00\x00\x00\x00\x00\x80\x08\x00"
    "\x00\x00\x00\x00\x01\x80\x08\x00\x00\x00\x02\x01\x00\x80\x0a"
    "\x00\x00\x00\x03\x00\x00\x00\x03\x80\x0b\x00\x00\x00\x07\x61"
    "ssay\x80\x08\x00\x00\x00\x09\x00\x01";

/* RFC 1002 section 4.2.17: node status. */
static const char netbios[] =
    "\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00 CKAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAA\x00\x00!\x00\x01";

/* RFC 1035: the root's name servers, no recursion asked. */
static const char dns[] =
    "\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x02"
    "\x00\x01";

/* all of the root, RFC 6891: in 4,096 bytes. */
static const char dns_any[] =
    "\x00\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01\x00\x00\xff"
    "\x00\x01\x00\x00)\x10\x00\x00\x00\x00\x00\x00\x00";

/* RFC 6763 section 9, by unicast: RFC 6762 section 5.5. */
static const char mdns[] =
    "\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x09_service"
    "s\x07_dns-sd\x04_udp\x05local\x00\x00\x0c\x80\x01";

/* RFC 4795. */
static const char llmnr[] =
    "\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x05\x61ssay"
    "\x00\x00\xff\x00\x01";

/* RFC 5905 section 7.3: a client; nonce: its stamp. */
static const char ntp[] =
    "\xe3\x00\x04\xfa\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00";

/* RFC 9327: read variables. */
static const char ntp_control[] =
    "\x16\x02\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00";

/* MON_GETLIST_1 of ntpd before 4.2.7. */
static const char ntp_monlist[] = "\x17\x00\x03*\x00\x00\x00\x00";

/* UPnP Device Architecture 2.0, 1.3.2. */
static const char ssdp[] =
    "M-SEARCH * HTTP/1.1\x0d\x0aHOST: 239.255.255.250:1900\x0d"
    "\x0aMAN: \x22ssdp:discover\x22\x0d\x0aMX: 1\x0d\x0aST: ssdp:"
    "all\x0d\x0a\x0d\x0a";

/* RFC 7252, RFC 6690 section 4; nonce: the message id. */
static const char coap[] = "@\x01\x00\x00\xbb.well-known\x04\x63ore";

/* RFC 7252 section 4.3: an empty confirmable message. */
static const char coap_ping[] = "@\x00\x00\x00";

/* RFC 1350 section 5. */
static const char tftp[] = "\x00\x01\x61ssay.no-such-file\x00octet\x00";

/* RFC 3261 section 11. */
static const char sip[] =
    "OPTIONS sip:assay@bench SIP/2.0\x0d\x0aVia: SIP/2.0/UDP benc"
    "h;branch=z9hG4bKassay;rport\x0d\x0a\x46rom: <sip:assay@bench"
    ">;tag=1\x0d\x0aTo: <sip:assay@bench>\x0d\x0a\x43\x61ll-ID: a"
    "ssay\x0d\x0a\x43Seq: 1 OPTIONS\x0d\x0aMax-Forwards: 0\x0d"
    "\x0a\x43ontent-Length: 0\x0d\x0a\x0d\x0a";

/* RFC 2453 section 3.9.1: the whole table. */
static const char rip[] =
    "\x01\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x10";

/* Modbus: read device identification. */
static const char modbus[] = "\x00\x00\x00\x00\x00\x05\x01+\x0e\x01\x00";

/* ASHRAE 135: ReadProperty of any device. */
static const char bacnet[] =
    "\x81\x0a\x00\x11\x01\x04\x00\x05\x01\x0c\x0c\x02\x3f\xff\xff"
    "\x19K";

/* ASF 2.0: presence ping. */
static const char ipmi[] = "\x06\x00\xff\x06\x00\x00\x11\xbe\x80\x00\x00\x00";

/* RFC 8489 section 5; nonce: the transaction. */
static const char stun[] =
    "\x00\x01\x00\x00!\x12\xa4\x42\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00";

/* MQTT-SN 1.2 section 5.4.2: SEARCHGW. */
static const char mqtt_sn[] = "\x03\x01\x00";

/* Matter 1.0, 4.13.1: PBKDFParamRequest. */
static const char matter[] =
    "\x04\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x05 \x01\x00\x00\x00\x15\x30\x01 \x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00%\x02\x01"
    "\x00$\x03\x00(\x04\x18";

/* WS-Discovery section 5.3. */
static const char ws_discovery[] =
    "<\x3fxml version=\x22\x31.0\x22\x3f><e:Envelope xmlns:e=\x22"
    "http://www.w3.org/2003/05/soap-envelope\x22 xmlns:a=\x22http"
    "://schemas.xmlsoap.org/ws/2004/08/addressing\x22 xmlns:d="
    "\x22http://schemas.xmlsoap.org/ws/2005/04/discovery\x22><e:H"
    "eader><a:MessageID>uuid:6b1f1c5e-4a7d-4e62-9a2b-617373617921"
    "</a:MessageID><a:To>urn:schemas-xmlsoap-org:ws:2005:04:disco"
    "very</a:To><a:Action>http://schemas.xmlsoap.org/ws/2005/04/d"
    "iscovery/Probe</a:Action></e:Header><e:Body><d:Probe/></e:Bo"
    "dy></e:Envelope>";

/* memcached: version, by UDP. */
static const char memcached[] =
    "\x00\x00\x00\x00\x00\x01\x00\x00version\x0d\x0a";

/* memcached: stats. */
static const char memcached_stats[] =
    "\x00\x00\x00\x00\x00\x01\x00\x00stats\x0d\x0a";

/* RFC 5531, RFC 1833: nothing. */
static const char rpcbind[] =
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01\x86"
    "\xa0\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00";

/* RFC 1833: who is there?. */
static const char rpcbind_dump[] =
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01\x86"
    "\xa0\x00\x00\x00\x02\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00";

/* OpenVPN: hard reset of a client. */
static const char openvpn[] =
    "8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00";

/* LIFX: GetService. */
static const char lifx[] =
    "$\x00\x00\x34\x61ssy\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02"
    "\x00\x00\x00";

/* TP-Link Smart Home: get_sysinfo, xored. */
static const char kasa[] =
    "\xd0\xf2\x81\xf8\x8b\xff\x9a\xf7\xd5\xef\x94\xb6\xd1\xb4\xc0"
    "\x9f\xec\x95\xe6\x8f\xe1\x87\xe8\xca\xf0\x8b\xf6\x8b\xf6";

/* nothing, for a port without a protocol. */
static const char neutral[] = "\x0d\x0a\x0d\x0a";

/* RFC 864, 865, 867: any datagram. */
static const char chargen[] = "\x0a";

#define PORTS(...) \
	{ \
		__VA_ARGS__ \
	}
#define ASK(name, services, ports, flags, bytes, pad_to, at, size) \
	{ \
		name, services, ports, flags, bytes, sizeof(bytes) - 1, \
		    pad_to, at, size \
	}

/* clang-format off */
static const struct udp_ask asks[] = {
	ASK("dns", "dns domain", PORTS(53), UDP_ASKS_ANSWERS, dns, 0, 0, 2),
	ASK("dns-any", "dns domain", PORTS(53), UDP_ASKS_AMPLIFIES, dns_any, 0, 0, 2),
	ASK("tftp", "tftp", PORTS(69), UDP_ASKS_ANSWERS, tftp, 0, 0, 0),
	ASK("rpcbind", "rpcbind portmapper sunrpc", PORTS(111), UDP_ASKS_ANSWERS, rpcbind, 0, 0, 4),
	ASK("rpcbind-dump", "rpcbind portmapper sunrpc", PORTS(111), UDP_ASKS_AMPLIFIES, rpcbind_dump, 0, 0, 4),
	ASK("ntp", "ntp", PORTS(123), UDP_ASKS_ANSWERS, ntp, 0, 40, 8),
	ASK("ntp-control", "ntp", PORTS(123), UDP_ASKS_AMPLIFIES, ntp_control, 0, 0, 0),
	ASK("ntp-monlist", "ntp", PORTS(123), UDP_ASKS_AMPLIFIES, ntp_monlist, 0, 0, 0),
	ASK("netbios", "netbios netbios-ns", PORTS(137), 0, netbios, 0, 0, 2),
	ASK("snmp3", "snmp snmp3", PORTS(161), UDP_ASKS_POSITIVE, snmp3, 0, 9, 4),
	ASK("snmp2c", "snmp snmp2c", PORTS(161), UDP_ASKS_POSITIVE, snmp2c, 0, 17, 4),
	ASK("snmp1", "snmp snmp1", PORTS(161), UDP_ASKS_POSITIVE, snmp1, 0, 17, 4),
	ASK("snmp-bulk", "snmp snmp2c", PORTS(161), UDP_ASKS_AMPLIFIES | UDP_ASKS_POSITIVE, snmp_bulk, 0, 17, 4),
	ASK("quic", "quic http3 h3 https", PORTS(443, 8443, 853), 0, quic, 1200, 6, 8),
	ASK("ike", "ike isakmp ipsec", PORTS(500), UDP_ASKS_HOLDS, ike, 0, 0, 8),
	ASK("modbus", "modbus", PORTS(502), 0, modbus, 0, 0, 2),
	ASK("rip", "rip", PORTS(520), 0, rip, 0, 0, 0),
	ASK("ipmi", "ipmi asf rmcp", PORTS(623), 0, ipmi, 0, 0, 0),
	ASK("openvpn", "openvpn", PORTS(1194), UDP_ASKS_HOLDS, openvpn, 0, 1, 8),
	ASK("l2tp", "l2tp", PORTS(1701), UDP_ASKS_HOLDS, l2tp, 0, 0, 0),
	ASK("mqtt-sn", "mqtt-sn mqttsn", PORTS(1883, 1884, 10000), 0, mqtt_sn, 0, 0, 0),
	ASK("ssdp", "ssdp upnp", PORTS(1900, 1982), 0, ssdp, 0, 0, 0),
	ASK("stun", "stun turn", PORTS(3478, 19302), UDP_ASKS_ANSWERS, stun, 0, 8, 8),
	ASK("ws-discovery", "ws-discovery wsd onvif", PORTS(3702), 0, ws_discovery, 0, 0, 0),
	ASK("sip", "sip", PORTS(5060), 0, sip, 0, 0, 0),
	ASK("mdns", "mdns dns-sd", PORTS(5353), 0, mdns, 0, 0, 2),
	ASK("llmnr", "llmnr", PORTS(5355), 0, llmnr, 0, 0, 2),
	ASK("matter", "matter", PORTS(5540), UDP_ASKS_HOLDS, matter, 0, 0, 0),
	ASK("coap", "coap", PORTS(5683), UDP_ASKS_ANSWERS, coap, 0, 2, 2),
	ASK("coap-ping", "coap", PORTS(5683), UDP_ASKS_ANSWERS, coap_ping, 0, 2, 2),
	ASK("dtls", "coaps dtls mqtts-sn lwm2m", PORTS(5684, 4433, 2221, 10161), UDP_ASKS_ANSWERS | UDP_ASKS_HOLDS, dtls, 0, 27, 8),
	ASK("kasa", "kasa", PORTS(9999), 0, kasa, 0, 0, 0),
	ASK("memcached", "memcached", PORTS(11211), 0, memcached, 0, 0, 2),
	ASK("memcached-stats", "memcached", PORTS(11211), UDP_ASKS_AMPLIFIES, memcached_stats, 0, 0, 2),
	ASK("bacnet", "bacnet", PORTS(47808), 0, bacnet, 0, 0, 0),
	ASK("lifx", "lifx", PORTS(56700), 0, lifx, 0, 0, 0),
	ASK("chargen", "echo discard daytime qotd chargen time", PORTS(7, 13, 17, 19), 0, chargen, 0, 0, 0),
};
/* clang-format on */

#define NASKS (sizeof(asks) / sizeof(asks[0]))

static const struct udp_ask unknown =
    ASK("neutral", "", PORTS(0), 0, neutral, 0, 0, 0);
/* Printers print what comes by these, whatever it is. */
static const struct udp_ask hushed = {
	.name = "empty", .services = "", .bytes = ""
};

size_t
udp_asks_count(void)
{
	return NASKS;
}

const struct udp_ask *
udp_asks_at(size_t index)
{
	return &asks[index];
}

bool
udp_asks_is_of(const struct udp_ask *a, const char *service)
{
	const size_t n = service == NULL ? 0 : strlen(service);
	const char *p = a->services;

	while (n > 0 && p != NULL) {
		if (strncmp(p, service, n) == 0 &&
		    (p[n] == ' ' || p[n] == '\0'))
			return true;
		p = strchr(p, ' ');
		if (p != NULL)
			p++;
	}
	return false;
}

static bool
is_at_home(const struct udp_ask *a, uint16_t port)
{
	size_t i;

	for (i = 0; i < 4 && a->ports[i] != 0; i++)
		if (a->ports[i] == port)
			return true;
	return false;
}

static bool
asks_for(const struct udp_ask *a, uint16_t port, const char *service)
{
	if ((a->flags & UDP_ASKS_AMPLIFIES) != 0)
		return false;
	return service != NULL ? udp_asks_is_of(a, service)
			       : is_at_home(a, port);
}

const struct udp_ask *
udp_asks_for(uint16_t port, const char *service, unsigned way)
{
	const struct udp_ask *found = NULL;
	size_t i, n = 0;

	if (service != NULL && service[0] == '\0')
		service = NULL;
	for (i = 0; i < NASKS; i++)
		n += asks_for(&asks[i], port, service);
	/* A name that is not known says nothing; the port may. */
	if (n == 0 && service != NULL)
		return udp_asks_for(port, NULL, way);
	if (n == 0)
		return port >= 9100 && port <= 9107 ? &hushed : &unknown;
	way %= (unsigned)n;
	for (i = 0; i < NASKS && found == NULL; i++)
		if (asks_for(&asks[i], port, service) && way-- == 0)
			found = &asks[i];
	return found;
}

bool
udp_asks_must_answer(const char *service)
{
	size_t i;

	for (i = 0; i < NASKS; i++)
		if ((asks[i].flags & UDP_ASKS_ANSWERS) != 0 &&
		    udp_asks_is_of(&asks[i], service))
			return true;
	return false;
}

size_t
udp_asks_build(const struct udp_ask *a, uint64_t nonce, uint8_t *out)
{
	size_t i, size = a->size > a->pad_to ? a->size : a->pad_to;

	memset(out, 0, size);
	memcpy(out, a->bytes, a->size);
	for (i = 0; i < a->nonce_size; i++)
		out[a->nonce_at + i] = (uint8_t)(nonce >> (8 * i));
	if ((a->flags & UDP_ASKS_POSITIVE) != 0 && a->nonce_size > 0) {
		/* BER, X.690 section 8.3: no sign, and no needless zero. */
		out[a->nonce_at] &= 0x7f;
		out[a->nonce_at] |= 0x40;
	}
	return size;
}
