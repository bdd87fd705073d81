/*
 * tls.passive: in TLS the device offers what is declared, and nothing weak.
 *
 * TLS-C10: RFC 9325 section 3 and 4.  Passive: ClientHellos of the device in
 * what the segment has recorded, TCP put together in any order, DTLS datagram
 * by datagram; what it agreed to as a server, too.  An offer of TLS 1.2 without
 * a list of versions does not say what is the least the device would take, so
 * it passes only when its suites leave no choice.  The hard truth: a recording
 * shows what was said, so all that was not read is a doubt.
 */
#include <string.h>

#include "probes/tls_passive/parts.h"

static int
init(struct assay_job *job)
{
	struct passive *s = assay_state(job);

	s->job = job;
	s->streams.on_done = passive_read_stream;
	s->streams.arg = job;
	return 0;
}

static bool
is_dut(struct assay_job *job, const uint8_t *mac)
{
	return assay_target_count(job) > 0 &&
	    memcmp(assay_target_at(job, 0)->mac, mac, 6) == 0;
}

/* The first frame that counts is a SYN-ACK: whose, says who serves. */
static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	struct passive *s = assay_state(job);
	struct packet p;
	bool is_sent;

	if (packet_dissect(&p, frame->data, frame->size) == -1 || p.family == 0)
		return;
	is_sent = is_dut(job, p.mac_src);
	if (!is_sent && !is_dut(job, p.mac_dst))
		return;
	if ((p.layers & PACKET_TCP) != 0) {
		s->cut += frame->size < frame->wire_size && !p.whole;
		if (tcp_streams_take(&s->streams, &p,
			is_sent ? PASSIVE_SERVER : PASSIVE_CLIENT) ==
			TCP_STREAMS_MIDWAY &&
		    is_sent)
			passive_miss(job, &p);
	} else if (is_sent && (p.layers & PACKET_UDP) != 0 &&
	    p.payload != NULL) {
		passive_read_datagram(job, &p);
	}
}

static const struct assay_claim claims[] = {
	{ "TLS-C10", ASSAY_COMPLETENESS },
	{ "TLS-C10", ASSAY_BEHAVIOUR },
	{ "TLS-S01", ASSAY_BEHAVIOUR },
	{ "TLS-S03", ASSAY_BEHAVIOUR },
	{ .check = NULL },
};

static const struct assay_param params[] = {
	{ "over", ASSAY_PARAM_DURATION, "25h", 0, 0, NULL,
	    "How far back the recording of the segment is read." },
	{ "strict", ASSAY_PARAM_BOOL, "false", 0, 0, NULL,
	    "What should not be offered fails, instead of being reported." },
	{ .name = NULL },
};

static const struct assay_field fields[] = {
	{ "offer", ASSAY_TYPE_STRING, "",
	    "a hello of the device as client: its number, and to whom" },
	{ "offer.versions", ASSAY_TYPE_STRING, "",
	    "of this number; \"up to\": the highest alone is said" },
	{ "offer.suites", ASSAY_TYPE_STRING, "", "in the device's order" },
	{ "offer.groups", ASSAY_TYPE_STRING, "", "in the device's order" },
	{ "offer.signatures", ASSAY_TYPE_STRING, "", "in the device's order" },
	{ "offer.alpn", ASSAY_TYPE_STRING, "", "application protocols" },
	{ "offer.options", ASSAY_TYPE_STRING, "", "extensions and signals" },
	{ "chosen", ASSAY_TYPE_STRING, "",
	    "what a server took of this number: version and suite, and "
	    "\"taken\" when the device went on" },
	{ "chosen.certificate", ASSAY_TYPE_STRING, "",
	    "that the server showed: key, bits, signature" },
	{ "served", ASSAY_TYPE_STRING, "",
	    "version and suite that the device chose as a server" },
	{ "served.certificate", ASSAY_TYPE_STRING, "",
	    "that it showed: key, bits, signature" },
	{ "clear", ASSAY_TYPE_STRING, "",
	    "a conversation of the device as client without TLS" },
	{ "missed", ASSAY_TYPE_STRING, "",
	    "TLS of the device whose beginning was not recorded" },
	{ "hellos", ASSAY_TYPE_U64, "", "of the device as client" },
	{ "unread", ASSAY_TYPE_U64, "",
	    "conversations whose beginning is not all there" },
	{ "cut", ASSAY_TYPE_U64, "frame", "of TCP, not recorded whole" },
	{ "overflowed", ASSAY_TYPE_BOOL, "", "there was more than is told" },
	{ .name = NULL },
};

#define VALUES "said count hellos"
static const struct assay_reason reasons[] = {
	{ "passive.offers_bad", VALUES },
	{ "passive.clear_text", VALUES },
	{ "passive.undeclared", VALUES },
	{ "passive.none", VALUES },
	{ "passive.unread", VALUES },
	{ "passive.cut", VALUES },
	{ "passive.missed", VALUES },
	{ "passive.overflowed", VALUES },
	{ "passive.least_unknown", VALUES },
	{ "passive.good", VALUES },
	{ "passive.as_declared", VALUES },
	{ "passive.offers_weak", VALUES },
	{ "passive.none_weak", VALUES },
	{ "passive.served_old", VALUES },
	{ "passive.served_bad", VALUES },
	{ "passive.served_none_bad", VALUES },
	{ .code = NULL },
};

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "tls.passive",
	.title = "In TLS the device offers what is declared, and nothing weak.",
	.method = 1,
	.claims = claims,
	.params = params,
	.observations = fields,
	.reasons = reasons,
	.needs = ASSAY_NEED_LINK,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_PASSIVE,
	.timeout_ms = 600000,
	.state_size = sizeof(struct passive),
	.filter = "tcp or udp",
	.init = init,
	.on_frame = on_frame,
	.on_end = passive_observe_end,
	.judge = passive_judge,
};
