/*
 * report_pdf: a page of HTML on paper, by a headless Chromium.
 *
 * It works in a directory of its own that goes with it, and nothing on the
 * page asks it to fetch or to run anything.
 */
#include "client/report_pdf.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

#define LIMIT_S 120
#define PDF_MAX (256l * 1024 * 1024)

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)where;
	if (type == FTW_DP)
		rmdir(path);
	else
		unlink(path);
	return 0;
}

static int
write_page(const char *path, const char *html)
{
	FILE *f = fopen(path, "wxe");
	bool is_written;

	if (f == NULL)
		return -1;
	is_written = fputs(html, f) != EOF;
	return fclose(f) == 0 && is_written ? 0 : -1;
}

/* NULL: it is not there, or no PDF. */
static char *
read_pdf(const char *path, size_t *size)
{
	FILE *f = fopen(path, "re");
	char *bytes = NULL;
	struct stat st;

	if (f == NULL)
		return NULL;
	if (fstat(fileno(f), &st) == 0 && st.st_size > 5 &&
	    st.st_size <= PDF_MAX) {
		*size = (size_t)st.st_size;
		bytes = xcalloc(*size, 1);
		if (fread(bytes, 1, *size, f) != *size ||
		    memcmp(bytes, "%PDF-", 5) != 0) {
			free(bytes);
			bytes = NULL;
		}
	}
	fclose(f);
	return bytes;
}

/* The process, in a group of its own, or -1: there is no such program. */
static pid_t
start(const char *program, const char *directory)
{
	/* Root has no sandbox of its own there; the page runs nothing. */
	char sandbox[] = "--no-sandbox", headless[] = "--headless",
	     gpu[] = "--disable-gpu", header[] = "--no-pdf-header-footer",
	     plain[] = "--disable-extensions",
	     quiet[] = "--disable-background-networking";
	char *home = xasprintf("HOME=%s", directory),
	     *path = xasprintf("PATH=%s",
		 getenv("PATH") == NULL ? "/usr/bin:/bin" : getenv("PATH")),
	     *data = xasprintf("--user-data-dir=%s/browser", directory),
	     *to = xasprintf("--print-to-pdf=%s/report.pdf", directory),
	     *from = xasprintf("file://%s/report.html", directory),
	     *name = xstrdup(program);
	char *const environment[] = { home, path, NULL };
	char *argv[12] = { name, headless, gpu, header, plain, quiet, data, to,
		from };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	pid_t pid;
	int r;

	if (geteuid() == 0) {
		argv[8] = sandbox;
		argv[9] = from;
	}
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
	r = posix_spawnp(&pid, program, &files, &attributes, argv, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	free(home);
	free(path);
	free(data);
	free(to);
	free(from);
	free(name);
	return r == 0 ? pid : -1;
}

/* Until it ends, or the limit; nobody of it is left. */
static void
await_end(pid_t pid)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	struct timespec now, end;
	int status;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += LIMIT_S;
	do {
		if (waitpid(pid, &status, WNOHANG) != 0)
			break;
		nanosleep(&pause, NULL);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec);
	kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
}

static char *
print(const char *directory, const char *html, size_t *size, struct err *e)
{
	static const char *const programs[] = { "chromium", "chromium-browser",
		"google-chrome" };
	char *page = xasprintf("%s/report.html", directory),
	     *paper = xasprintf("%s/report.pdf", directory), *pdf = NULL;
	pid_t pid = -1;
	size_t i;

	if (write_page(page, html) == -1) {
		err_set(e, "%s: %s", page, strerror(errno));
	} else {
		for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
			pid = start(programs[i], directory);
			if (pid != -1)
				break;
		}
		if (pid != -1)
			await_end(pid);
		pdf = read_pdf(paper, size);
		if (pid == -1)
			err_set(e,
			    "a PDF is printed by Chromium, and none is "
			    "installed (package chromium): print the HTML "
			    "instead");
		else if (pdf == NULL)
			err_set(e, "Chromium has not printed the page");
	}
	free(page);
	free(paper);
	return pdf;
}

char *
report_pdf(const char *html, size_t *size, struct err *e)
{
	const char *where = getenv("TMPDIR");
	char *directory, *pdf = NULL;

	directory = xasprintf("%s/assay-report.XXXXXX",
	    where == NULL || where[0] != '/' ? "/tmp" : where);
	if (mkdtemp(directory) == NULL) {
		err_set(e, "%s: %s", directory, strerror(errno));
	} else {
		pdf = print(directory, html, size, e);
		nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	}
	free(directory);
	return pdf;
}
