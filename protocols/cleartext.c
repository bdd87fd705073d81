/*
 * cleartext: names, and which recogniser is asked in which order.
 */
#include "protocols/cleartext.h"

#include <stdio.h>
#include <string.h>

#include "protocols/cleartext_kinds.h"

static const char *const names[CLEARTEXT_KINDS] = {
	[CLEARTEXT_SILENT] = "silent",
	[CLEARTEXT_UNKNOWN] = "unidentified",
	[CLEARTEXT_GREETS_220] = "greets with 220",
	[CLEARTEXT_GREETS_OK] = "greets with +OK",
	[CLEARTEXT_GREETS_STAR] = "greets with * OK",
	[CLEARTEXT_SSH_1_99] = "ssh 1.99",
	[CLEARTEXT_WANTS_TLS] = "wants tls",
	[CLEARTEXT_TLS] = "tls",
	[CLEARTEXT_SSH2] = "ssh2",
	[CLEARTEXT_SNMP3] = "snmp3",
	[CLEARTEXT_FTP] = "ftp",
	[CLEARTEXT_TELNET] = "telnet",
	[CLEARTEXT_SMTP] = "smtp",
	[CLEARTEXT_POP3] = "pop3",
	[CLEARTEXT_IMAP] = "imap",
	[CLEARTEXT_VNC] = "vnc",
	[CLEARTEXT_HTTP] = "http",
	[CLEARTEXT_SSH1] = "ssh1",
	[CLEARTEXT_MQTT] = "mqtt",
	[CLEARTEXT_RTSP] = "rtsp",
	[CLEARTEXT_TFTP] = "tftp",
	[CLEARTEXT_SNMP1] = "snmp1",
	[CLEARTEXT_SNMP2C] = "snmp2c",
};

const char *
cleartext_name(enum cleartext_kind kind)
{
	return names[kind];
}

int
cleartext_kind_named(const char *name)
{
	int i;

	for (i = 0; i < CLEARTEXT_KINDS; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

bool
cleartext_is_clear(enum cleartext_kind kind)
{
	return kind >= CLEARTEXT_FTP;
}

bool
cleartext_is_one_sided(enum cleartext_kind kind)
{
	return kind == CLEARTEXT_TELNET || kind == CLEARTEXT_VNC ||
	    kind == CLEARTEXT_SSH1 || kind == CLEARTEXT_SSH2 ||
	    kind == CLEARTEXT_SSH_1_99;
}

static void
ask_each(cleartext_reader *const *readers, size_t n,
    const struct cleartext_talk *t, struct cleartext_seen *seen)
{
	size_t i;

	memset(seen, 0, sizeof(*seen));
	if (t->nheard == 0)
		return;
	for (i = 0; i < n; i++) {
		if (readers[i](t, seen))
			return;
		memset(seen, 0, sizeof(*seen));
	}
	seen->kind = CLEARTEXT_UNKNOWN;
}

void
cleartext_read(const struct cleartext_talk *t, struct cleartext_seen *seen)
{
	static cleartext_reader *const readers[] = { cleartext_read_tls,
		cleartext_read_http, cleartext_read_replies, cleartext_read_ssh,
		cleartext_read_vnc, cleartext_read_mqtt,
		cleartext_read_telnet };

	ask_each(readers, sizeof(readers) / sizeof(readers[0]), t, seen);
}

void
cleartext_read_udp(const struct cleartext_talk *t, struct cleartext_seen *seen)
{
	static cleartext_reader *const readers[] = { cleartext_read_snmp,
		cleartext_read_tftp };

	ask_each(readers, sizeof(readers) / sizeof(readers[0]), t, seen);
}

char *
cleartext_excerpt(const uint8_t *heard, size_t n, char *out, size_t size)
{
	size_t i, used = 0;
	bool plain;

	for (i = 0; i < n && heard[i] != '\r' && heard[i] != '\n'; i++) {
		plain = heard[i] >= 0x20 && heard[i] < 0x7f && heard[i] != '\\';
		if (used + (plain ? 1 : 4) >= size)
			break;
		if (plain)
			out[used++] = (char)heard[i];
		else
			used += (size_t)snprintf(
			    out + used, size - used, "\\x%02x", heard[i]);
	}
	out[used] = '\0';
	return out;
}
