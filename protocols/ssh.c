/*
 * ssh: asking a server for its host key, before anybody logs in.
 */
#include "protocols/ssh.h"

#include <string.h>

#include "protocols/bytes.h"

#define MSG_KEXINIT 20
#define MSG_KEX_ECDH_INIT 30
#define MSG_KEX_ECDH_REPLY 31
#define COOKIE_SIZE 16
#define PUBLIC_SIZE 32 /* of X25519; any such number is a public value */
#define PACKET_MAX 35000
#define LINES_MAX 32
#define BLOCK 8

static const char hello[] = "SSH-2.0-assay\r\n";

/* Each kind's list, from both sides' point of view: one host key is enough, so
 * those come first that a device is likeliest to have of its own. */
static const char *const lists[] = {
	"curve25519-sha256,curve25519-sha256@libssh.org",
	"ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256,ssh-rsa",
	"aes128-ctr,chacha20-poly1305@openssh.com",
	"aes128-ctr,chacha20-poly1305@openssh.com",
	"hmac-sha2-256,hmac-sha1",
	"hmac-sha2-256,hmac-sha1",
	"none",
	"none",
	"",
	"",
};

static size_t
put_bytes(uint8_t *out, uint64_t chance, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) { /* Knuth's linear congruence */
		chance = chance * UINT64_C(6364136223846793005) +
		    UINT64_C(1442695040888963407);
		out[i] = (uint8_t)(chance >> 56);
	}
	return n;
}

static size_t
put_text(uint8_t *out, const char *text)
{
	size_t n;

	for (n = 0; text[n] != '\0'; n++)
		out[4 + n] = (uint8_t)text[n];
	put_u32(out, (uint32_t)n);
	return n + 4;
}

/* The payload lies behind the 5 bytes before it; they and the padding follow.
 */
static size_t
end_packet(uint8_t *packet, size_t payload)
{
	size_t padding = BLOCK - (payload + 5) % BLOCK;

	if (padding < 4)
		padding += BLOCK;
	put_u32(packet, (uint32_t)(1 + payload + padding));
	packet[4] = (uint8_t)padding;
	memset(packet + 5 + payload, 0, padding);
	return 5 + payload + padding;
}

size_t
ssh_ask_host_key(uint64_t chance, uint8_t *out)
{
	uint8_t *packet = out + sizeof(hello) - 1;
	size_t n = 5, i;

	memcpy(out, hello, sizeof(hello) - 1);
	packet[n++] = MSG_KEXINIT;
	n += put_bytes(packet + n, chance, COOKIE_SIZE);
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		n += put_text(packet + n, lists[i]);
	memset(packet + n, 0, 5); /* nothing follows by guess; reserved */
	n += 5;
	packet += end_packet(packet, n - 5);
	packet[5] = MSG_KEX_ECDH_INIT;
	put_u32(packet + 6, PUBLIC_SIZE);
	put_bytes(packet + 10, ~chance, PUBLIC_SIZE);
	packet += end_packet(packet, 5 + PUBLIC_SIZE);
	return (size_t)(packet - out);
}

/* Behind its version; lines before that are allowed. */
static bool
skip_version(struct reader *r)
{
	const uint8_t *end;
	bool is_version;
	int lines;

	for (lines = 0; lines < LINES_MAX; lines++) {
		end = memchr(r->p, '\n', reader_left(r));
		if (end == NULL)
			return false;
		is_version =
		    reader_left(r) >= 4 && memcmp(r->p, "SSH-", 4) == 0;
		reader_take(r, (size_t)(end - r->p) + 1);
		if (is_version)
			return true;
	}
	return false;
}

bool
ssh_host_key(const uint8_t *heard, size_t n, struct ssh_host_key *key)
{
	struct reader r = reader_over(heard, n), packet;
	const uint8_t *p;
	uint32_t size;
	uint8_t padding;

	if (n == 0 || !skip_version(&r))
		return false;
	while (reader_left(&r) >= 6) {
		size = reader_u32(&r);
		p = size > PACKET_MAX ? NULL : reader_take(&r, size);
		if (p == NULL)
			return false;
		packet = reader_over(p, size);
		padding = reader_u8(&packet);
		if (reader_u8(&packet) != MSG_KEX_ECDH_REPLY)
			continue;
		size = reader_u32(&packet);
		p = size > SSH_KEY_MAX || size < 8 ? NULL
						   : reader_take(&packet, size);
		if (p == NULL || reader_left(&packet) < padding)
			return false;
		*key = (struct ssh_host_key){ p, size };
		return true;
	}
	return false;
}
