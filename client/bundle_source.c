/*
 * bundle_source: what a command names by a run's number or a bundle's path.
 *
 * A run is fetched into a directory that only its user may enter and that is
 * gone afterwards: it holds what the device sent.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "bundles/bundle.h"
#include "bundles/bundle_unpack.h"
#include "client/bundle_fetch.h"

/* Who interrupts us must not leave a device's frames behind. */
static void
hold_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(how, &set, NULL);
}

static bool
is_path(const char *word)
{
	return strchr(word, '/') != NULL || access(word, F_OK) == 0;
}

static int
open_run(struct client *c, const char *word, bool captures,
    struct bundle_source *s, struct err *e)
{
	unsigned long long run;
	int dir, status;

	if (args_parse_number(word, "RUN", &run, e) == -1)
		return client_complainf(CLIENT_USAGE,
		    "%s: neither a run's number nor a bundle that is there",
		    word);
	status = client_connect(c);
	if (status != 0)
		return status;
	s->directory = bundle_private_directory(&dir, e);
	if (s->directory == NULL)
		return client_complain(CLIENT_USAGE, e);
	status = bundle_fetch(c, (json_int_t)run, dir, captures, &s->missing);
	close(dir);
	if (status != 0)
		return status;
	s->bundle = bundle_open(s->directory, e);
	return s->bundle == NULL ? client_complain(CLIENT_BENCH, e) : 0;
}

static int
open_path(const char *path, struct bundle_source *s, struct err *e)
{
	if (access(path, R_OK) == -1)
		return client_complainf(
		    CLIENT_USAGE, "%s: %s", path, strerror(errno));
	s->bundle = bundle_open(path, e);
	return s->bundle == NULL ? CLIENT_FAILED : 0;
}

int
bundle_source_open(struct client *c, const char *word, bool captures,
    struct bundle_source *s, struct err *e)
{
	int status;

	memset(s, 0, sizeof(*s));
	hold_signals(SIG_BLOCK);
	status = is_path(word) ? open_path(word, s, e)
			       : open_run(c, word, captures, s, e);
	if (status != 0)
		bundle_source_close(s);
	return status;
}

void
bundle_source_close(struct bundle_source *s)
{
	bundle_close(s->bundle);
	if (s->directory != NULL)
		bundle_remove_directory(s->directory);
	free(s->directory);
	memset(s, 0, sizeof(*s));
	hold_signals(SIG_UNBLOCK); /* one that came ends us here */
}
