/*
 * role_life: the life of a small role: greeted by the warden, perhaps given the
 * engine, told to stop.
 */
#include "daemon/shared/role_life.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/log.h"
#include "daemon/shared/role.h"

/* Nobody sends these roles a descriptor but with ROLE_PEER. */
static void
drop(int fd)
{
	if (fd != -1)
		close(fd);
}

static int
on_engine_message(void *arg, struct msg_in *m, int fd)
{
	struct role_life *l = arg;

	drop(fd);
	return l->hooks->on_engine == NULL ? -1
					   : l->hooks->on_engine(l->arg, m);
}

static void
on_engine_close(void *arg, const char *why)
{
	struct role_life *l = arg;

	log_debug("engine: %s", why);
	peer_free(l->engine);
	l->engine = NULL;
}

static int
handle_peer(struct role_life *l, struct msg_in *m, int fd)
{
	static const struct peer_hooks hooks = { on_engine_message,
		on_engine_close };
	uint32_t segment;
	uint8_t role;

	msg_get_u8(m, &role);
	msg_get_u32(m, &segment);
	if (msg_end(m) == -1 || role != ROLE_ENGINE)
		return -1;
	peer_free(l->engine);
	l->engine = peer_new(l->base, fd, &hooks, l);
	if (l->hooks->on_greeted != NULL)
		l->hooks->on_greeted(l->arg);
	return 0;
}

static int
handle_stop(struct role_life *l, struct msg_in *m)
{
	if (msg_end(m) == -1)
		return -1;
	if (l->hooks->on_stop != NULL)
		l->hooks->on_stop(l->arg);
	else
		event_base_loopexit(l->base, NULL);
	return 0;
}

static int
on_warden_message(void *arg, struct msg_in *m, int fd)
{
	struct role_life *l = arg;

	if (m->type == ROLE_PEER && fd != -1)
		return handle_peer(l, m, fd);
	drop(fd);
	if (m->type == ROLE_START)
		return role_start_read(m, &l->start);
	if (m->type == ROLE_STOP)
		return handle_stop(l, m);
	return l->hooks->on_warden(l->arg, m);
}

static void
on_warden_close(void *arg, const char *why)
{
	struct role_life *l = arg;

	log_info("warden: %s", why);
	event_base_loopexit(l->base, NULL);
}

static void
ignore(int number)
{
	struct sigaction ignored;

	memset(&ignored, 0, sizeof(ignored));
	ignored.sa_handler = SIG_IGN;
	sigaction(number, &ignored, NULL);
}

void
role_life_begin(struct role_life *l, const struct role_hooks *hooks, void *arg)
{
	memset(l, 0, sizeof(*l));
	l->hooks = hooks;
	l->arg = arg;
	log_init(hooks->name, LOG_LEVEL_INFO);
	ignore(SIGPIPE);
	ignore(SIGINT);
	l->base = event_base_new();
	if (l->base == NULL)
		fatal("cannot make an event loop");
}

void
role_life_serve(struct role_life *l)
{
	static const struct peer_hooks hooks = { on_warden_message,
		on_warden_close };

	l->warden = peer_new(l->base, WIRE_FD, &hooks, l);
	event_base_dispatch(l->base);
	peer_free(l->engine);
	peer_free(l->warden);
	l->engine = NULL;
	l->warden = NULL;
}

void
role_life_end(struct role_life *l)
{
	event_base_free(l->base);
	l->base = NULL;
}
