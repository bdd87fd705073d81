/*
 * prune_parts: what the files of prune share, for them alone: prune.c is its
 * life, prune_gather.c what there is and what speaks for it, prune_take.c the
 * way from a tombstone to a file that is gone.
 */
#ifndef ASSAY_PRUNE_PARTS_H
#define ASSAY_PRUNE_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "daemon/engine/prune.h"
#include "daemon/engine/prune_plan.h"

struct event;

struct prune_pass { /* one look */
	struct prune *prune;
	struct engine *en;
	bool is_dry;
	const char *stopped; /* why no more file goes; NULL: nothing is */
	uint32_t segment;    /* being listed */
	struct prune_file *files;
	size_t nfiles, files_room;
	struct prune_mark *marks;
	size_t nmarks, marks_room;
	json_t *held;       /* {"run/12": true, "order/x": true} */
	struct event *wait; /* for the store */
	struct prune_sum sum;
	/* taking */
	size_t at, pruned;
	uint64_t pruned_bytes;
	char *statement;            /* of files[at]'s tombstone */
	char error[256];            /* why a file did not go; the first */
	prune_on_report *on_report; /* NULL: nobody asked */
	void *arg;
};

/* Everything about files and what speaks for them; then
 * prune_on_gathered(). */
void prune_gather(struct prune_pass *pass);
void prune_on_gathered(struct prune_pass *pass, const char *why);
/* Each file that the plan lets go, one after the other; then
 * prune_on_taken(). */
void prune_take(struct prune_pass *pass);
void prune_on_taken(struct prune_pass *pass);

#endif
