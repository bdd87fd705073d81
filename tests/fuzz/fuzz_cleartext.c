/*
 * fuzz_cleartext: any bytes as both sides of a conversation.
 *
 * The first byte says by what they are read, the next two how many of the rest
 * the client said.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "protocols/cleartext.h"
#include "protocols/cleartext_interview.h"
#include "protocols/packet.h"
#include "protocols/tcp_talks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct cleartext_talk
split(const uint8_t *data, size_t size)
{
	size_t n = (size_t)(data[0] << 8 | data[1]);
	struct cleartext_talk t;

	data += 2;
	size -= 2;
	if (n > size)
		n = size;
	t = (struct cleartext_talk){ data, n, data + n, size - n };
	return t;
}

/* Whatever a port says, its interview comes to an end. */
static void
interview(const struct cleartext_talk *t)
{
	struct cleartext_interview i = cleartext_interview_begin(false);
	struct cleartext_seen seen;
	unsigned turns = 0;
	bool hear_first;

	while (!i.over) {
		(void)cleartext_interview_asks(&i, &hear_first);
		cleartext_interview_heard(&i, t, &seen);
		if (++turns > 16)
			abort();
	}
	if (cleartext_kind_named(cleartext_name(i.kind)) != (int)i.kind)
		abort();
}

/* Frames, each behind its size in one byte. */
static void
talks(const uint8_t *data, size_t size)
{
	struct tcp_talks *s = calloc(1, sizeof(*s));
	const struct tcp_talk *t;
	struct packet p;
	size_t n;

	if (s == NULL)
		abort();
	for (; size > 0; data += n, size -= n) {
		n = *data++;
		size--;
		if (n > size)
			n = size;
		if (packet_dissect(&p, data, n) == -1)
			continue;
		t = tcp_talks_take(s, &p);
		if (t != NULL &&
		    (t->heard.n > TCP_TALKS_BYTES ||
			t->sent.n > TCP_TALKS_BYTES))
			abort();
	}
	free(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cleartext_talk t;
	struct cleartext_seen seen;
	char text[40];

	if (size < 3)
		return 0;
	if (data[0] % 4 == 3) {
		talks(data + 1, size - 1);
		return 0;
	}
	t = split(data + 1, size - 1);
	if (data[0] % 4 == 0)
		cleartext_read(&t, &seen);
	else if (data[0] % 4 == 1)
		cleartext_read_udp(&t, &seen);
	else
		interview(&t);
	if (strlen(cleartext_excerpt(t.heard, t.nheard, text, sizeof(text))) >=
	    sizeof(text))
		abort();
	return 0;
}
