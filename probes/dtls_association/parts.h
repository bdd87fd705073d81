/*
 * parts: what the files of dtls.association share, for them alone.
 */
#ifndef ASSAY_DTLS_ASSOCIATION_PARTS_H
#define ASSAY_DTLS_ASSOCIATION_PARTS_H

#include <stddef.h>

#include "probes/probe.h"

enum trial_kind {
	TRIAL_BAD_MAC = 0,
	TRIAL_EPOCH,   /* the next one's */
	TRIAL_CLEAR,   /* of epoch 0, in clear */
	TRIAL_VERSION, /* of none there is */
	TRIAL_SHORT,
	TRIAL_ANEW, /* the first request in a record of its own: to be
		       answered, so that a record taken twice is seen */
	TRIAL_REPLAY,
};

struct trial {
	const char *name;
	enum trial_kind kind;
	unsigned behind; /* TRIAL_REPLAY: records sent since the first one */
};

#define TRIALS 15
#define TRIALS_FORGED 5 /* the first of them */
extern const struct trial association_trials[TRIALS];

/* Words of the observation "trial", behind its name. */
#define TRIAL_DROPPED "dropped"
#define TRIAL_ANSWERED "answered"
#define TRIAL_ENDED "ends it"

/* judge.c */
void association_judge(struct assay_job *job);

#endif
