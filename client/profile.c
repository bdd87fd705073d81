/*
 * profile: assayctl profile import: what other tools were told of a device.
 *
 * A file that is there is never replaced: a profile is what verdicts rest on.
 */
#include "client/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenarios/profile_import.h"

static int
write_all(int fd, const char *text)
{
	size_t left = strlen(text);
	ssize_t n;

	while (left > 0) {
		n = write(fd, text, left);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		text += n;
		left -= (size_t)n;
	}
	return 0;
}

int
client_profile_put(const struct client *c, const char *yaml)
{
	const char *path = args_value(&c->args, "output");
	int fd, error;

	if (path == NULL) {
		fputs(yaml, stdout);
		return fflush(stdout) == 0 ? CLIENT_PASSED : CLIENT_BENCH;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd == -1)
		return client_complainf(CLIENT_USAGE, "%s: %s", path,
		    errno == EEXIST ? "is there already, and is not replaced"
				    : strerror(errno));
	if (write_all(fd, yaml) == 0 && fsync(fd) == 0) {
		close(fd);
		return CLIENT_PASSED;
	}
	error = errno;
	close(fd);
	unlink(path);
	return client_complainf(CLIENT_BENCH, "%s: %s", path, strerror(error));
}

static void
print_made(const struct profile_import *made)
{
	json_t *notes = json_array();
	size_t i;

	/* A note may be cut within a character. */
	for (i = 0; i < made->nnotes; i++) {
		char *quoted = text_quote(made->notes[i]);

		json_array_append_new(notes, json_string(quoted));
		free(quoted);
	}
	notes = json_pack("{s:s, s:s, s:o}", "kind", made->kind, "profile",
	    made->yaml, "notes", notes);
	client_print_json(notes);
	json_decref(notes);
}

int
client_profile_import(struct client *c)
{
	const char *path = c->args.words[0];
	json_t *file = client_read_file(path);
	struct profile_import made;
	int status = CLIENT_PASSED;
	struct err e;
	size_t i;

	if (file == NULL)
		return CLIENT_USAGE;
	if (profile_import(json_string_value(file), json_string_length(file),
		path, &made, &e) == -1) {
		json_decref(file);
		return client_complain(CLIENT_USAGE, &e);
	}
	json_decref(file);
	for (i = 0; i < made.nnotes; i++)
		client_complainf(
		    CLIENT_PASSED, "not carried over: %s", made.notes[i]);
	if (!c->is_json || args_has(&c->args, "output"))
		status = client_profile_put(c, made.yaml);
	if (c->is_json && status == CLIENT_PASSED)
		print_made(&made);
	profile_import_clear(&made);
	return status;
}
