/*
 * own_netns: what tests with real interfaces need.  Each test is in a process
 * and a network namespace of its own, so whatever it makes ends with it.
 */
#ifndef ASSAY_OWN_NETNS_H
#define ASSAY_OWN_NETNS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define OWN_NETNS_LIMIT_MS 10000

/* False, and "skipped: why" is printed: not root. */
bool own_netns_can(void);
/* A new network namespace for this process, lo up. Aborts on failure. */
void own_netns_enter(void);
/* Runs a command line (split at spaces, no quoting) and waits; its exit
 * status. Output goes nowhere. */
int own_netns_run(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
/* The same; its output, at most size bytes with the NUL. */
int own_netns_output(char *out, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Forks a process in a new network namespace that waits for its end; it dies
 * with us. Its namespace is /proc/PID/ns/net. */
pid_t own_netns_other(void);
/* Asks every 10 ms until it is true. False after OWN_NETNS_LIMIT_MS. */
bool own_netns_wait(bool (*is_so)(void *arg), void *arg);
/* A fresh directory that every user may walk through; removed with
 * own_netns_remove. */
char *own_netns_directory(void);
void own_netns_remove(const char *directory);

#endif
