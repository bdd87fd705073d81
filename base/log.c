/*
 * log: one line per event on stderr.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"

static char process_name[48] = "assay";
static enum log_level threshold = LOG_LEVEL_INFO;

void
log_init(const char *process, enum log_level level)
{
	snprintf(process_name, sizeof(process_name), "%s", process);
	threshold = level;
}

enum log_level
log_get_level(void)
{
	return threshold;
}

/* One write per line, so that lines of several processes do not mix. */
static void __attribute__((format(printf, 2, 0)))
write_line(const char *level, const char *format, va_list ap)
{
	char line[2048], *end = line + sizeof(line) - 1;
	struct timespec now;
	struct tm tm;
	size_t n;
	int m;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	n = strftime(line, sizeof(line), "%H:%M:%S", &tm);
	m = snprintf(line + n, sizeof(line) - n,
	    ".%03ld %s %s: ", now.tv_nsec / 1000000, process_name, level);
	n += (size_t)m;
	m = vsnprintf(line + n, sizeof(line) - n, format, ap);
	n += m < 0 ? 0 : (size_t)m;
	if (n > (size_t)(end - line))
		n = (size_t)(end - line);
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, n) == -1)
		return; /* there is nowhere left to say it */
}

#define LOG_BODY(level, name) \
	do { \
		va_list ap; \
		if (threshold < (level)) \
			return; \
		va_start(ap, format); \
		write_line(name, format, ap); \
		va_end(ap); \
	} while (0)

void
log_error(const char *format, ...)
{
	LOG_BODY(LOG_LEVEL_ERROR, "error");
}

void
log_warn(const char *format, ...)
{
	LOG_BODY(LOG_LEVEL_WARN, "warning");
}

void
log_info(const char *format, ...)
{
	LOG_BODY(LOG_LEVEL_INFO, "info");
}

void
log_debug(const char *format, ...)
{
	LOG_BODY(LOG_LEVEL_DEBUG, "debug");
}

void
fatal(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line("fatal", format, ap);
	va_end(ap);
	exit(1);
}

const char *
log_quote(const char *s, size_t n, char *out, size_t size)
{
	size_t i = 0, o = 0, len;
	bool shown;

	if (size == 0)
		return out;
	while (i < n) {
		len = utf8_sequence((const uint8_t *)s + i, n - i, &shown);
		if (o + (shown ? len : 4) + 4 > size) { /* room for "…" */
			if (size - o > 3) {
				memcpy(out + o, "\xe2\x80\xa6", 3);
				o += 3;
			}
			break;
		}
		if (shown) {
			memcpy(out + o, s + i, len);
			o += len;
			i += len;
		} else {
			snprintf(out + o, 5, "\\x%02x", (unsigned char)s[i]);
			o += 4;
			i++;
		}
	}
	out[o] = '\0';
	return out;
}
