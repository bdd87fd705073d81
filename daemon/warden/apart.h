/*
 * apart: work in a process beside this one, forked for one question and gone
 * again: what a library or a secret leaves in memory goes with it.
 *
 * It has nothing of this process's descriptors but standard error and its
 * socket, and dies with it.
 */
#ifndef ASSAY_APART_H
#define ASSAY_APART_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

struct apart {
	pid_t pid; /* 0: there is none */
	int fd;
};

/* In the process: gets ready, then apart_take() and apart_give() once each,
 * and returns. */
typedef void apart_work(void *arg, int fd);

/* 0, or -1 with *e. */
int apart_start(struct apart *a, apart_work *work, void *arg, struct err *e);
/* Its answer, of just that size, within ten seconds; it is gone afterwards in
 * any case.  0, or -1 with *e. */
int apart_ask(struct apart *a, const void *question, size_t nquestion,
    void *answer, size_t nanswer, struct err *e);
void apart_end(struct apart *a);  /* none is fine */
void apart_gone(struct apart *a); /* somebody has waited for it */

/* For the work: 0, or -1 when nobody asks any more. */
int apart_take(int fd, void *question, size_t size);
void apart_give(int fd, const void *answer, size_t size);

#endif
