/*
 * cleartext_ask: what a client says first, in each protocol.
 *
 * Well-formed and harmless: nothing is written, nobody logs in, no file that
 * could exist is asked for.
 */
#include <stdio.h>
#include <string.h>

#include "protocols/bytes.h"
#include "protocols/cleartext.h"

static size_t
put(uint8_t *out, const void *bytes, size_t n)
{
	memcpy(out, bytes, n);
	return n;
}

static size_t
put_text(uint8_t *out, const char *text)
{
	return put(out, text, strlen(text));
}

/* RFC 8446 section 4.1.2, with what old servers need to answer at all: every
 * version, old suites, no extension that they must know. */
static size_t
ask_tls(const struct cleartext_asker *who, uint8_t *out)
{
	static const uint8_t suites[] = { 0x13, 0x01, 0x13, 0x02, 0x13, 0x03,
		0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x2c, 0xc0, 0x30, 0xcc, 0xa9,
		0xcc, 0xa8, 0xc0, 0xac, 0xc0, 0xae, 0xc0, 0x09, 0xc0, 0x13,
		0xc0, 0x0a, 0xc0, 0x14, 0x00, 0x9e, 0x00, 0x33, 0x00, 0x39,
		0x00, 0x9c, 0x00, 0x9d, 0x00, 0x2f, 0x00, 0x35, 0x00, 0x0a,
		0x00, 0x05, 0x00, 0x04, 0x00, 0xa8, 0xc0, 0xa8, 0x00, 0xff };
	static const uint8_t extensions[] = {
		0x00, 0x0a, 0, 10, 0, 8, 0, 0x1d, 0, 0x17, 0, 0x18, 0, 0x19,
		0x00, 0x0b, 0, 2, 1, 0, /* groups, point formats */
		0x00, 0x0d, 0, 22, 0, 20, 4, 3, 8, 4, 4, 1, 5, 3, 8, 5, 5, 1, 8,
		6, 6, 1, 2, 1, 2, 3,                         /* signatures */
		0x00, 0x2b, 0, 9, 8, 3, 4, 3, 3, 3, 2, 3, 1, /* versions */
		0x00, 0x33, 0, 2, 0, 0, /* key_share: none yet */
	};
	const size_t body =
	    2 + 32 + 1 + 2 + sizeof(suites) + 2 + 2 + sizeof(extensions);
	uint64_t chance = who->chance;
	size_t n = 0, i;

	out[n++] = 22; /* handshake, in a record of TLS 1.0 */
	put_u16(out + n, 0x0301);
	put_u16(out + n + 2, (uint16_t)(body + 4));
	n += 4;
	put_u32(out + n, (uint32_t)(0x01000000 | body)); /* ClientHello */
	put_u16(out + n + 4, 0x0303);
	n += 6;
	for (i = 0; i < 32; i++) {
		chance = chance * 6364136223846793005u + 1442695040888963407u;
		out[n++] = (uint8_t)(chance >> 56);
	}
	out[n++] = 0; /* no session */
	put_u16(out + n, (uint16_t)sizeof(suites));
	n += 2;
	n += put(out + n, suites, sizeof(suites));
	out[n++] = 1;
	out[n++] = 0; /* no compression */
	put_u16(out + n, (uint16_t)sizeof(extensions));
	n += 2;
	return n + put(out + n, extensions, sizeof(extensions));
}

static size_t
ask_http(const struct cleartext_asker *who, uint8_t *out)
{
	const bool is_v6 = strchr(who->host, ':') != NULL;
	int n = snprintf((char *)out, CLEARTEXT_ASK_MAX,
	    "GET / HTTP/1.1\r\nHost: %s%.64s%s\r\nUser-Agent: assay\r\n"
	    "Accept: */*\r\nConnection: close\r\n\r\n",
	    is_v6 ? "[" : "", who->host, is_v6 ? "]" : "");

	return n < 0 ? 0 : (size_t)n;
}

static size_t
ask_tftp(const struct cleartext_asker *who, uint8_t *out)
{
	char name[32];
	size_t n = 0;

	snprintf(name, sizeof(name), "assay-%016llx",
	    (unsigned long long)who->chance);
	n += put(out + n, "\0\1", 2); /* RRQ */
	n += put(out + n, name, strlen(name) + 1);
	return n + put(out + n, "octet", 6);
}

/* GetRequest of sysDescr.0 with the community "public". */
static size_t
ask_snmp(const struct cleartext_asker *who, uint8_t version, uint8_t *out)
{
	static const uint8_t message[] = { 0x30, 41, 2, 1, 0, 4, 6, 'p', 'u',
		'b', 'l', 'i', 'c', 0xa0, 28, 2, 4, 0, 0, 0, 0, 2, 1, 0, 2, 1,
		0, 0x30, 14, 0x30, 12, 6, 8, 0x2b, 6, 1, 2, 1, 1, 1, 0, 5, 0 };

	(void)put(out, message, sizeof(message));
	out[4] = version;
	put_u32(out + 17, (uint32_t)(who->chance & 0x7fffffff));
	return sizeof(message);
}

/* RFC 3414 section 4: a request with no engine and no user; the answer is a
 * report. */
static size_t
ask_snmp3(const struct cleartext_asker *who, uint8_t *out)
{
	static const uint8_t message[] = { 0x30, 62, 2, 1, 3, /* v3 */
		0x30, 17, 2, 4, 0, 0, 0, 0, 2, 3, 0, 0xff, 0xe3, 4, 1, 4, 2, 1,
		3, /* header */
		4, 16, 0x30, 14, 4, 0, 2, 1, 0, 2, 1, 0, 4, 0, 4, 0, 4, 0, 0x30,
		20, 4, 0, 4, 0, 0xa0, 14, 2, 4, 0, 0, 0, 0, 2, 1, 0, 2, 1, 0,
		0x30, 0 };

	(void)put(out, message, sizeof(message));
	put_u32(out + 9, (uint32_t)(who->chance & 0x7fffffff));
	put_u32(out + 52, (uint32_t)(who->chance & 0x7fffffff));
	return sizeof(message);
}

static const char *
ask_in_text(enum cleartext_opener opener)
{
	static const char *const texts[] = {
		[CLEARTEXT_ASK_RTSP] =
		    "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: a\r\n\r\n",
		[CLEARTEXT_ASK_TELNET] = "\xff\xfd\x03",
		[CLEARTEXT_ASK_SMTP] = "EHLO assay.invalid\r\n",
		[CLEARTEXT_ASK_FTP] = "FEAT\r\n",
		[CLEARTEXT_ASK_POP3] = "CAPA\r\n",
		[CLEARTEXT_ASK_IMAP] = "a1 CAPABILITY\r\n",
		[CLEARTEXT_ASK_SSH1] = "SSH-1.5-assay\n",
	};

	return (size_t)opener < sizeof(texts) / sizeof(texts[0]) ? texts[opener]
								 : NULL;
}

size_t
cleartext_ask(enum cleartext_opener opener, const struct cleartext_asker *who,
    uint8_t *out)
{
	/* MQTT 3.1.1 section 3.1: clean session, a minute, client "assay" */
	static const uint8_t mqtt[] = { 0x10, 17, 0, 4, 'M', 'Q', 'T', 'T', 4,
		2, 0, 60, 0, 5, 'a', 's', 's', 'a', 'y' };
	const char *text = ask_in_text(opener);

	if (text != NULL)
		return put_text(out, text);
	if (opener == CLEARTEXT_ASK_TLS)
		return ask_tls(who, out);
	if (opener == CLEARTEXT_ASK_HTTP)
		return ask_http(who, out);
	if (opener == CLEARTEXT_ASK_MQTT)
		return put(out, mqtt, sizeof(mqtt));
	if (opener == CLEARTEXT_ASK_TFTP)
		return ask_tftp(who, out);
	if (opener == CLEARTEXT_ASK_SNMP1 || opener == CLEARTEXT_ASK_SNMP2C)
		return ask_snmp(
		    who, opener == CLEARTEXT_ASK_SNMP2C ? 1 : 0, out);
	if (opener == CLEARTEXT_ASK_SNMP3)
		return ask_snmp3(who, out);
	return 0;
}
