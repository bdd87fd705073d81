/*
 * client_bench: a bench that plays a script, for tests of the client.
 *
 * The real control socket (daemon/control/control.c) in a process of its own;
 * behind it methods that answer from a table and runs whose records are made
 * up.
 */
#ifndef ASSAY_CLIENT_BENCH_H
#define ASSAY_CLIENT_BENCH_H

#include <sys/types.h>

/* A title, a clear-screen, a C1 colour, bidi, DEL, a line break. */
#define CLIENT_BENCH_HOSTILE \
	"\x1b]0;pwn\x07\x1b[2J\xc2\x9b" \
	"31m\xe2\x80\xae\xe2\x81\xa6\x7f\r\nnext"

/* Listens on socket_path.  What a device is called decides what its run does:
 * "good", "bad", "inconc", "hostile" (every string), "person" (prompts),
 * "endless" (no end), "cut" (the daemon goes away in the middle and comes
 * back), "torn" (as good, no exit in the manifest). Returns when it listens. */
pid_t client_bench_start(const char *socket_path);
void client_bench_stop(pid_t pid);

#endif
