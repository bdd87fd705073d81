/*
 * check_cleartext: what services say, as real ones said it, and what only
 * looks like it.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/cleartext.h"
#include "protocols/cleartext_interview.h"

struct sample {
	const char *sent;
	const char *heard;
	size_t nheard; /* 0: heard is text */
	enum cleartext_kind kind;
};

#define BYTES(b) b, sizeof(b) - 1

#define CONNECT "\x10\x11\x00\x04MQTT\x04\x02"

static const struct sample samples[] = {
	/* vsftpd 3.0.3 */
	{ "FEAT\r\n",
	    "220 (vsFTPd 3.0.3)\r\n211-Features:\r\n EPRT\r\n EPSV\r\n MDTM\r\n"
	    " PASV\r\n REST STREAM\r\n SIZE\r\n TVFS\r\n211 End\r\n",
	    0, CLEARTEXT_FTP },
	/* ProFTPD with TLS demanded */
	{ "FEAT\r\n",
	    "220 ProFTPD Server (Debian) [::ffff:10.0.0.2]\r\n"
	    "530 Please login with USER and PASS\r\n",
	    0, CLEARTEXT_FTP },
	{ "USER anonymous\r\n",
	    "220-Welcome\r\n220-to the box\r\n220 ready\r\n"
	    "331 Please specify the password.\r\n",
	    0, CLEARTEXT_FTP },
	{ "AUTH TLS\r\n", "220 ready\r\n234 Proceed with negotiation.\r\n", 0,
	    CLEARTEXT_FTP },
	/* Postfix */
	{ "EHLO assay.invalid\r\n",
	    "220 mx.example ESMTP Postfix (Debian/GNU)\r\n"
	    "250-mx.example\r\n250-PIPELINING\r\n250-STARTTLS\r\n"
	    "250 CHUNKING\r\n",
	    0, CLEARTEXT_SMTP },
	/* msmtpd */
	{ "EHLO assay.invalid\r\n",
	    "220 localhost ESMTP msmtpd\r\n250 localhost\r\n", 0,
	    CLEARTEXT_SMTP },
	{ "EHLO assay.invalid\r\n",
	    "554 mx.example ESMTP not welcome\r\n503 5.0.0 Bad sequence\r\n", 0,
	    CLEARTEXT_SMTP },
	/* FTP asked in SMTP's words */
	{ "EHLO assay.invalid\r\n",
	    "220 (vsFTPd 3.0.3)\r\n530 Please login with USER and PASS.\r\n", 0,
	    CLEARTEXT_FTP },
	/* popa3d, Dovecot */
	{ "CAPA\r\n", "+OK\r\n-ERR\r\n", 0, CLEARTEXT_POP3 },
	{ "CAPA\r\n",
	    "+OK Dovecot (Debian) ready.\r\n+OK\r\nCAPA\r\nTOP\r\nSTLS\r\n"
	    "SASL\r\n.\r\n",
	    0, CLEARTEXT_POP3 },
	{ "a1 CAPABILITY\r\n",
	    "* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] Dovecot "
	    "(Debian) ready.\r\n* CAPABILITY IMAP4rev1 STARTTLS\r\n"
	    "a1 OK Pre-login capabilities listed.\r\n",
	    0, CLEARTEXT_IMAP },
	/* TigerVNC, an old one, Apple's */
	{ "", "RFB 003.008\n", 0, CLEARTEXT_VNC },
	{ "", "RFB 003.003\n", 0, CLEARTEXT_VNC },
	{ "", "RFB 003.889\n", 0, CLEARTEXT_VNC },
	/* dropbear, OpenSSH, Cisco, a SSH 1 of 1998 */
	{ "", "SSH-2.0-dropbear_2022.83\r\n", 0, CLEARTEXT_SSH2 },
	{ "", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n", 0, CLEARTEXT_SSH2 },
	{ "", "Authorised use only\r\nSSH-2.0-x\r\n", 0, CLEARTEXT_SSH2 },
	{ "", "SSH-1.99-Cisco-1.25\n", 0, CLEARTEXT_SSH_1_99 },
	{ "", "SSH-1.5-1.2.27\n", 0, CLEARTEXT_SSH1 },
	{ "SSH-1.5-assay\n",
	    BYTES("SSH-1.99-OpenSSH_3.9p1\n"
		  "\x00\x00\x00\x5b\x00\x00\x00\x00\x00\x02key"),
	    CLEARTEXT_SSH1 },
	{ "SSH-1.5-assay\n",
	    "SSH-1.99-OpenSSH_7.2\r\nProtocol major versions differ.\n", 0,
	    CLEARTEXT_SSH_1_99 },
	/* busybox telnetd, inetutils telnetd, a login without options */
	{ "", BYTES("\xff\xfd\x01\xff\xfd\x1f\xff\xfb\x01\xff\xfb\x03"),
	    CLEARTEXT_TELNET },
	{ "", BYTES("\xff\xfd\x18\xff\xfd\x20\xff\xfd\x23\xff\xfd\x27"),
	    CLEARTEXT_TELNET },
	{ "", "\r\nBusyBox v1.35\r\nbox login: ", 0, CLEARTEXT_TELNET },
	{ "", "Username:", 0, CLEARTEXT_TELNET },
	{ "\xff\xfd\x03", BYTES("\xff\xfc\x03"), CLEARTEXT_TELNET },
	/* a telnet with HTTP's words in it */
	{ "",
	    BYTES("\xff\xfd\x01\xff\xfb\x03"
		  "HTTP/1.1 400 Bad Request\r\n"),
	    CLEARTEXT_TELNET },
	{ "GET / HTTP/1.1\r\n\r\n",
	    "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n\r\n", 0,
	    CLEARTEXT_HTTP },
	{ "GET / HTTP/1.1\r\n\r\n",
	    "HTTP/1.1 301 Moved Permanently\r\n"
	    "Location: https://10.0.0.2/\r\n\r\n",
	    0, CLEARTEXT_HTTP },
	{ "GET / HTTP/1.1\r\n\r\n", "<HTML><BODY>hello", 0, CLEARTEXT_HTTP },
	{ "GET / HTTP/1.1\r\n\r\n",
	    BYTES("\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00"),
	    CLEARTEXT_HTTP },
	/* live555, gstreamer */
	{ "OPTIONS * RTSP/1.0\r\n", "RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n", 0,
	    CLEARTEXT_RTSP },
	{ "GET / HTTP/1.1\r\n", "RTSP/1.0 400 Bad Request\r\n", 0,
	    CLEARTEXT_RTSP },
	/* mosquitto, refusing and not; MQTT 5 only */
	{ CONNECT, BYTES("\x20\x02\x00\x00"), CLEARTEXT_MQTT },
	{ CONNECT, BYTES("\x20\x02\x00\x05"), CLEARTEXT_MQTT },
	{ CONNECT, BYTES("\x20\x03\x00\x84\x00"), CLEARTEXT_MQTT },
	/* nginx, OpenSSL: ServerHello; alerts of them, of SSL 3 */
	{ "x",
	    BYTES("\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03randomrandom"),
	    CLEARTEXT_TLS },
	{ "x", BYTES("\x15\x03\x01\x00\x02\x02\x46"), CLEARTEXT_TLS },
	{ "x", BYTES("\x15\x03\x00\x00\x02\x02\x28"), CLEARTEXT_TLS },
	/* what a port for TLS says in clear: nginx, Apache, Go */
	{ "GET / HTTP/1.1\r\n\r\n",
	    "HTTP/1.1 400 Bad Request\r\nServer: "
	    "nginx\r\n\r\n<html><center>The "
	    "plain HTTP request was sent to HTTPS port</center>",
	    0, CLEARTEXT_WANTS_TLS },
	{ "GET / HTTP/1.1\r\n\r\n",
	    "HTTP/1.1 400 Bad Request\r\n\r\n<p>Reason: You're speaking plain "
	    "HTTP to an SSL-enabled server port.<br />",
	    0, CLEARTEXT_WANTS_TLS },
	{ "GET / HTTP/1.1\r\n\r\n",
	    "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an "
	    "HTTPS server.\n",
	    0, CLEARTEXT_WANTS_TLS },
};

/* What only looks like one of them. */
static const struct sample mimics[] = {
	{ "", "Hello TCP!\n", 0, CLEARTEXT_UNKNOWN },
	{ "", "220 hello\r\n", 0, CLEARTEXT_GREETS_220 },
	{ "EHLO assay.invalid\r\n", "220 hello\r\nEHLO assay.invalid\r\n", 0,
	    CLEARTEXT_GREETS_220 },
	{ "FEAT\r\n", "220 hello\r\n500 what\r\n", 0, CLEARTEXT_GREETS_220 },
	{ "", "2200 bolts\r\n", 0, CLEARTEXT_UNKNOWN },
	{ "CAPA\r\n", "+OK hello\r\nCAPA\r\n", 0, CLEARTEXT_GREETS_OK },
	{ "PING\r\n", "+PONG\r\n", 0, CLEARTEXT_UNKNOWN },
	{ "a1 CAPABILITY\r\n", "* OK hello\r\na1 CAPABILITY\r\n", 0,
	    CLEARTEXT_GREETS_STAR },
	{ "", "* OKAY\r\n", 0, CLEARTEXT_GREETS_STAR },
	{ "", "RFB 3.8\n", 0, CLEARTEXT_UNKNOWN },
	{ "", "RFB 003.008x", 0, CLEARTEXT_UNKNOWN },
	{ "", "SSH is not here\r\n", 0, CLEARTEXT_UNKNOWN },
	{ "", "SSH-9.9-future\r\n", 0, CLEARTEXT_UNKNOWN },
	{ "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", 0,
	    CLEARTEXT_UNKNOWN },
	{ "", "error: HTTP/1.1 400 Bad Request\r\n", 0, CLEARTEXT_UNKNOWN },
	{ "", "<html>", 0, CLEARTEXT_UNKNOWN },
	{ "x", "HTTP/1.1 OK\r\n", 0, CLEARTEXT_UNKNOWN },
	{ "OPTIONS * RTSP/1.0\r\n", "OPTIONS * RTSP/1.0\r\n", 0,
	    CLEARTEXT_UNKNOWN },
	/* an echo, a CONNACK that nobody asked for, a CONNACK with more */
	{ CONNECT, BYTES(CONNECT), CLEARTEXT_UNKNOWN },
	{ "hello", BYTES("\x20\x02\x00\x00"), CLEARTEXT_UNKNOWN },
	{ CONNECT, BYTES("\x20\x09\x00\x00\x00"), CLEARTEXT_UNKNOWN },
	/* echoes of telnet and TLS; MP3, JPEG; IAC in the midst of noise */
	{ "\xff\xfd\x03", BYTES("\xff\xfd\x03"), CLEARTEXT_UNKNOWN },
	{ "x", BYTES("\x16\x03\x01\x00\x7a\x01\x00\x00\x76\x03\x03"),
	    CLEARTEXT_UNKNOWN },
	{ "", BYTES("\xff\xfb\x90\x44\x00\x00\x00"), CLEARTEXT_UNKNOWN },
	{ "", BYTES("\xff\xd8\xff\xe0\x00\x10JFIF"), CLEARTEXT_UNKNOWN },
	{ "", BYTES("\xff\xfb\x01\x80\xff\x02\x93\x11\x12"),
	    CLEARTEXT_UNKNOWN },
	{ "", "login: root\r\nlast time: never\r\n", 0, CLEARTEXT_UNKNOWN },
	{ "", "time:", 0, CLEARTEXT_UNKNOWN },
};

static struct cleartext_seen
read_sample(const struct sample *s, size_t cut)
{
	const size_t n = s->nheard == 0 ? strlen(s->heard) : s->nheard;
	struct cleartext_seen seen;
	struct cleartext_talk t;
	uint8_t *copy;

	/* In an allocation of its own size, for the sanitizers. */
	copy = malloc(n - cut + 1);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, s->heard, n - cut);
	t = (struct cleartext_talk){ (const uint8_t *)s->sent,
		s->sent[0] == '\x10' ? sizeof(CONNECT) - 1 : strlen(s->sent),
		copy, n - cut };
	cleartext_read(&t, &seen);
	free(copy);
	return seen;
}

static void
check_sample(const struct sample *s)
{
	struct cleartext_seen seen = read_sample(s, 0);

	ck_assert_msg(seen.kind == s->kind, "\"%s\" is %s, expected %s",
	    s->heard, cleartext_name(seen.kind), cleartext_name(s->kind));
}

START_TEST(a_service_is_recognised_by_what_it_says)
{
	check_sample(&samples[_i]);
}
END_TEST

START_TEST(what_only_looks_like_a_service_is_not_one)
{
	check_sample(&mimics[_i]);
	ck_assert(!cleartext_is_clear(mimics[_i].kind));
}
END_TEST

/* Cut anywhere: nothing is read beyond, and nothing becomes another service. */
START_TEST(a_service_cut_short_is_no_other_service)
{
	const struct sample *s = &samples[_i];
	const size_t n = s->nheard == 0 ? strlen(s->heard) : s->nheard;
	struct cleartext_seen seen;
	size_t cut;

	for (cut = 0; cut <= n; cut++) {
		seen = read_sample(s, cut);
		ck_assert_msg(!cleartext_is_clear(seen.kind) ||
			seen.kind == s->kind || s->kind == CLEARTEXT_WANTS_TLS,
		    "\"%.*s\" is %s", (int)(n - cut), s->heard,
		    cleartext_name(seen.kind));
	}
}
END_TEST

START_TEST(an_offer_of_tls_is_noted_and_changes_nothing)
{
	static const struct sample offers[] = {
		{ "EHLO x\r\n", "220 x ESMTP\r\n250-x\r\n250 STARTTLS\r\n", 0,
		    CLEARTEXT_SMTP },
		{ "FEAT\r\n",
		    "220 FTP\r\n211-Features:\r\n AUTH TLS\r\n211 End\r\n", 0,
		    CLEARTEXT_FTP },
		{ "CAPA\r\n", "+OK\r\n+OK\r\nSTLS\r\n.\r\n", 0,
		    CLEARTEXT_POP3 },
		{ "a1 CAPABILITY\r\n",
		    "* OK hi\r\n* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK\r\n",
		    0, CLEARTEXT_IMAP },
	};
	struct cleartext_seen seen = read_sample(&offers[_i], 0);

	ck_assert_int_eq(seen.kind, offers[_i].kind);
	ck_assert(seen.offers_tls);
	ck_assert(cleartext_is_clear(seen.kind));
}
END_TEST

START_TEST(a_redirect_to_https_is_noted_and_is_still_http)
{
	const struct sample s = { "GET / HTTP/1.1\r\n\r\n",
		"HTTP/1.1 302 Found\r\nlocation:https://x/\r\n\r\n", 0,
		CLEARTEXT_HTTP };
	struct cleartext_seen seen = read_sample(&s, 0);

	ck_assert_int_eq(seen.kind, CLEARTEXT_HTTP);
	ck_assert(seen.only_to_tls);
	ck_assert_uint_eq(seen.status, 302);
}
END_TEST

/* ---- datagrams ---- */

#define SYSDESCR \
	"0\x0e" \
	"0\x0c\x06\x08+\x06\x01\x02\x01\x01\x01\x00\x05\x00"

static enum cleartext_kind
read_datagram(const char *sent, size_t nsent, const char *heard, size_t nheard)
{
	const struct cleartext_talk t = { (const uint8_t *)sent, nsent,
		(const uint8_t *)heard, nheard };
	struct cleartext_seen seen;

	cleartext_read_udp(&t, &seen);
	return seen.kind;
}

START_TEST(snmp_is_told_by_version_and_by_being_an_answer)
{
	static const char get[] =
	    "0)\x02\x01\x00\x04\x06public\xa0\x1c\x02\x04"
	    "\x01\x02\x03\x04\x02\x01\x00\x02\x01\x00" SYSDESCR;
	char answer[sizeof(get)];
	size_t n = sizeof(get) - 1;

	memcpy(answer, get, sizeof(get));
	ck_assert_int_eq(
	    read_datagram(BYTES(get), answer, n), CLEARTEXT_UNKNOWN);
	answer[13] = '\xa2';
	ck_assert_int_eq(read_datagram(BYTES(get), answer, n), CLEARTEXT_SNMP1);
	answer[4] = 1;
	ck_assert_int_eq(
	    read_datagram(BYTES(get), answer, n), CLEARTEXT_SNMP2C);
	answer[4] = 2;
	ck_assert_int_eq(
	    read_datagram(BYTES(get), answer, n), CLEARTEXT_UNKNOWN);
	answer[4] = 1;
	answer[1] = 127; /* longer than it is */
	ck_assert_int_eq(
	    read_datagram(BYTES(get), answer, n), CLEARTEXT_UNKNOWN);
}
END_TEST

START_TEST(snmp3_is_not_clear_text)
{
	static const char report[] =
	    "0\x18\x02\x01\x03"
	    "0\x11\x02\x04\x01\x02\x03\x04\x02\x03\x00\xff\xe3\x04\x01\x00"
	    "\x02\x01\x03\x04\x00";

	ck_assert_int_eq(read_datagram("?", 1, BYTES(report)), CLEARTEXT_SNMP3);
	ck_assert_int_eq(
	    read_datagram(BYTES(report), BYTES(report)), CLEARTEXT_UNKNOWN);
	ck_assert(!cleartext_is_clear(CLEARTEXT_SNMP3));
}
END_TEST

START_TEST(tftp_is_an_answer_to_a_request)
{
	static const char rrq[] = "\0\1assay\0octet";
	static const char error[] = "\0\5\0\1File not found";
	static const char data[] = "\0\3\0\1hello";

	/* with their last NUL */
	ck_assert_int_eq(read_datagram(rrq, sizeof(rrq), error, sizeof(error)),
	    CLEARTEXT_TFTP);
	ck_assert_int_eq(
	    read_datagram(rrq, sizeof(rrq), BYTES(data)), CLEARTEXT_TFTP);
	ck_assert_int_eq(read_datagram(rrq, sizeof(rrq), rrq, sizeof(rrq)),
	    CLEARTEXT_UNKNOWN);
	ck_assert_int_eq(
	    read_datagram("?", 1, error, sizeof(error)), CLEARTEXT_UNKNOWN);
	ck_assert_int_eq(
	    read_datagram(rrq, sizeof(rrq), BYTES(error)), CLEARTEXT_UNKNOWN);
}
END_TEST

START_TEST(names_lead_back_to_their_kinds)
{
	int i;

	for (i = 0; i < CLEARTEXT_KINDS; i++)
		ck_assert_int_eq(cleartext_kind_named(
				     cleartext_name((enum cleartext_kind)i)),
		    i);
	ck_assert_int_eq(cleartext_kind_named("gopher"), -1);
}
END_TEST

START_TEST(an_excerpt_is_harmless_and_fits)
{
	char out[12];

	ck_assert_str_eq(cleartext_excerpt((const uint8_t *)"a\x1b[2J\r\nb", 8,
			     out, sizeof(out)),
	    "a\\x1b[2J");
	ck_assert_str_eq(cleartext_excerpt((const uint8_t *)"\xff\xff\xff\xff",
			     4, out, sizeof(out)),
	    "\\xff\\xff");
	ck_assert_str_eq(
	    cleartext_excerpt((const uint8_t *)"", 0, out, sizeof(out)), "");
}
END_TEST

/* An opener fits its room, and its echo is never taken for an answer. */
START_TEST(the_echo_of_an_opener_is_no_service)
{
	const struct cleartext_asker who = { 0x123456789abcdef0u,
		"2001:db8:1234:5678:9abc:def0:1234:5678" };
	const enum cleartext_opener opener = (enum cleartext_opener)_i;
	struct cleartext_seen seen;
	uint8_t out[CLEARTEXT_ASK_MAX];
	struct cleartext_talk t = { out, cleartext_ask(opener, &who, out), out,
		0 };

	ck_assert_uint_gt(t.nsent, 0);
	ck_assert_uint_le(t.nsent, sizeof(out));
	t.nheard = t.nsent;
	cleartext_read(&t, &seen);
	if (opener != CLEARTEXT_ASK_SSH1)
		ck_assert_int_eq(seen.kind, CLEARTEXT_UNKNOWN);
	cleartext_read_udp(&t, &seen);
	ck_assert_int_eq(seen.kind, CLEARTEXT_UNKNOWN);
}
END_TEST

/* ---- the interview ---- */

struct answer {
	enum cleartext_opener to;
	const char *heard;
	size_t nheard;
};

#define HELLO BYTES("\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03randomrandom")

/* A port that answers what is listed and is silent to the rest. */
static struct cleartext_interview
interview(const struct answer *answers, size_t n, const char *greeting)
{
	struct cleartext_interview i = cleartext_interview_begin(false);
	const struct cleartext_asker who = { 1, "10.0.0.2" };
	unsigned turns = 0;
	bool hear_first;
	size_t k;

	while (!i.over) {
		enum cleartext_opener opener =
		    cleartext_interview_asks(&i, &hear_first);
		uint8_t say[CLEARTEXT_ASK_MAX], heard[512];
		struct cleartext_talk t = { say,
			cleartext_ask(opener, &who, say), heard,
			strlen(greeting) };
		struct cleartext_seen seen;

		ck_assert_uint_lt(turns++, 12);
		ck_assert(!hear_first || greeting[0] != '\0');
		memcpy(heard, greeting, t.nheard);
		for (k = 0; k < n; k++)
			if (answers[k].to == opener) {
				memcpy(heard + t.nheard, answers[k].heard,
				    answers[k].nheard);
				t.nheard += answers[k].nheard;
			}
		cleartext_interview_heard(&i, &t, &seen);
	}
	return i;
}

START_TEST(a_silent_port_is_asked_everything_and_stays_silent)
{
	ck_assert_int_eq(interview(NULL, 0, "").kind, CLEARTEXT_SILENT);
}
END_TEST

START_TEST(a_greeter_that_goes_no_further_is_unidentified)
{
	ck_assert_int_eq(
	    interview(NULL, 0, "220 hello\r\n").kind, CLEARTEXT_UNKNOWN);
	ck_assert_int_eq(
	    interview(NULL, 0, "+OK hello\r\n").kind, CLEARTEXT_UNKNOWN);
	ck_assert_int_eq(
	    interview(NULL, 0, "Hello TCP!\n").kind, CLEARTEXT_UNKNOWN);
	ck_assert_int_eq(
	    interview(NULL, 0, "SSH-1.99-x\n").kind, CLEARTEXT_SSH_1_99);
}
END_TEST

START_TEST(a_greeting_is_asked_on_until_it_answers)
{
	static const struct answer ftp[] = { { CLEARTEXT_ASK_SMTP,
						 BYTES("500 what?\r\n") },
		{ CLEARTEXT_ASK_FTP, BYTES("211 nothing\r\n") } };
	static const struct answer imap[] = { { CLEARTEXT_ASK_IMAP,
	    BYTES("* CAPABILITY IMAP4rev1\r\na1 OK done\r\n") } };

	ck_assert_int_eq(
	    interview(ftp, 2, "220 hello\r\n").kind, CLEARTEXT_FTP);
	ck_assert_int_eq(
	    interview(imap, 1, "* OK hello\r\n").kind, CLEARTEXT_IMAP);
}
END_TEST

START_TEST(tls_alone_is_no_clear_text)
{
	static const struct answer only[] = { { CLEARTEXT_ASK_TLS, HELLO } };
	static const struct answer nginx[] = { { CLEARTEXT_ASK_TLS, HELLO },
		{ CLEARTEXT_ASK_HTTP,
		    BYTES("HTTP/1.1 400 Bad Request\r\n\r\nThe plain HTTP "
			  "request was sent to HTTPS port") } };
	static const struct answer redirects[] = { { CLEARTEXT_ASK_TLS, HELLO },
		{ CLEARTEXT_ASK_HTTP,
		    BYTES("HTTP/1.1 301 Moved\r\nLocation: "
			  "https://x/\r\n\r\n") } };

	ck_assert_int_eq(interview(only, 1, "").kind, CLEARTEXT_TLS);
	ck_assert_int_eq(interview(nginx, 2, "").kind, CLEARTEXT_TLS);
	ck_assert_int_eq(interview(redirects, 2, "").kind, CLEARTEXT_TLS);
}
END_TEST

START_TEST(http_beside_tls_on_one_port_is_found)
{
	static const struct answer both[] = { { CLEARTEXT_ASK_TLS, HELLO },
		{ CLEARTEXT_ASK_HTTP, BYTES("HTTP/1.1 200 OK\r\n\r\n") } };

	ck_assert_int_eq(interview(both, 2, "").kind, CLEARTEXT_HTTP);
}
END_TEST

/* It answers TLS's hello with an error of HTTP, and is then asked for more. */
START_TEST(http_alone_is_found_and_asked_properly)
{
	static const struct answer http[] = {
		{ CLEARTEXT_ASK_TLS,
		    BYTES("HTTP/1.1 400 Bad Request\r\n\r\n") },
		{ CLEARTEXT_ASK_HTTP,
		    BYTES("HTTP/1.1 302 Found\r\nLocation: "
			  "https://x/\r\n\r\n") }
	};
	struct cleartext_interview i = interview(http, 2, "");

	ck_assert_int_eq(i.kind, CLEARTEXT_HTTP);
	ck_assert(i.only_to_tls);
	i = interview(http, 1, "");
	ck_assert_int_eq(i.kind, CLEARTEXT_HTTP);
	ck_assert(!i.only_to_tls);
}
END_TEST

START_TEST(words_of_a_tls_port_without_tls_are_unidentified)
{
	static const struct answer says[] = { { CLEARTEXT_ASK_HTTP,
	    BYTES("HTTP/1.1 400 Bad Request\r\n\r\nClient sent an HTTP request "
		  "to an HTTPS server.\n") } };

	ck_assert_int_eq(interview(says, 1, "").kind, CLEARTEXT_UNKNOWN);
}
END_TEST

START_TEST(what_must_not_be_spoken_to_is_only_heard)
{
	struct cleartext_interview i = cleartext_interview_begin(true);
	const struct cleartext_talk nothing = { .nheard = 0 };
	const char *ftp = "220 hello\r\n";
	const struct cleartext_talk greeting = { .heard = (const uint8_t *)ftp,
		.nheard = strlen(ftp) };
	struct cleartext_seen seen;
	bool hear_first;

	ck_assert_int_eq(
	    cleartext_interview_asks(&i, &hear_first), CLEARTEXT_ASK_NOTHING);
	cleartext_interview_heard(&i, &nothing, &seen);
	ck_assert(i.over);
	ck_assert_int_eq(i.kind, CLEARTEXT_SILENT);
	i = cleartext_interview_begin(true);
	cleartext_interview_heard(&i, &greeting, &seen);
	ck_assert(i.over);
	ck_assert_int_eq(i.kind, CLEARTEXT_UNKNOWN);
}
END_TEST

/* Of a server that looks up a name before it greets. */
START_TEST(a_late_greeting_is_waited_for_once_nothing_else_was_answered)
{
	struct cleartext_interview i = cleartext_interview_begin(false);
	const char *late = "220 hello\r\n";
	const struct cleartext_talk nothing = { .nheard = 0 };
	const struct cleartext_talk greeting = { .heard = (const uint8_t *)late,
		.nheard = strlen(late) };
	struct cleartext_seen seen;
	bool hear_first, brief;
	unsigned listened = 0;

	while (!i.over) {
		brief = cleartext_interview_listens_briefly(&i);
		if (cleartext_interview_asks(&i, &hear_first) !=
		    CLEARTEXT_ASK_NOTHING) {
			ck_assert(!brief);
			cleartext_interview_heard(&i, &nothing, &seen);
			continue;
		}
		ck_assert_int_eq(brief, listened == 0);
		if (listened++ == 1)
			break;
		cleartext_interview_heard(&i, &nothing, &seen);
	}
	ck_assert(!i.over);
	cleartext_interview_heard(&i, &greeting, &seen);
	ck_assert(!i.over);
	ck_assert_int_eq(
	    cleartext_interview_asks(&i, &hear_first), CLEARTEXT_ASK_SMTP);
	ck_assert(hear_first);
}
END_TEST

static TCase *
interviews(void)
{
	TCase *c = tcase_create("the interview");

	tcase_add_test(c, a_silent_port_is_asked_everything_and_stays_silent);
	tcase_add_test(c, a_greeter_that_goes_no_further_is_unidentified);
	tcase_add_test(c, a_greeting_is_asked_on_until_it_answers);
	tcase_add_test(c, tls_alone_is_no_clear_text);
	tcase_add_test(c, http_beside_tls_on_one_port_is_found);
	tcase_add_test(c, http_alone_is_found_and_asked_properly);
	tcase_add_test(c, words_of_a_tls_port_without_tls_are_unidentified);
	tcase_add_test(c, what_must_not_be_spoken_to_is_only_heard);
	tcase_add_test(
	    c, a_late_greeting_is_waited_for_once_nothing_else_was_answered);
	return c;
}

int
main(void)
{
	Suite *s = suite_create("cleartext");
	TCase *c = tcase_create("recognisers");
	SRunner *r;
	int failed;

	tcase_add_loop_test(c, a_service_is_recognised_by_what_it_says, 0,
	    (int)(sizeof(samples) / sizeof(samples[0])));
	tcase_add_loop_test(c, what_only_looks_like_a_service_is_not_one, 0,
	    (int)(sizeof(mimics) / sizeof(mimics[0])));
	tcase_add_loop_test(c, a_service_cut_short_is_no_other_service, 0,
	    (int)(sizeof(samples) / sizeof(samples[0])));
	tcase_add_loop_test(
	    c, an_offer_of_tls_is_noted_and_changes_nothing, 0, 4);
	tcase_add_test(c, a_redirect_to_https_is_noted_and_is_still_http);
	tcase_add_test(c, snmp_is_told_by_version_and_by_being_an_answer);
	tcase_add_test(c, snmp3_is_not_clear_text);
	tcase_add_test(c, tftp_is_an_answer_to_a_request);
	tcase_add_test(c, names_lead_back_to_their_kinds);
	tcase_add_test(c, an_excerpt_is_harmless_and_fits);
	tcase_add_loop_test(c, the_echo_of_an_opener_is_no_service,
	    CLEARTEXT_ASK_TLS, CLEARTEXT_ASK_SNMP3 + 1);
	suite_add_tcase(s, c);
	suite_add_tcase(s, interviews());
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
