/*
 * offer: a ClientHello as observations, each offer once.
 *
 * Lists say numbers, and names behind them as long as they fit: judge goes by
 * the numbers.
 */
#include <stdio.h>
#include <string.h>

#include "probes/tls_passive/parts.h"
#include "protocols/tls_client_hello.h"
#include "protocols/tls_hello.h"
#include "protocols/tls_names.h"

struct texts {
	char versions[256], suites[PASSIVE_TEXT_MAX], groups[PASSIVE_TEXT_MAX];
	char signatures[PASSIVE_TEXT_MAX], alpn[512], options[256];
};

static uint64_t
hash_of(uint64_t h, const char *text)
{
	for (; *text != '\0'; text++)
		h = (h ^ (uint8_t)*text) * UINT64_C(1099511628211);
	return (h ^ 0x100) * UINT64_C(1099511628211);
}

/* False: there is no room for all of it. */
static bool
append(char *out, size_t size, const char *word)
{
	const size_t used = strlen(out), n = strlen(word);

	if (used + n + 1 + sizeof(PASSIVE_MORE) + 1 > size) {
		if (used < sizeof(PASSIVE_MORE) ||
		    strcmp(out + used - (sizeof(PASSIVE_MORE) - 1),
			PASSIVE_MORE) != 0)
			snprintf(out + used, size - used, "%s%s",
			    used > 0 ? " " : "", PASSIVE_MORE);
		return false;
	}
	snprintf(out + used, size - used, "%s%s", used > 0 ? " " : "", word);
	return true;
}

static const char *
suite_name(uint16_t id, char *room, size_t size)
{
	struct tls_suite suite;

	if (!tls_suite_of(id, &suite))
		return NULL;
	snprintf(room, size, "%s", suite.name);
	return room;
}

static const char *
group_name(uint16_t id, char *room, size_t size)
{
	const struct tls_group *g = tls_group_of(id);

	(void)room;
	(void)size;
	return g == NULL ? NULL : g->name;
}

static const char *
signature_name(uint16_t id, char *room, size_t size)
{
	const struct tls_signature *s = tls_signature_of(id);

	(void)room;
	(void)size;
	return s == NULL ? NULL : s->name;
}

/* "0x1301 TLS_AES_128_GCM_SHA256 0x1302 …", or the numbers alone. */
static void
put_list(char *out, size_t size, struct tls_span list,
    const char *(*name_of)(uint16_t, char *, size_t))
{
	char word[96], room[80];
	bool fits, named = true;
	const char *name;
	uint16_t id;
	size_t i;

	do {
		fits = true;
		out[0] = '\0';
		for (i = 0; i < list.n / 2 && fits; i++) {
			id = tls_list_at(list, i);
			if (tls_is_grease(id))
				continue;
			name = named ? name_of(id, room, sizeof(room)) : NULL;
			snprintf(word, sizeof(word), "0x%04x%s%s", id,
			    name != NULL ? " " : "", name != NULL ? name : "");
			fits = append(out, size, word);
		}
		named = !named;
	} while (!fits && !named);
}

/* "up to": by its hello alone nobody knows what is the least. */
static void
put_versions(char *out, size_t size, const struct tls_client_hello *hello)
{
	char word[16];
	uint16_t v;
	size_t i;

	out[0] = '\0';
	if (hello->versions.n == 0) {
		snprintf(out, size, "up to 0x%04x", hello->best_version);
		return;
	}
	for (i = 0; i < hello->versions.n / 2; i++) {
		v = tls_list_at(hello->versions, i);
		if (tls_is_grease(v))
			continue;
		snprintf(word, sizeof(word), "0x%04x", v);
		if (!append(out, size, word))
			return;
	}
}

/* What the device says, printable. */
static void
put_alpn(char *out, size_t size, struct tls_span alpn)
{
	char word[256];
	size_t at = 0, n, i;

	out[0] = '\0';
	while (at < alpn.n) {
		n = alpn.p[at++];
		if (n > alpn.n - at)
			return;
		for (i = 0; i < n; i++)
			word[i] = alpn.p[at + i] > ' ' && alpn.p[at + i] < 127
			    ? (char)alpn.p[at + i]
			    : '?';
		word[n] = '\0';
		at += n;
		if (!append(out, size, word))
			return;
	}
}

static bool
compresses(const struct tls_client_hello *hello)
{
	size_t i;

	for (i = 0; i < hello->compressions.n; i++)
		if (hello->compressions.p[i] != 0)
			return true;
	return false;
}

static void
put_options(char *out, size_t size, const struct tls_client_hello *hello)
{
	const struct {
		bool is_there;
		const char *word;
	} options[] = {
		{ hello->host.p != NULL, "server_name" },
		{ hello->extended_master_secret, "extended_master_secret" },
		{ hello->renegotiation_info ||
			tls_client_hello_offers(
			    hello, TLS_SUITE_RENEGOTIATION_SCSV),
		    "renegotiation_info" },
		{ hello->encrypt_then_mac, "encrypt_then_mac" },
		{ hello->status_request, "status_request" },
		{ hello->ticket.p != NULL, "session_ticket" },
		{ hello->psk, "pre_shared_key" },
		{ hello->early_data, "early_data" },
		{ hello->heartbeat, "heartbeat" },
		{ compresses(hello), "compression" },
		{ tls_client_hello_offers(hello, TLS_SUITE_FALLBACK_SCSV),
		    "fallback" },
	};
	size_t i;

	out[0] = '\0';
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].is_there)
			(void)append(out, size, options[i].word);
}

/* "3 0x1301 …": of offer 3. */
static void
observe(struct assay_job *job, size_t number, const char *field,
    const char *text, const struct assay_frames *frames)
{
	char said[PASSIVE_TEXT_MAX + 32];

	snprintf(said, sizeof(said), "%zu%s%s", number,
	    text[0] != '\0' ? " " : "", text);
	(void)assay_observe_on(job, ASSAY_ON(NULL, 0), field,
	    ASSAY_STRING(said), frames, frames != NULL ? 1 : 0);
}

static size_t
tell_texts(struct assay_job *job, const struct texts *t, const char *to,
    const struct assay_frames *frames)
{
	struct passive *s = assay_state(job);
	uint64_t h = hash_of(UINT64_C(14695981039346656037), to);
	size_t i;

	h = hash_of(hash_of(h, t->versions), t->suites);
	h = hash_of(hash_of(h, t->groups), t->signatures);
	h = hash_of(hash_of(h, t->alpn), t->options);
	for (i = 0; i < s->noffers; i++)
		if (s->offers[i] == h)
			return i + 1;
	if (s->noffers == PASSIVE_OFFERS_MAX) {
		s->overflowed = true;
		return 0;
	}
	s->offers[s->noffers++] = h;
	observe(job, s->noffers, "offer", to, frames);
	observe(job, s->noffers, "offer.versions", t->versions, frames);
	observe(job, s->noffers, "offer.suites", t->suites, frames);
	observe(job, s->noffers, "offer.groups", t->groups, frames);
	observe(job, s->noffers, "offer.signatures", t->signatures, frames);
	observe(job, s->noffers, "offer.alpn", t->alpn, frames);
	observe(job, s->noffers, "offer.options", t->options, frames);
	return s->noffers;
}

size_t
passive_tell_offer(struct assay_job *job, const struct tls_client_hello *hello,
    const char *to, const struct assay_frames *frames)
{
	struct texts t;

	put_versions(t.versions, sizeof(t.versions), hello);
	put_list(t.suites, sizeof(t.suites), hello->suites, suite_name);
	put_list(t.groups, sizeof(t.groups), hello->groups, group_name);
	put_list(t.signatures, sizeof(t.signatures), hello->signatures,
	    signature_name);
	put_alpn(t.alpn, sizeof(t.alpn), hello->alpn);
	put_options(t.options, sizeof(t.options), hello);
	return tell_texts(job, &t, to, frames);
}

size_t
passive_tell_old_offer(struct assay_job *job, uint16_t version,
    struct tls_span kinds, const char *to, const struct assay_frames *frames)
{
	char word[80];
	const char *name;
	uint32_t kind;
	struct texts t;
	size_t i;

	memset(&t, 0, sizeof(t));
	snprintf(t.versions, sizeof(t.versions), "0x0002 0x%04x", version);
	for (i = 0; i + 3 <= kinds.n; i += 3) {
		kind = (uint32_t)kinds.p[i] << 16 |
		    (uint32_t)kinds.p[i + 1] << 8 | kinds.p[i + 2];
		name = tls_ssl2_kind_name(kind);
		if (kind <= UINT16_MAX)
			snprintf(word, sizeof(word), "0x%04x", kind);
		else
			snprintf(word, sizeof(word), "0x%06x%s%s", kind,
			    name != NULL ? " " : "", name != NULL ? name : "");
		if (!append(t.suites, sizeof(t.suites), word))
			break;
	}
	return tell_texts(job, &t, to, frames);
}

void
passive_tell(struct assay_job *job, uint16_t port, const char *field,
    const char *text, const struct assay_frames *frames)
{
	struct passive *s = assay_state(job);
	char number[8];
	uint64_t h;
	size_t i;

	snprintf(number, sizeof(number), "%u", port);
	h = hash_of(UINT64_C(14695981039346656037), field);
	h = hash_of(hash_of(h, text), number);
	for (i = 0; i < s->ntold; i++)
		if (s->told[i] == h)
			return;
	if (s->ntold == PASSIVE_TOLD_MAX) {
		s->overflowed = true;
		return;
	}
	s->told[s->ntold++] = h;
	(void)assay_observe_on(
	    job, ASSAY_ON(NULL, port), field, ASSAY_STRING(text), frames, 1);
}
