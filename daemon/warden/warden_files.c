/*
 * warden_files: the lock, directories with owners and modes, the socket.
 */
#include "daemon/warden/warden_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"

/* Every directory above the last name, as `mkdir -p` makes them. */
static int
make_parents(const char *path, struct err *e)
{
	char *copy = xstrdup(path), *p;
	int r = 0;

	for (p = strchr(copy + 1, '/'); p != NULL && r == 0;
	     p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(copy, 0755) == -1 && errno != EEXIST)
			r = err_set(e, "%s: %s", copy, strerror(errno));
		*p = '/';
	}
	free(copy);
	return r;
}

/* A link in the last place is refused: whoever may write there must not
 * choose what root changes. */
static int
make_directory(
    const char *path, uid_t uid, gid_t gid, mode_t mode, struct err *e)
{
	int fd, r = 0;

	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		return err_set(e, "%s: %s", path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || fchown(fd, uid, gid) == -1 || fchmod(fd, mode) == -1)
		r = err_set(e, "%s: %s", path, strerror(errno));
	if (fd != -1)
		close(fd);
	return r;
}

/* Our own users must be able to walk to the state directory. */
static int
check_reachable(const char *path, struct err *e)
{
	char *copy = xstrdup(path), *p = copy;
	struct stat st;
	int r = 0;

	do {
		p = strchr(p + 1, '/');
		if (p != NULL)
			*p = '\0';
		if (stat(copy, &st) == -1)
			r = err_set(e, "%s: %s", copy, strerror(errno));
		else if ((st.st_mode & S_IXOTH) == 0)
			r = err_set(e,
			    "%s: %s is closed to the daemon's own users (mode "
			    "%04o)",
			    path, copy, st.st_mode & 07777);
		if (p != NULL)
			*p = '/';
	} while (p != NULL && r == 0);
	free(copy);
	return r;
}

static int
lock_once(struct warden *w, struct err *e)
{
	struct stat here, there;
	char pid[16];
	int n;

	w->lock_fd =
	    open(w->lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (w->lock_fd == -1)
		return err_set(e, "%s: %s", w->lock_path, strerror(errno));
	if (flock(w->lock_fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno == EWOULDBLOCK)
			err_set(e, "%s: another assayd runs here",
			    w->conf->run_dir);
		else
			err_set(e, "%s: %s", w->lock_path, strerror(errno));
		close(w->lock_fd);
		w->lock_fd = -1;
		return -1;
	}
	/* The one before us may have removed the file we opened. */
	if (fstat(w->lock_fd, &here) == -1 ||
	    stat(w->lock_path, &there) == -1 || here.st_ino != there.st_ino) {
		close(w->lock_fd);
		w->lock_fd = -1;
		return 1;
	}
	n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	if (ftruncate(w->lock_fd, 0) == -1 ||
	    write(w->lock_fd, pid, (size_t)n) != n)
		return err_set(e, "%s: %s", w->lock_path, strerror(errno));
	return 0;
}

int
warden_lock(struct warden *w, struct err *e)
{
	int r;

	if (make_parents(w->conf->run_dir, e) == -1 ||
	    make_directory(w->conf->run_dir, 0, 0, 0755, e) == -1)
		return -1;
	do
		r = lock_once(w, e);
	while (r == 1);
	return r;
}

int
warden_make_directories(struct warden *w, struct err *e)
{
	const char *state = w->conf->state_dir;
	uid_t store = warden_role_uid(w, ROLE_STORE);
	uid_t capture = warden_role_uid(w, ROLE_CAPTURE);
	uid_t services = warden_role_uid(w, ROLE_SERVICES);
	gid_t readers = warden_role_gid(w, ROLE_ENGINE);
	const struct {
		const char *name;
		uid_t uid;
		gid_t gid;
		mode_t mode;
	} dirs[] = {
		{ "store", store, warden_role_gid(w, ROLE_STORE), 0700 },
		{ "captures", 0, 0, 0755 },
		{ "evidence", capture, readers, 0750 },
		{ "services", services, warden_role_gid(w, ROLE_SERVICES),
		    0700 },
		{ "interfaces", 0, 0, 0700 },
		{ "keys", 0, 0, 0700 },
	};
	char *path;
	size_t i;
	int r;

	if (make_parents(state, e) == -1 ||
	    make_directory(state, 0, 0, 0755, e) == -1 ||
	    check_reachable(state, e) == -1)
		return -1;
	r = 0;
	for (i = 0; i < sizeof(dirs) / sizeof(*dirs) && r == 0; i++) {
		path = xasprintf("%s/%s", state, dirs[i].name);
		r = make_directory(
		    path, dirs[i].uid, dirs[i].gid, dirs[i].mode, e);
		free(path);
	}
	for (i = 0; i < w->conf->nsegments && r == 0; i++) {
		path = xasprintf(
		    "%s/captures/%s", state, w->conf->segments[i].name);
		r = make_directory(path, capture, readers, 0750, e);
		free(path);
	}
	return r;
}

/* Name or number; "" is root's own group. */
static int
find_group(const char *name, gid_t *gid, struct err *e)
{
	struct group *g;
	char *end;
	unsigned long n;

	*gid = 0;
	if (name == NULL || name[0] == '\0')
		return 0;
	errno = 0;
	n = strtoul(name, &end, 10);
	if (*end == '\0' && errno == 0 && n < (gid_t)-1) {
		*gid = (gid_t)n;
		return 0;
	}
	g = getgrnam(name);
	if (g == NULL)
		return err_set(e,
		    "no group named %s on this machine (run_group and "
		    "view_group in assayd.yaml)",
		    name);
	*gid = g->gr_gid;
	return 0;
}

int
warden_open_control(struct warden *w, struct err *e)
{
	struct sockaddr_un sa;
	gid_t run, view;
	mode_t mode = 0660;

	if (find_group(w->conf->run_group, &run, e) == -1 ||
	    find_group(w->conf->view_group, &view, e) == -1)
		return -1;
	/* Two groups on one socket: everyone may connect, and the peer's
	 * credentials decide. */
	if (w->conf->view_group != NULL && w->conf->view_group[0] != '\0' &&
	    view != run)
		mode = 0666;
	memset(&sa, 0, sizeof(sa));
	sa.sun_family = AF_UNIX;
	if (strlen(w->control_path) >= sizeof(sa.sun_path))
		return err_set(
		    e, "%s: too long for a socket's name", w->control_path);
	memcpy(sa.sun_path, w->control_path, strlen(w->control_path));
	w->control_fd =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	(void)unlink(w->control_path); /* a stale one: we hold the lock */
	if (w->control_fd == -1 ||
	    bind(w->control_fd, (struct sockaddr *)&sa, sizeof(sa)) == -1 ||
	    lchown(w->control_path, 0, run) == -1 ||
	    chmod(w->control_path, mode) == -1 ||
	    listen(w->control_fd, 64) == -1)
		return err_set(e, "%s: %s", w->control_path, strerror(errno));
	return 0;
}

int
warden_copy_conf(struct warden *w, struct err *e)
{
	const char *path = w->options->conf_path;
	char buffer[16384];
	ssize_t n = -1;
	int from;

	from = open(path, O_RDONLY | O_CLOEXEC);
	w->conf_fd =
	    memfd_create("assayd.yaml", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (from != -1 && w->conf_fd != -1)
		while ((n = read(from, buffer, sizeof(buffer))) > 0)
			if (write(w->conf_fd, buffer, (size_t)n) != n)
				break;
	if (n != 0 ||
	    fcntl(w->conf_fd, F_ADD_SEALS,
		F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == -1)
		n = err_set(e, "%s: %s", path, strerror(errno));
	if (from != -1)
		close(from);
	return (int)n;
}

void
warden_remove_files(struct warden *w)
{
	if (w->control_fd != -1) {
		(void)unlink(w->control_path);
		close(w->control_fd);
	}
	if (w->lock_fd != -1) {
		(void)unlink(w->lock_path);
		close(w->lock_fd);
	}
}

static int
open_directory(
    const struct warden *w, const char *below, const char *name, struct err *e)
{
	char *path = xasprintf("%s/%s%s", w->conf->state_dir, below, name);
	int fd;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		err_set(e, "%s: %s", path, strerror(errno));
	free(path);
	return fd;
}

int
warden_open_captures(const struct warden *w, const char *segment, struct err *e)
{
	return open_directory(w, "captures/", segment, e);
}

int
warden_open_evidence(const struct warden *w, struct err *e)
{
	return open_directory(w, "evidence", "", e);
}

uint32_t
warden_next_capture(int directory)
{
	unsigned long highest = 0, n;
	struct dirent *entry;
	char *end;
	DIR *dir;
	int fd;

	fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd == -1 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		if (fd != -1)
			close(fd);
		return 1;
	}
	while ((entry = readdir(dir)) != NULL) {
		n = strtoul(entry->d_name, &end, 10);
		if (end != entry->d_name && *end == '.' && n > highest &&
		    n < UINT32_MAX)
			highest = n;
	}
	closedir(dir);
	return (uint32_t)highest + 1;
}
