/*
 * log: one line per event on stderr: "time process level: subject: what: why".
 *
 * Lower case, no full stop.  A string that came from a device, a worker or a
 * client goes through log_quote() first: no control character reaches a
 * terminal or a log file.
 */
#ifndef ASSAY_LOG_H
#define ASSAY_LOG_H

#include <stddef.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* process: "engine", "capture wired0" …; copied.  Lines below level are
 * dropped. */
void log_init(const char *process, enum log_level level);
enum log_level log_get_level(void);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Third error idiom: logs and exits with status 1 (EX_SOFTWARE is for shells).
 * Only for what cannot be: never for anything that the network, a DUT, a
 * worker, a user or a file supplied. */
_Noreturn void fatal(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Copies at most size-1 bytes of the quoted form of s (length n) to out:
 * printable UTF-8 stays, every control, C1, bidi-control or malformed byte
 * becomes \xHH.  Ends in "…" when cut.  Returns out. */
const char *log_quote(const char *s, size_t n, char *out, size_t size);

#endif
