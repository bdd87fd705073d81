/*
 * analyze: the passive half of every probe over a capture made elsewhere.
 *
 * The same code and the same judgement as on a bench, but nothing vouches for
 * what the capture does not show: there were no controls, nobody counted lost
 * frames, and the device may have been silent.  So a pass is never said; it
 * becomes inconclusive (foreign_capture).  A fail stands on its frames.
 */
#ifndef ASSAY_ANALYZE_H
#define ASSAY_ANALYZE_H

#include <jansson.h>

#include "base/err.h"
#include "scenarios/profile.h"

#define ANALYZE_FORMAT 1

struct analyze_request {
	const char *file; /* pcap or pcapng */
	const struct profile *profile;
	const char *mac;    /* of the device, "02:00:00:00:00:10"; NULL: the
			       profile's, else the only sender that is not the
			       bench */
	const char *probe;  /* only this one; NULL: all that can */
	const char *worker; /* assay-worker */
	const char *probe_dir;
	int output; /* directory for the frames of each verdict; -1: none */
};

/*
 * {v, file, sha256, size, format, frames, other, cut, end, span {from, to},
 *  senders [{mac, frames, bench, addresses []}],
 *  device {mac, frames, addresses [], more_addresses, names []},
 *  probes [{probe, method, outcome, reason, detail, sandbox, observations [],
 *  notes {}}],
 *  verdicts [as verdict records, evidence over the file's frame numbers],
 *  counts {verdict: n}, exit}
 *
 * NULL with *e; if it is not told which device is meant, *senders says who
 * there is (else NULL); caller decrefs both.
 */
json_t *analyze(
    const struct analyze_request *q, json_t **senders, struct err *e);

#endif
