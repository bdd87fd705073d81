/*
 * capture_work: what takes longer than a turn, done in steps: evidence
 * resolved, files told of and hashed, a capture replayed.
 */
#include "daemon/capture/capture_state.h"

#include <string.h>

#include <event2/event.h>

#define REPLAY_WAIT_MS 2

void
capture_work_soon(struct capture *c)
{
	static const struct timeval now = { 0, 0 };

	if (!event_pending(c->work, EV_TIMEOUT, NULL))
		event_add(c->work, &now);
}

/* A part of the resolving. False: there is nothing to resolve. */
static bool
resolve_some(struct capture *c)
{
	if (c->resolving == NULL) {
		c->resolving = capture_resolve_pop(&c->resolves);
		if (c->resolving == NULL)
			return false;
		recording_flush(c->recording);
		capture_hash_ahead(
		    &c->hash, c->captures, recording_number(c->recording));
		capture_resolve_begin(c->resolving, c->captures, c->evidence,
		    capture_resolve_is_stored(c->resolving)
			? &c->stored
			: recording_index(c->recording),
		    c->interface);
	}
	if (!capture_resolve_step(c->resolving)) {
		capture_resolve_answer(c->resolving, c->engine, &c->out);
		capture_resolve_free(c->resolving);
		c->resolving = NULL;
	}
	return true;
}

static void
begin_listing(struct capture *c)
{
	struct ethernet_counts n;

	if (capture_files_is_seal(c->listing)) {
		/* What was lost until now is in the file's own count. */
		capture_link_take_counts(c, &n);
		recording_seal(c->recording);
		capture_files_give(
		    c->listing, capture_hash_take_ahead(&c->hash));
	}
	capture_hash_drop(&c->hash); /* it may be asked for now */
	capture_files_begin(
	    c->listing, c->captures, recording_number(c->recording));
}

/* A run asks at its beginning, of no file, and at its end. */
static void
end_listing(struct capture *c)
{
	struct capture_files *done = c->listing;

	c->listing = NULL;
	if (capture_files_is_opening(done))
		capture_width_run_begins(c);
	else if (capture_files_is_seal(done))
		capture_width_run_ends(c);
	capture_files_free(done);
}

/* The same for telling of files. */
static bool
list_some(struct capture *c)
{
	if (c->listing == NULL) {
		c->listing = capture_files_pop(&c->listings);
		if (c->listing == NULL)
			return false;
		begin_listing(c);
	}
	if (!capture_files_step(c->listing, c->engine, &c->out))
		end_listing(c);
	return true;
}

/* A part of the replay.  False: there is none, or it waits for its worker. */
static bool
replay_some(struct capture *c)
{
	static const struct timeval later = { 0, REPLAY_WAIT_MS * 1000 };

	if (c->replay == NULL)
		return false;
	switch (capture_replay_step(c->replay, c->captures, &c->out)) {
	case CAPTURE_REPLAY_AGAIN:
		return true;
	case CAPTURE_REPLAY_LATER:
		event_add(c->work, &later);
		return false;
	case CAPTURE_REPLAY_DONE:
		break;
	}
	segment_index_free(&c->stored);
	capture_replay_answer(c->replay, c->engine, &c->out, &c->stored);
	capture_replay_free(c->replay);
	c->replay = NULL;
	return false;
}

/* The same of what nobody has asked for yet. */
static bool
hash_some(struct capture *c)
{
	if (!capture_is_quiet(c) || c->listing != NULL)
		return false;
	return capture_hash_step(
	    &c->hash, c->captures, recording_number(c->recording));
}

void
capture_work_some(struct capture *c)
{
	static const struct timeval now = { 0, 0 };
	bool more;

	more = resolve_some(c);
	more = list_some(c) || more;
	more = replay_some(c) || more;
	more = hash_some(c) || more;
	if (more)
		event_add(c->work, &now);
}
