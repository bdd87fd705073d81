/*
 * fake_datagrams: assay_datagrams_… over a fake job; the test's callback is
 * the device.
 */
#ifndef ASSAY_TESTS_FAKE_DATAGRAMS_H
#define ASSAY_TESTS_FAKE_DATAGRAMS_H

#include "tests/unit/fake_job.h"

/* Each datagram of the probe's; peer_port is the bench's port.  It may answer
 * with fake_datagrams_answer(). */
typedef void fake_datagrams_hear(
    uint16_t port, uint16_t peer_port, const uint8_t *bytes, size_t n);
void fake_datagrams_on_send(fake_datagrams_hear *on_send);
/* To whoever is at peer_port then, a millisecond from now. */
void fake_datagrams_answer(
    struct assay_job *job, uint16_t peer_port, const void *bytes, size_t n);
void fake_datagrams_refuse(struct assay_job *job, uint16_t peer_port);
/* How many are open. */
size_t fake_datagrams_count(void);

#endif
