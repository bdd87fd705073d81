/*
 * client_rig: assayctl run as it is typed, against a scripted bench.
 */
#ifndef ASSAY_TESTS_CLIENT_RIG_H
#define ASSAY_TESTS_CLIENT_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define LIMIT_MS 20000
#define OUTPUT_MAX 262144

struct client_rig {
	char dir[64], path[128];
	const char *stdin_path; /* of the next client; NULL: empty */
	pid_t bench;
	/* The client under way. */
	pid_t pid;
	int out, err;
	char stdout_text[OUTPUT_MAX], stderr_text[OUTPUT_MAX];
	size_t nout, nerr;
};

extern struct client_rig client_rig;

void client_rig_set_up(void);
void client_rig_tear_down(void);
void client_rig_write_file(const char *name, const char *text);
void client_rig_run_child(const char *line);
void client_rig_begin(const char *line);
void client_rig_begin_on_terminal(const char *line, unsigned short columns);
bool client_rig_read_until(const char *text);
int client_rig_finish(void);
int client_rig_run(const char *line);
void client_rig_expect_out(const char *text);
void client_rig_expect_err(const char *text);
void client_rig_expect_plain(const char *text);

#endif
