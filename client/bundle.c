/*
 * bundle: assayctl bundle: a run, or another bundle, as one that can be taken
 * elsewhere.
 *
 * What appears under the name asked for is whole; a run's frames lie in
 * between in a directory that nobody else may enter.
 */
#include "client/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "bundles/bundle_unpack.h"
#include "bundles/bundle_write.h"
#include "client/bundle_fetch.h"

/* "x/" is a directory to be made, "x.zip" a ZIP file, "x" a tar file. */
static bool
is_directory_name(const char *path)
{
	size_t n = strlen(path);

	return n > 0 && path[n - 1] == '/';
}

/* A new directory beside path, to become it. Caller frees. */
static char *
stage_beside(const char *path, int *dir, struct err *e)
{
	size_t n = strlen(path);
	char *stage;

	while (n > 1 && path[n - 1] == '/')
		n--;
	stage = xasprintf("%.*s.XXXXXX", (int)n, path);
	if (mkdtemp(stage) == NULL) {
		err_set(e, "%s: %s", stage, strerror(errno));
		free(stage);
		return NULL;
	}
	*dir = open(stage, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*dir == -1) {
		err_set(e, "%s: %s", stage, strerror(errno));
		rmdir(stage);
		free(stage);
		return NULL;
	}
	return stage;
}

static int
publish(int dir, const char *stage, const char *path, struct err *e)
{
	int r;

	if (!is_directory_name(path))
		return bundle_write_archive(dir, path, e);
	/* An empty directory of that name is taken; anything in it is not. */
	r = rename(stage, path);
	if (r == -1)
		return err_set(e, "%s: %s", path,
		    errno == ENOTEMPTY || errno == EEXIST
			? "is there already, and not empty"
			: strerror(errno));
	return 0;
}

static int
make(struct bundle *from, const char *path, const struct bundle_copying *how)
{
	struct err e = { .line = 0 };
	char *stage;
	int dir, r;

	stage = stage_beside(path, &dir, &e);
	if (stage == NULL)
		return client_complain(CLIENT_USAGE, &e);
	r = bundle_copy(from, dir, how, &e);
	if (r == 0)
		r = publish(dir, stage, path, &e);
	close(dir);
	if (r == -1)
		client_complain(CLIENT_USAGE, &e);
	if (r == -1 || !is_directory_name(path))
		bundle_remove_directory(stage);
	free(stage);
	return r == 0 ? 0 : CLIENT_USAGE;
}

static void
tell(const struct client *c, const char *path, const struct bundle_copying *how,
    size_t missing)
{
	char *shown;
	json_t *o;

	if (c->is_json) {
		o = json_pack("{s:s,s:b,s:b,s:I}", "file", path, "redacted",
		    (int)how->redacted, "captures", (int)how->captures,
		    "missing", (json_int_t)missing);
		client_print_json(o);
		json_decref(o);
		return;
	}
	shown = text_quote(path);
	printf("%s: made%s (`assayctl verify %s --trust FILE` checks it)\n",
	    shown, how->redacted ? ", without frames and keys" : "", shown);
	if (missing > 0)
		printf("%zu pieces could not be had; the bundle shows less "
		       "than was sealed\n",
		    missing);
	free(shown);
}

int
client_bundle(struct client *c)
{
	const char *path = args_value(&c->args, "output");
	const struct bundle_copying how = { args_has(&c->args, "redacted"),
		args_has(&c->args, "captures") };
	struct err e = { .line = 0 };
	struct bundle_source s;
	struct stat st;
	size_t missing;
	int status;

	if (path == NULL)
		return client_complainf(CLIENT_USAGE,
		    "-o FILE is missing: a tar file, FILE.zip, or DIR/ for a "
		    "directory");
	if (how.redacted && how.captures)
		return client_complainf(CLIENT_USAGE,
		    "--redacted withholds frames, --captures adds them: one "
		    "of them");
	if (!is_directory_name(path) && lstat(path, &st) == 0)
		return client_complainf(CLIENT_USAGE, "%s: is there already%s",
		    path, S_ISDIR(st.st_mode) ? " (DIR/ for a directory)" : "");
	status = bundle_source_open(c, c->args.words[0], how.captures, &s, &e);
	if (status == CLIENT_FAILED)
		return client_complain(CLIENT_USAGE, &e);
	if (status != 0)
		return status;
	missing = s.missing;
	status = make(s.bundle, path, &how);
	bundle_source_close(&s);
	if (status != 0)
		return status;
	tell(c, path, &how, missing);
	return missing > 0 ? CLIENT_INCOMPLETE : CLIENT_PASSED;
}
