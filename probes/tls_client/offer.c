/*
 * offer: what a device offers as a client, by its ClientHello.
 *
 * Weak is what RFC 9325 says must not be negotiated: versions before TLS 1.2
 * (section 3.1.1), no encryption, RC4, less than 112 bits, nobody signed for
 * (section 4.1).  Of a client that sends no supported_versions only the highest
 * is known; whether it takes an older one is tried.
 */
#include <stdio.h>
#include <string.h>

#include "probes/tls_client/parts.h"
#include "protocols/tls_client_hello.h"
#include "protocols/tls_hello.h"
#include "protocols/tls_names.h"
#include "protocols/tls_record.h"

struct text {
	char p[CLIENT_VALUE_MAX];
	size_t n;
};

static void
append(struct text *t, const char *word)
{
	const int n = snprintf(t->p + t->n, sizeof(t->p) - t->n, "%s%s",
	    t->n > 0 ? " " : "", word);

	if (n > 0 && (size_t)n < sizeof(t->p) - t->n)
		t->n += (size_t)n;
	else
		t->p[t->n] = '\0'; /* what does not fit is left out whole */
}

static void
append_number(struct text *t, const char *prefix, uint16_t number)
{
	char word[32];

	snprintf(word, sizeof(word), "%s0x%04x", prefix, number);
	append(t, word);
}

static bool
is_signal(uint16_t suite)
{
	return suite == TLS_SUITE_RENEGOTIATION_SCSV ||
	    suite == TLS_SUITE_FALLBACK_SCSV || tls_is_grease(suite);
}

static bool
is_weak(const struct tls_suite *s)
{
	return s->is_export || s->is_rc4 || s->is_anonymous ||
	    s->mode == TLS_MODE_NULL || s->bits < 112;
}

bool
client_offers(const uint8_t *body, size_t n, uint16_t version)
{
	struct tls_client_hello hello;
	struct tls_suite suite;
	bool has = false;
	size_t i;

	if (tls_client_hello_read(&hello, body, n) == -1)
		return false;
	if (hello.versions.p == NULL)
		has = hello.legacy_version >= version;
	for (i = 0; hello.versions.p != NULL && i < hello.versions.n / 2; i++)
		has |= tls_list_at(hello.versions, i) == version;
	if (!has || version > TLS_11)
		return has;
	for (i = 0; i < hello.suites.n / 2; i++)
		if (!is_signal(tls_list_at(hello.suites, i)) &&
		    tls_suite_of(tls_list_at(hello.suites, i), &suite) &&
		    !suite.is_13 && !suite.needs_12)
			return true;
	return false;
}

static void
add_versions(
    const struct tls_client_hello *hello, struct text *all, struct text *weak)
{
	uint16_t v;
	size_t i;

	if (hello->versions.p == NULL) {
		append(all, "up to");
		append(all, tls_version_name(hello->legacy_version));
		if (hello->legacy_version < TLS_12)
			append(weak, tls_version_name(hello->legacy_version));
		return;
	}
	for (i = 0; i < hello->versions.n / 2; i++) {
		v = tls_list_at(hello->versions, i);
		if (tls_is_grease(v))
			continue;
		append(all, tls_version_name(v));
		if (v < TLS_12)
			append(weak, tls_version_name(v));
	}
}

static void
add_suites(
    const struct tls_client_hello *hello, struct text *all, struct text *weak)
{
	struct tls_suite suite;
	uint16_t id;
	size_t i;

	for (i = 0; i < hello->suites.n / 2; i++) {
		id = tls_list_at(hello->suites, i);
		if (is_signal(id))
			continue;
		append_number(all, "", id);
		if (tls_suite_of(id, &suite) && is_weak(&suite))
			append(weak, suite.name);
	}
}

bool
client_asks_status(const uint8_t *body, size_t n)
{
	struct tls_client_hello hello;

	return tls_client_hello_read(&hello, body, n) == 0 &&
	    hello.status_request;
}

static void
add_rest(const struct tls_client_hello *hello, struct text *t)
{
	const struct tls_group *group;
	uint16_t id;
	size_t i;

	if (hello->host.p != NULL)
		append(t, "server_name");
	if (hello->alpn.p != NULL)
		append(t, "alpn");
	if (hello->extended_master_secret)
		append(t, "extended_master_secret");
	if (hello->status_request)
		append(t, "status_request");
	if (hello->psk)
		append(t, "psk");
	for (i = 0; i < hello->groups.n / 2; i++) {
		id = tls_list_at(hello->groups, i);
		group = tls_group_of(id);
		if (group != NULL)
			append(t, group->name);
		else if (!tls_is_grease(id))
			append_number(t, "group ", id);
	}
	for (i = 0; i < hello->signatures.n / 2; i++)
		append_number(
		    t, "signature ", tls_list_at(hello->signatures, i));
}

void
client_observe_offer(struct assay_job *job, const struct assay_call *call,
    const char *place, const struct assay_frames *f)
{
	struct text versions = { .n = 0 }, suites = { .n = 0 };
	struct text weak = { .n = 0 }, rest = { .n = 0 };
	struct {
		const char *field;
		const struct text *text;
	} told[] = { { "offer.versions", &versions },
		{ "offer.suites", &suites }, { "offer.weak", &weak },
		{ "offer.rest", &rest } };
	char value[CLIENT_PLACE_MAX + CLIENT_VALUE_MAX];
	struct tls_client_hello hello;
	size_t i;

	if (tls_client_hello_read(&hello, call->hello, call->nhello) == -1)
		return;
	add_versions(&hello, &versions, &weak);
	add_suites(&hello, &suites, &weak);
	add_rest(&hello, &rest);
	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		snprintf(value, sizeof(value), "%s %s", place, told[i].text->p);
		assay_observe_on(job, ASSAY_ON(call->from, call->to_port),
		    told[i].field, ASSAY_STRING(value), f, 1);
	}
}
