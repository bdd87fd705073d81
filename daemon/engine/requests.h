/*
 * requests: questions the engine has asked of other processes.
 *
 * Each ends exactly once: with its last answer, when its time is over, or
 * when the process that was asked is gone.
 */
#ifndef ASSAY_REQUESTS_H
#define ASSAY_REQUESTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/msg.h"

struct event_base;
struct requests;

/* m NULL: no answer (why says so); that is the end.  fd: came with the
 * answer, owned by the callee, or -1.  More answers may follow after one for
 * which requests_answer was called with last false. */
typedef void request_answer(
    void *arg, struct msg_in *m, int fd, const char *why);

struct requests *requests_new(struct event_base *base);
/* Ends none of what is open: for the end of the process. */
void requests_free(struct requests *r);
/* group: whom was asked (any number the caller chooses). Returns the id. */
uint32_t requests_add(struct requests *r, uint32_t group, uint32_t limit_ms,
    request_answer *on_answer, void *arg);
/* -1: no such request (it ended before). */
int requests_answer(
    struct requests *r, uint32_t id, struct msg_in *m, int fd, bool last);
/* Everything asked of group ends with no answer. */
void requests_fail_group(struct requests *r, uint32_t group, const char *why);
/* Forgets what arg asked: its callback is not called any more. */
void requests_forget(struct requests *r, const void *arg);

#endif
