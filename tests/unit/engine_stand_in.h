/*
 * engine_stand_in: what the warden, a capture, a watch, a worker and a
 * scripted store say to the engine under test, as its rig is told.
 */
#ifndef ASSAY_ENGINE_STAND_IN_H
#define ASSAY_ENGINE_STAND_IN_H

#include "engine_rig.h"

/* One message from the engine on each kind of socket. */
void stand_in_warden(struct engine_rig *r, struct msg_in *m);
void stand_in_capture(struct engine_rig *r, struct msg_in *m);
void stand_in_watch(struct engine_rig *r, struct msg_in *m);
void stand_in_worker(struct engine_rig *r, struct msg_in *m);
void stand_in_describer(struct engine_rig *r, struct msg_in *m);
void stand_in_store(struct engine_rig *r, struct msg_in *m);
/* Gives the answer that was withheld at a moment. */
void stand_in_answer(struct engine_rig *r, enum moment moment);

/* Keeps the question, and answers it unless the test withholds that. */
void stand_in_asked(struct engine_rig *r, enum moment moment, uint32_t request);
/* The scripted store's answer to one request. */
void stand_in_done(struct engine_rig *r, uint64_t request, const char *error);
/* The same of those of the watch. */
void stand_in_watch_answer(struct engine_rig *r, enum moment moment);

/* A datagram with, perhaps, a descriptor beside it (closed then). */
void stand_in_send(int socket, const struct msg_out *m, int fd);

#endif
