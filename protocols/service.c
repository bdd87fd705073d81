/*
 * service: names, facts, and which reader is whose.
 */
#include "protocols/service.h"

#include <stdio.h>
#include <string.h>

#include "protocols/service_parts.h"

static const char *const whats[SERVICE_WHATS] = {
	[SERVICE_TEXT] = "text",
	[SERVICE_PRODUCT] = "product",
	[SERVICE_MODEL] = "model",
	[SERVICE_NAME] = "name",
	[SERVICE_HOST] = "hostname",
	[SERVICE_ADDRESS] = "address",
	[SERVICE_PATH] = "path",
	[SERVICE_MAC] = "mac",
	[SERVICE_ID] = "id",
	[SERVICE_VERSION] = "version",
	[SERVICE_SERIAL] = "serial",
	[SERVICE_USER] = "user",
	[SERVICE_SECRET] = "secret",
};

const char *
service_what_name(enum service_what what)
{
	return whats[what];
}

int
service_what_named(const char *name)
{
	int i;

	for (i = 0; i < SERVICE_WHATS; i++)
		if (strcmp(whats[i], name) == 0)
			return i;
	return -1;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

static struct bytes_view
trim(struct bytes_view v)
{
	while (v.n > 0 && is_blank(v.p[0])) {
		v.p++;
		v.n--;
	}
	while (v.n > 0 && is_blank(v.p[v.n - 1]))
		v.n--;
	return v;
}

static bool
is_there(const struct service_seen *seen, const struct service_fact *f)
{
	size_t i;

	for (i = 0; i < seen->n; i++)
		if (seen->facts[i].what == f->what &&
		    strcmp(seen->facts[i].text, f->text) == 0)
			return true;
	return false;
}

void
service_add(struct service_seen *seen, enum service_what what,
    const char *source, struct bytes_view text)
{
	struct service_fact f = { .what = what };

	text = trim(text);
	cleartext_excerpt(text.p, text.n, f.text, sizeof(f.text));
	cleartext_excerpt((const uint8_t *)source, strlen(source), f.source,
	    sizeof(f.source));
	if (f.text[0] == '\0' || is_there(seen, &f))
		return;
	if (seen->n == SERVICE_FACTS_MAX)
		seen->more = true;
	else
		seen->facts[seen->n++] = f;
}

void
service_add_text(struct service_seen *seen, enum service_what what,
    const char *source, const char *text)
{
	service_add(seen, what, source,
	    (struct bytes_view){ (const uint8_t *)text, strlen(text) });
}

bool
service_read(enum service_kind kind, const struct cleartext_talk *t,
    struct service_seen *seen)
{
	static service_reader *const readers[SERVICE_KINDS] = {
		[SERVICE_KIND_HTTP] = service_read_http,
		[SERVICE_KIND_SSH] = service_read_ssh,
		[SERVICE_KIND_GREETS] = service_read_greeting,
		[SERVICE_KIND_TELNET] = service_read_telnet,
		[SERVICE_KIND_MQTT] = service_read_mqtt,
		[SERVICE_KIND_MODBUS] = service_read_modbus,
		[SERVICE_KIND_SNMP] = service_read_snmp,
		[SERVICE_KIND_NTP] = service_read_ntp,
		[SERVICE_KIND_DNS] = service_read_dns,
		[SERVICE_KIND_MDNS] = service_read_mdns,
		[SERVICE_KIND_SSDP] = service_read_ssdp,
		[SERVICE_KIND_COAP] = service_read_coap,
		[SERVICE_KIND_BACNET] = service_read_bacnet,
		[SERVICE_KIND_NETBIOS] = service_read_netbios,
		[SERVICE_KIND_TFTP] = service_read_tftp,
	};

	return t->nheard > 0 && readers[kind](t, seen);
}
