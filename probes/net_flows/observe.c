/*
 * observe: what was seen of the device's calls, as observations.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "probes/net_flows/parts.h"

#define CALL_SIZE 2600

static void
observe(struct assay_job *job, const char *field, struct assay_value value,
    const struct assay_frames *frames, size_t n)
{
	const struct assay_observation o = {
		.field = field, .value = value, .frames = frames, .nframes = n
	};

	(void)assay_observe(job, &o);
}

static const char *
protocol_name(uint8_t proto, char *out, size_t size)
{
	switch (proto) {
	case ASSAY_TCP:
		return "tcp";
	case ASSAY_UDP:
		return "udp";
	case 1:
	case 58:
		return "icmp";
	default:
		snprintf(out, size, "ip-%u", proto);
		return out;
	}
}

/* name is one of text's words. */
static bool
has_word(const char *text, const char *name)
{
	size_t size = strlen(name);
	const char *at;

	for (at = strstr(text, name); at != NULL; at = strstr(at + 1, name))
		if (at != text && at[-1] == ' ' &&
		    (at[size] == ' ' || at[size] == '\0'))
			return true;
	return false;
}

/* "udp 203.0.113.5 443 api.example.com cdn.example.com"; FLOWS_MORE at the end
 * when the address has more names than are said. */
static void
format_call(
    const struct flows *s, const struct flows_call *c, char *out, size_t size)
{
	char address[INET6_ADDRSTRLEN], number[16];
	const struct flows_address *a;
	unsigned names = 0;
	size_t i, used;

	inet_ntop(c->family == 4 ? AF_INET : AF_INET6, c->addr, address,
	    sizeof(address));
	used = (size_t)snprintf(out, size, "%s %s %u",
	    protocol_name(c->proto, number, sizeof(number)), address, c->port);
	for (i = 0; i < s->naddresses; i++) {
		a = &s->addresses[i];
		if (a->family != c->family || memcmp(a->addr, c->addr, 16) != 0)
			continue;
		if (has_word(out, a->name))
			continue;
		if (names == FLOWS_CALL_NAMES_MAX) {
			snprintf(out + used, size - used, " %s", FLOWS_MORE);
			return;
		}
		used +=
		    (size_t)snprintf(out + used, size - used, " %s", a->name);
		names++;
	}
}

static void
observe_calls(struct assay_job *job)
{
	const struct flows *s = assay_state(job);
	char text[CALL_SIZE], *address, *end;
	struct assay_frames frames;
	size_t i;

	for (i = 0; i < s->ncalls; i++) {
		format_call(s, &s->calls[i], text, sizeof(text));
		memset(&frames, 0, sizeof(frames));
		frames.ip_proto = s->calls[i].proto;
		frames.local_first = frames.local_last = s->calls[i].port;
		frames.remote_first = frames.remote_last = s->calls[i].own_port;
		observe(job, "call", ASSAY_STRING(text), &frames, 1);
		if (!s->calls[i].is_resolver)
			continue;
		address = strchr(text, ' ') + 1;
		end = strchr(address, ' ');
		*end = '\0';
		observe(job, "resolver", ASSAY_STRING(address), &frames, 1);
	}
}

static void
observe_names(struct assay_job *job)
{
	const struct flows *s = assay_state(job);
	struct assay_frames frames;
	size_t i;

	for (i = 0; i < s->nnames; i++) {
		memset(&frames, 0, sizeof(frames));
		frames.ip_proto = s->names[i].proto;
		frames.local_first = frames.local_last = 53;
		frames.remote_first = frames.remote_last = s->names[i].own_port;
		observe(
		    job, "name", ASSAY_STRING(s->names[i].text), &frames, 1);
	}
}

void
flows_observe(struct assay_job *job)
{
	/* That it lived all the while shows in what it answers the watch. */
	static const struct assay_frames life[] = { { .ip_proto = 1 },
		{ .ip_proto = 58 }, { .ip_proto = ASSAY_UDP } };
	static const struct assay_frames boot[] = {
		{ .ip_proto = ASSAY_UDP, .local_first = 67, .local_last = 67 },
		{ .ip_proto = 58 },
		{ 0 },
	};
	const struct flows *s = assay_state(job);

	if (s->sent == 0)
		return;
	observe(job, "seen", ASSAY_NS(s->last_ns - s->first_ns), life, 3);
	observe(job, "silence", ASSAY_NS(s->silence_ns), NULL, 0);
	observe(job, "boots", ASSAY_U64(s->boots), boot, s->boots > 0 ? 1 : 0);
	observe(job, "on_link", ASSAY_U64(s->on_link), NULL, 0);
	if (s->overflowed)
		observe(job, "doubt", ASSAY_STRING("overflow"), NULL, 0);
	if (s->unread > 0)
		observe(job, "doubt", ASSAY_STRING("unread"), NULL, 0);
	if (s->cut > 0)
		observe(job, "doubt", ASSAY_STRING("cut"), NULL, 0);
	observe_names(job);
	observe_calls(job);
}
