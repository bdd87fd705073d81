/*
 * control_rig: a control socket whose methods and store are the test's.
 */
#ifndef ASSAY_TESTS_CONTROL_RIG_H
#define ASSAY_TESTS_CONTROL_RIG_H

#include <stddef.h>
#include <stdint.h>
#include <sys/un.h>

#include <jansson.h>

#include "daemon/control/control.h"

struct event_base;

#define LIMIT_MS 20000
#define RUN_GID 61001
#define VIEW_GID 61002
#define REQUEST(method, params) \
	"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"" method \
	"\",\"params\":" params "}"

struct control_rig {
	struct event_base *base;
	struct control *control;
	char dir[64];
	struct sockaddr_un addr;
	struct control_call *held[64];
	size_t nheld;
	unsigned calls;
	/* The store: records 1 to `stored`, each with `pad` bytes. */
	uint64_t stored;
	size_t pad;
	bool is_late; /* keep replays until the test answers them */
	struct control_replay *replay;
	uint64_t replay_from, replay_to, replay_run;
	unsigned replays;
	const char *replay_error;
};

extern struct control_rig control_rig;
extern const struct control_method control_rig_methods[7]; /* and the end */

uint64_t control_rig_number(const json_t *params, const char *name);
void control_rig_answer_replay(void);
void control_rig_publish(void);
void control_rig_set_up(void);
void control_rig_tear_down(void);
uint64_t control_rig_now_ms(void);
int control_rig_dial(void);
void control_rig_turn(void);
void control_rig_put(int fd, const char *bytes, size_t size);
void control_rig_say(int fd, const char *line);
json_t *control_rig_take(int fd);
bool control_rig_is_silent(int fd);
int control_rig_error_code(const json_t *o);
const char *control_rig_error_text(const json_t *o);
void control_rig_expect_error(int fd, int code, const char *text);
void control_rig_expect_end(int fd);
void control_rig_expect_record(int fd, uint64_t seq);
void control_rig_expect_from(int fd, uint64_t from);
int control_rig_subscribe(uint64_t from, uint64_t run);

#endif
