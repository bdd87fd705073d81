/*
 * action: something done to the device from outside (power.cycle …), by a hook
 * of the bench or by a person, with a time limit and a check that it worked.
 * Its failure is the bench's, never the device's.
 */
#ifndef ASSAY_ACTION_H
#define ASSAY_ACTION_H

#include <stdbool.h>
#include <stdint.h>

struct action;
struct run;
struct profile_action;

/* Begins; run_on_action_end() is called exactly once, never from here. */
struct action *action_new(struct run *run, const struct profile_action *what);
void action_free(struct action *a);
/* A person has, or has not, done it. -1: nobody was asked. */
int action_confirm(struct action *a, bool done, const char *note);
void action_on_health(struct action *a, uint8_t health);
void action_cancel(struct action *a);

#endif
