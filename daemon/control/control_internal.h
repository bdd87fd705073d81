/*
 * control_internal: what the files of the control socket share.
 */
#ifndef ASSAY_CONTROL_INTERNAL_H
#define ASSAY_CONTROL_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/control/control.h"
#include "daemon/control/control_conn.h"

#define CONTROL_CLIENTS_MAX 64
#define CONTROL_CLIENTS_OF_ONE 40 /* of one process: others find room */
#define CONTROL_CALLS_MAX 16      /* under way, per client */
#define CONTROL_STALL_MS 60000

struct control_subscription;

TAILQ_HEAD(control_clients, control_client);
TAILQ_HEAD(control_calls, control_call);

struct control {
	struct event_base *base;
	struct event *listening, *tick;
	int fd, spare_fd; /* spare: given up to tell one who is too many */
	const struct control_method *methods;
	int64_t run_gid, view_gid;
	void *engine;
	struct control_clients clients;
	size_t nclients;
	uint64_t stall_ms;
	uint64_t newest; /* durable record known to be so; 0: none */
	void (*on_replay)(void *engine, struct control_replay *r, uint64_t from,
	    uint64_t to, uint64_t run);
};

struct control_client {
	TAILQ_ENTRY(control_client) entry;
	struct control *control;
	struct control_conn *conn;
	enum control_right right;
	uint32_t uid, gid;
	pid_t pid;
	struct control_calls calls;
	size_t ncalls;
	bool is_eof;                               /* will send no more */
	struct control_subscription *subscription; /* NULL: none */
};

struct control_call {
	TAILQ_ENTRY(control_call) entry; /* while client is not NULL */
	struct control_client *client;   /* NULL: gone */
	json_t *root, *id; /* the request; id NULL: wants no answer */
	uint32_t uid, gid;
};

/* Stalls are looked for this often and after that long: for tests. */
void control_set_stall_ms(struct control *c, uint64_t stall_ms);

/* Ends a connection with a last error line. */
void control_client_end(struct control_client *client, const char *why);

/* control_subscribe.c */
void control_subscription_free(struct control_subscription *s);
void control_subscription_drained(struct control_subscription *s);

#endif
