/*
 * probe: THE contract between assay and a probe.
 *
 * A probe is one claim about a device, in one C file that becomes one .so; it
 * exports one `const struct assay_probe assay_probe`.  It includes this header
 * and protocols/, never daemon/.  It runs in a process of its own, without
 * files, without other addresses than its targets, without writable globals.
 *
 *   run       talks to the device and emits observations (typed values that
 *             name the frames which show them);
 *   on_frame  sees frames that match `filter`: live what comes in on the
 *             segment's link (ASSAY_NEED_LINK), or, without run and in capture
 *             time, both directions of a stored or foreign capture, where a
 *             timer fires once a frame's stamp has passed it.  A probe that has
 *             a parameter "over" (a duration) reads what the segment has
 *             stored so far back, never the live link.  The frame is a
 *             stranger's: of any length, zero and cut ones included;
 *   judge     is pure: observations, parameters and the declared profile in,
 *             verdicts out.  It may call only the functions marked [judge].
 *
 * Threads: none.  Everything is called from one event loop.  Strings passed
 * to the host are copied; strings from the host live as long as the job.
 *
 * Each part is a header of its own in contract/, which nobody includes but by
 * this one.
 */
#ifndef ASSAY_PROBE_H
#define ASSAY_PROBE_H

#define ASSAY_ABI 1

#include "probes/contract/descriptor.h"
#include "probes/contract/values.h"
#include "probes/contract/targets.h"
#include "probes/contract/job.h"
#include "probes/contract/talk.h"
#include "probes/contract/datagrams.h"
#include "probes/contract/dtls.h"
#include "probes/contract/impostor.h"
#include "probes/contract/series.h"
#include "probes/contract/observations.h"
#include "probes/contract/malformed.h"
#include "probes/contract/sweep.h"
#include "probes/contract/tcp_sweep.h"
#include "probes/contract/beside.h"
#include "probes/contract/tls_declared.h"
#include "probes/contract/tls_ports.h"
#include "probes/contract/udp_sweep.h"
#include "probes/contract/judge.h"
#include "probes/contract/dtls_ports.h"
#include "probes/contract/tls_matters.h"

#endif
