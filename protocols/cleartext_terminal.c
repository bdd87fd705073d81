/*
 * cleartext_terminal: telnet, SSH and VNC, whose servers speak first.
 */
#include "protocols/bytes.h"
#include "protocols/cleartext_kinds.h"
#include "protocols/cleartext_lines.h"

enum telnet {
	IAC = 255,
	DONT = 254,
	WILL = 251,
	SB = 250,
	SE = 240,
	OPTION_MAX = 49, /* the IANA's list, but for three of 1995 */
	SUPPRESS_GO_AHEAD = 3,
};

/* At an IAC: the size of the command there; 0 when it is none, or cut off. */
static size_t
command_size(const uint8_t *p, size_t n)
{
	size_t i;

	if (n < 2)
		return 0;
	if (p[1] >= WILL && p[1] <= DONT)
		return n >= 3 && p[2] <= OPTION_MAX ? 3 : 0;
	if (p[1] != SB)
		return p[1] >= SE ? 2 : 0;
	for (i = 3; i + 1 < n; i++)
		if (p[i] == IAC && p[i + 1] == SE)
			return p[2] <= OPTION_MAX ? i + 2 : 0;
	return 0;
}

/* An echo gives back what was sent; a telnet answers it (RFC 854, 855). */
static bool
is_echo(const struct cleartext_talk *t)
{
	return t->nsent > 0 && t->nheard >= t->nsent &&
	    memcmp(t->heard, t->sent, t->nsent) == 0;
}

/* Every IAC begins a command, and at least one negotiates. */
static bool
negotiates(const struct cleartext_talk *t)
{
	size_t i = 0, size;
	bool some = false;

	while (i < t->nheard) {
		if (t->heard[i] != IAC) {
			i++;
			continue;
		}
		size = command_size(t->heard + i, t->nheard - i);
		if (size == 0)
			return some && t->nheard - i < 3; /* cut off */
		some = some || size >= 3;
		i += size;
	}
	return some;
}

static bool
is_text(const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((p[i] < 0x20 || p[i] > 0x7e) && p[i] != '\r' &&
		    p[i] != '\n' && p[i] != '\t' && p[i] != 0x1b && p[i] != 0)
			return false;
	return true;
}

/* A prompt for a name or a password: telnet without options (RFC 854 asks
 * for none). */
static bool
prompts(const struct cleartext_talk *t)
{
	const uint8_t *p = t->heard;
	size_t left = t->nheard, n;
	struct line l;

	if (left == 0 || !is_text(p, left))
		return false;
	do
		(void)line_next(&p, &left, &l);
	while (left > 0);
	n = l.n;
	while (n > 0 && l.p[n - 1] == ' ')
		n--;
	return !l.whole && n > 0 && l.p[n - 1] == ':' &&
	    (line_has(l.p, n, "login:") || line_has(l.p, n, "username:") ||
		line_has(l.p, n, "user name:") ||
		line_has(l.p, n, "password:"));
}

bool
cleartext_read_telnet(
    const struct cleartext_talk *t, struct cleartext_seen *seen)
{
	if (is_echo(t) || (!negotiates(t) && !prompts(t)))
		return false;
	seen->kind = CLEARTEXT_TELNET;
	return true;
}

bool
cleartext_read_vnc(const struct cleartext_talk *t, struct cleartext_seen *seen)
{
	static const char form[] = "RFB ddd.ddd\n";
	size_t i;

	if (t->nheard < 12)
		return false;
	for (i = 0; i < 12; i++)
		if (form[i] == 'd' ? !line_is_digit(t->heard[i])
				   : t->heard[i] != (uint8_t)form[i])
			return false;
	seen->kind = CLEARTEXT_VNC;
	return true;
}

/* SSH 1.5's first packet: u32 length, padding to eight, type 2 is
 * SMSG_PUBLIC_KEY.  From a server that offers 1.99 and was asked for 1.5. */
static bool
is_ssh1_key(const uint8_t *p, size_t n)
{
	struct reader r = reader_over(p, n);
	uint32_t size = reader_u32(&r);

	(void)reader_take(&r, 8 - size % 8);
	return reader_u8(&r) == 2 && !r.bad && size >= 16 && size <= 4096;
}

/* "SSH-", a version of digits and dots, "-"; its size, or 0. */
static size_t
version_size(const struct line *l)
{
	size_t n = 0;

	if (l->n < 4 || memcmp(l->p, "SSH-", 4) != 0)
		return 0;
	while (
	    4 + n < l->n && (line_is_digit(l->p[4 + n]) || l->p[4 + n] == '.'))
		n++;
	return 4 + n < l->n && l->p[4 + n] == '-' ? n : 0;
}

static bool
is_version(const struct line *l, size_t n, const char *version)
{
	return n == strlen(version) && memcmp(l->p + 4, version, n) == 0;
}

/* The version's line may come after others (RFC 4253 section 4.2). */
bool
cleartext_read_ssh(const struct cleartext_talk *t, struct cleartext_seen *seen)
{
	const uint8_t *p = t->heard;
	size_t left = t->nheard, n;
	struct line l;

	do {
		if (!line_next(&p, &left, &l) || !is_text(l.p, l.n))
			return false;
		n = version_size(&l);
	} while (n == 0);
	if (is_version(&l, n, "2.0"))
		seen->kind = CLEARTEXT_SSH2;
	else if (!is_version(&l, n, "1.99"))
		seen->kind = n > 2 && memcmp(l.p + 4, "1.", 2) == 0
		    ? CLEARTEXT_SSH1
		    : CLEARTEXT_UNKNOWN;
	else if (line_begins(t->sent, t->nsent, "ssh-1.5-") &&
	    is_ssh1_key(p, left))
		seen->kind = CLEARTEXT_SSH1;
	else
		seen->kind = CLEARTEXT_SSH_1_99;
	return true;
}
