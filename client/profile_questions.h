/*
 * profile_questions: what `assayctl profile new` asks, and the profile that the
 * answers make.
 */
#ifndef ASSAY_CLIENT_PROFILE_QUESTIONS_H
#define ASSAY_CLIENT_PROFILE_QUESTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define PROFILE_QUESTIONS 12

struct profile_question {
	const char *ask, *help;
	const char *def; /* taken for an empty answer; "" leaves it out */
	bool is_required;
};

extern const struct profile_question profile_questions[PROFILE_QUESTIONS];

/* The profile of the first n answers, if our loader takes it (caller frees);
 * NULL with what it says against them in *e. */
char *profile_questions_make(
    char *const answers[PROFILE_QUESTIONS], size_t n, struct err *e);

#endif
