/*
 * observe: what a certificate says, as typed observations.
 *
 * Words of the device's reach texts only as printable ASCII without blanks, so
 * that judge can take a list of them apart again.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "probes/tls_certificate/parts.h"
#include "protocols/x509.h"

struct list { /* words with a blank between them */
	char text[CERTIFICATE_NAMES_MAX];
	size_t used;
	bool is_full;
};

/* What does not fit is told, and is the end. */
static void
add(struct list *l, const char *prefix, const char *word)
{
	const char *blank = l->used == 0 ? "" : " ";
	const size_t n = strlen(blank) + strlen(prefix) + strlen(word);

	if (l->is_full)
		return;
	l->is_full =
	    l->used + n + sizeof(" " CERTIFICATE_MORE) > sizeof(l->text);
	snprintf(l->text + l->used, sizeof(l->text) - l->used, "%s%s%s", blank,
	    l->is_full ? "" : prefix, l->is_full ? CERTIFICATE_MORE : word);
	l->used += n;
}

static void
add_name(struct list *l, const struct x509_name *name)
{
	char word[256];
	size_t i;

	if (name->kind == X509_NAME_ADDRESS) {
		inet_ntop(name->value.n == 4 ? AF_INET : AF_INET6,
		    name->value.p, word, sizeof(word));
		add(l, "IP:", word);
		return;
	}
	for (i = 0; i < name->value.n && i < sizeof(word) - 1; i++)
		word[i] = name->value.p[i] > ' ' && name->value.p[i] <= '~'
		    ? (char)name->value.p[i]
		    : '?';
	word[i] = '\0';
	add(l, name->kind == X509_NAME_DNS ? "DNS:" : "CN:", word);
}

static void
list_names(struct list *l, const struct x509 *x)
{
	struct x509_name name;
	size_t at = 0;

	while (!l->is_full && x509_next_name(x, &at, &name))
		add_name(l, &name);
}

static void
list_usage(struct list *l, const struct x509 *x)
{
	static const char *const words[] = { "digitalSignature",
		"nonRepudiation", "keyEncipherment", "dataEncipherment",
		"keyAgreement", "keyCertSign", "cRLSign", "encipherOnly",
		"decipherOnly" };
	size_t i;

	if (!x->has_key_usage)
		add(l, "", "unrestricted");
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if ((x->key_usage & 1u << i) != 0)
			add(l, "", words[i]);
}

static void
list_purposes(struct list *l, const struct x509 *x)
{
	static const char *const words[] = { "any", "servers", "clients",
		"other" };
	size_t i;

	if (!x->has_purposes)
		add(l, "", "unrestricted");
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if ((x->purposes & 1u << i) != 0)
			add(l, "", words[i]);
}

/* Whoever doubts what came encrypted can read the frames with these. */
static void
observe_keys(struct assay_job *job, struct assay_subject on, const char *lines,
    const struct assay_frames *f)
{
	char keys[2048];
	size_t i;

	snprintf(keys, sizeof(keys), "%s", lines);
	for (i = 0; keys[i] != '\0'; i++)
		if (keys[i] == '\n')
			keys[i] = ';';
	if (keys[0] != '\0')
		assay_observe_on(job, on, "tls.keys", ASSAY_STRING(keys), f, 1);
}

bool
certificate_observe(
    struct assay_job *job, uint16_t port, const struct assay_talked *talked)
{
	struct certificate_state *s = assay_state(job);
	const struct assay_subject on = ASSAY_ON(s->target, port);
	const struct assay_frames f = assay_frames_of(ASSAY_TCP, s->target,
	    talked->local_port, port, "shows its certificate");
	struct list names = { .used = 0 }, usage = names, purposes = names;
	struct x509 x;
	size_t i;

	if (s->ncertificates == CERTIFICATES_MAX ||
	    x509_read(&x, talked->tls.certificate, talked->tls.ncertificate) ==
		-1)
		return false;
	s->ncertificates++;
	list_names(&names, &x);
	list_usage(&usage, &x);
	list_purposes(&purposes, &x);
	const struct {
		const char *field;
		struct assay_value value;
	} facts[] = {
		{ "tls.version", ASSAY_STRING(talked->tls.version) },
		{ "certificate.not_before",
		    { .type = ASSAY_TYPE_I64, .i64 = x.not_before_s } },
		{ "certificate.not_after",
		    { .type = ASSAY_TYPE_I64, .i64 = x.not_after_s } },
		{ "certificate.names", ASSAY_STRING(names.text) },
		{ "certificate.key_usage", ASSAY_STRING(usage.text) },
		{ "certificate.purposes", ASSAY_STRING(purposes.text) },
		{ "certificate.public_key",
		    ASSAY_STRING(talked->tls.public_key) },
		{ "certificate.key_type", ASSAY_STRING(x.key) },
		{ "certificate.key_bits", ASSAY_U64(x.key_bits) },
		{ "certificate.signature", ASSAY_STRING(x.signature) },
		{ "certificate.self_issued",
		    ASSAY_BOOL(x.issuer.n == x.subject.n &&
			memcmp(x.issuer.p, x.subject.p, x.subject.n) == 0) },
		{ "certificate.authority", ASSAY_BOOL(x.is_authority) },
	};

	for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		assay_observe_on(
		    job, on, facts[i].field, facts[i].value, &f, 1);
	observe_keys(job, on, talked->tls.keys, &f);
	return true;
}
