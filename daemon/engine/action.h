/*
 * action: something done to the device from outside (power.cycle …), by a hook
 * of the bench or by a person, with a time limit and a check that it worked.
 * Its failure is the bench's, never the device's.  A scenario's own steps by
 * hand, and its waits, are actions that nothing checks.
 */
#ifndef ASSAY_ACTION_H
#define ASSAY_ACTION_H

#include <stdbool.h>
#include <stdint.h>

struct action;
struct run;
struct profile_action;
struct step;

/* Begins; run_on_action_end() is called exactly once, never from here. */
struct action *action_new(struct run *run, const struct profile_action *what);
/* A step of kind manual or wait. */
struct action *action_new_step(struct run *run, const struct step *step);
/* What its events are about: "action", "manual", "wait"; and those that were
 * recorded. */
const char *action_word(const struct action *a);
bool action_is_word(const char *what);
void action_free(struct action *a);
/* A person has, or has not, done it. -1: nobody was asked. */
int action_confirm(struct action *a, bool done, const char *note);
void action_on_health(struct action *a, uint8_t health);
void action_cancel(struct action *a);

#endif
