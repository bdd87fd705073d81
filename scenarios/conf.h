/*
 * conf: assayd.yaml, the bench as root describes it.
 *
 * See etc/assayd.yaml for every key with its meaning.  Read by the warden
 * before it has started anything, and by the engine from the descriptor the
 * warden gives it.  A path is absolute, or relative to the file's directory.
 */
#ifndef ASSAY_CONF_H
#define ASSAY_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

#define CONF_HOST_PATTERN \
	"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?" \
	"([.][a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$"
#define CONF_HOST_EXPECTS \
	"a host's name in small letters such as api.example.com"
#define CONF_ADDRESSES_MAX 8 /* per segment */
#define CONF_POOL_MAX 512    /* per segment and family */

struct conf_address {
	uint8_t family; /* 4, 6 */
	uint8_t addr[16];
	uint8_t prefix; /* bits */
};

/* Who is on a segment: the device under test, a part of its product, what
 * belongs to it and is nobody's target, the bench, a stranger. */
enum participant_role {
	PARTICIPANT_UNKNOWN,
	PARTICIPANT_DUT,
	PARTICIPANT_COMPONENT,
	PARTICIPANT_PHONE,
	PARTICIPANT_HUB,
	PARTICIPANT_BENCH,
};
const char *participant_role_name(enum participant_role role);
/* What a probe may be pointed at: a phone or a hub is there to help. */
bool participant_role_is_target(enum participant_role role);

struct conf_participant {
	uint8_t mac[6];
	enum participant_role role;
	char *name; /* "" */
};

struct conf_segment {
	char *name;      /* [a-z][a-z0-9-]{0,30} */
	char *interface; /* as the machine calls it */
	struct conf_address addresses[CONF_ADDRESSES_MAX]; /* the bench's own */
	size_t naddresses;
	/* The watch's own address in each subnet: the bench's plus one. */
	char *dhcp_from, *dhcp_to; /* "" when no DHCP is served */
	uint32_t lease_s;
	char *dhcpv6_from, *dhcpv6_to; /* "" when no DHCPv6 is served */
	uint32_t lease6_s;
	char *uplink;        /* interface; "": no way out, ever */
	uint8_t resolver[4]; /* asked for the cloud's names; 0.0.0.0: none */
	char **cloud_allow;  /* hosts that a profile may name */
	size_t ncloud_allow;
	struct conf_participant *participants; /* those that root knows */
	size_t nparticipants;
	uint32_t ring_mib, file_mib; /* capture */
	/* At most so many addresses lent to jobs (daemon/shared/pool.h). */
	uint32_t pool_ipv4, pool_ipv6;
};

struct conf_hook {
	char *name;
	char **command; /* NULL-terminated; command[0] absolute */
	uint32_t limit_ms;
	uint8_t is_lasting; /* impact: state, as a probe's of that impact */
};

struct conf {
	char *bench;
	char *state_dir, *run_dir, *probe_dir, *scenario_dir, *message_dir,
	    *catalogue_dir, *secret_dir,
	    *worker; /* worker: path of assay-worker */
	uint64_t prune_after_s, prune_disk_bytes; /* 0: no limit */
	uint32_t late_ms;      /* a timer later than this lowers a pass */
	uint32_t document_mib; /* of a document, at most */
	uid_t uid_first; /* numeric; 32 in a row: engine store capture watch
			    services, then workers from +8 */
	char *timestamp_url, *timestamp_trust; /* "": none */
	char *run_group, *view_group; /* names or numbers; "" root only */
	struct conf_segment *segments;
	size_t nsegments;
	struct conf_hook *hooks;
	size_t nhooks;
};

/* NULL: root did not say who that is. */
const struct conf_participant *conf_participant(
    const struct conf_segment *s, const uint8_t mac[6]);

struct conf *conf_parse(
    const char *text, size_t size, const char *file, struct err *e);
struct conf *conf_load(const char *path, struct err *e);
void conf_free(struct conf *c);

#endif
