/*
 * services_ntp: the time, for a device that asks for it.
 *
 * The bench's own clock, and said to be no more than that: reference
 * 127.127.1.1 (a local clock), stratum 10 when the kernel says that something
 * keeps it right, with the kernel's own bound as dispersion, and 15, the last
 * that a device takes, when nothing does.  Only a client's question is
 * answered, with as many bytes at most.
 */
#ifndef ASSAY_SERVICES_NTP_H
#define ASSAY_SERVICES_NTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/ntp.h"
#include "daemon/services/services_config.h"

struct event_base;
struct services_ntp;

/* On port 123 of each of the bench's own addresses; one that cannot be had is
 * logged and left out.  Never NULL. */
struct services_ntp *services_ntp_new(
    struct event_base *base, const struct services_config *c);
void services_ntp_free(struct services_ntp *n); /* NULL is fine */
/* On how many addresses it answers. */
size_t services_ntp_count(const struct services_ntp *n);

/* Pure: what is said of a clock that the kernel describes so (adjtimex). */
void services_ntp_describe(
    bool is_kept, uint32_t bound_us, uint64_t now_ns, struct ntp_clock *clock);

#endif
