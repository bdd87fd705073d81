/*
 * prune_plan: which raw capture files may go, and why each of the rest stays.
 */
#include "daemon/engine/prune_plan.h"

#include <stdlib.h>
#include <string.h>

const char *
prune_why_name(enum prune_why why)
{
	static const char *const names[] = {
		[PRUNE_AGE] = "age",
		[PRUNE_DISK] = "disk",
		[PRUNE_TOMBSTONE] = "tombstone",
		[PRUNE_WITHIN] = "within",
		[PRUNE_WRITING] = "writing",
		[PRUNE_NEWEST] = "newest",
		[PRUNE_UNKNOWN] = "unknown",
		[PRUNE_CITED] = "cited",
		[PRUNE_IN_USE] = "in_use",
		[PRUNE_HELD] = "held",
	};

	return names[why];
}

bool
prune_goes(const struct prune_file *f)
{
	return f->why == PRUNE_AGE || f->why == PRUNE_DISK ||
	    f->why == PRUNE_TOMBSTONE;
}

static int
compare_files(const void *a, const void *b)
{
	const struct prune_file *x = a, *y = b;

	if (x->stamp_ns != y->stamp_ns)
		return x->stamp_ns < y->stamp_ns ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Of one file, what keeps it before what would take it. */
static int
compare_marks(const void *a, const void *b)
{
	const struct prune_mark *x = a, *y = b;
	int r = strcmp(x->name, y->name);

	if (r != 0)
		return r;
	if (x->why != y->why)
		return x->why == PRUNE_TOMBSTONE ? 1
		    : y->why == PRUNE_TOMBSTONE  ? -1
		    : x->why < y->why            ? -1
						 : 1;
	return x->by < y->by ? -1 : x->by > y->by;
}

/* The first mark of a file, or NULL. */
static const struct prune_mark *
find_mark(const struct prune_mark *marks, size_t n, const char *name)
{
	size_t low = 0, high = n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(marks[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && strcmp(marks[low].name, name) == 0 ? &marks[low]
							     : NULL;
}

/* Is there a later file of its segment that is finished? */
static bool
is_newest(const struct prune_file *files, size_t n, const struct prune_file *f)
{
	/* They are in order of age, so it is soon found. */
	while (n-- > 0)
		if (files[n].segment == f->segment && !files[n].is_writing &&
		    files[n].number > f->number)
			return false;
	return true;
}

/* What keeps it whatever the limits; PRUNE_WITHIN: nothing does. */
static enum prune_why
kept_by(const struct prune_file *f, const struct prune_mark *mark)
{
	if (f->is_writing)
		return PRUNE_WRITING;
	if (mark != NULL)
		return mark->why;
	if (!f->has_sha256)
		return PRUNE_UNKNOWN;
	return PRUNE_WITHIN;
}

static bool
is_old(const struct prune_file *f, uint64_t after_s, uint64_t now_ns)
{
	/* A stamp of the future is of a clock that was set: not old. */
	return after_s != 0 && now_ns > f->stamp_ns &&
	    (now_ns - f->stamp_ns) / 1000000000u >= after_s;
}

/* Takes one more, and says so in the sum. */
static void
take(struct prune_file *f, enum prune_why why, struct prune_sum *sum)
{
	f->why = why;
	sum->goes++;
	sum->goes_bytes += f->size;
}

static struct prune_sum
mark_files(struct prune_file *files, size_t nfiles,
    const struct prune_mark *marks, size_t nmarks)
{
	struct prune_sum sum = { 0 };
	const struct prune_mark *mark;
	struct prune_file *f;
	size_t i;

	for (i = 0; i < nfiles; i++) {
		f = &files[i];
		mark = find_mark(marks, nmarks, f->name);
		f->by = mark == NULL ? 0 : mark->by;
		f->why = kept_by(f, mark);
		sum.bytes += f->size;
		if (f->why == PRUNE_TOMBSTONE)
			take(f, PRUNE_TOMBSTONE, &sum);
	}
	return sum;
}

/* Could a limit take it? */
static bool
is_free(const struct prune_file *files, size_t n, const struct prune_file *f)
{
	return f->why == PRUNE_WITHIN && !is_newest(files, n, f);
}

static uint64_t
bytes_left(const struct prune_sum *sum)
{
	return sum->bytes - sum->goes_bytes;
}

static void
take_old(struct prune_file *files, size_t n, const struct prune_limits *limits,
    uint64_t now_ns, struct prune_sum *sum)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (is_old(&files[i], limits->after_s, now_ns) &&
		    is_free(files, n, &files[i]))
			take(&files[i], PRUNE_AGE, sum);
}

static void
take_down_to(
    struct prune_file *files, size_t n, uint64_t ceiling, struct prune_sum *sum)
{
	size_t i;

	for (i = 0; i < n && bytes_left(sum) > ceiling; i++)
		if (is_free(files, n, &files[i]))
			take(&files[i], PRUNE_DISK, sum);
	if (bytes_left(sum) > ceiling)
		sum->over = bytes_left(sum) - ceiling;
}

struct prune_sum
prune_plan(struct prune_file *files, size_t nfiles, struct prune_mark *marks,
    size_t nmarks, const struct prune_limits *limits, uint64_t now_ns)
{
	struct prune_sum sum;
	size_t i;

	if (nfiles > 0)
		qsort(files, nfiles, sizeof(*files), compare_files);
	if (nmarks > 0)
		qsort(marks, nmarks, sizeof(*marks), compare_marks);
	sum = mark_files(files, nfiles, marks, nmarks);
	take_old(files, nfiles, limits, now_ns, &sum);
	if (limits->disk_bytes != 0)
		take_down_to(files, nfiles, limits->disk_bytes, &sum);
	for (i = 0; i < nfiles; i++)
		if (files[i].why == PRUNE_WITHIN &&
		    is_newest(files, nfiles, &files[i]))
			files[i].why = PRUNE_NEWEST;
	return sum;
}
