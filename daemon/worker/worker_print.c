/*
 * worker_print: raw print ports are connected to, and not written to.
 */
#include "daemon/worker/worker_print.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "protocols/packet.h"
#include "scenarios/profile_limits.h"

#define FIRST 9100
#define LAST 9107

static bool
is_print_port(uint16_t port)
{
	return port >= FIRST && port <= LAST;
}

bool
worker_print_may_write(
    const struct worker_facts *f, uint16_t port, const char *today)
{
	size_t i;

	if (!is_print_port(port))
		return true;
	for (i = 0; i < worker_facts_count(f, "consents"); i++)
		if (strcmp(worker_facts_at(f, "consents", i, "hazard"),
			"prints") == 0 &&
		    profile_date_holds(
			worker_facts_at(f, "consents", i, "until"), today))
			return true;
	return false;
}

/* The day of a time since 1970, in UTC, by the proleptic Gregorian calendar:
 * libc's own would open the time zone's file, which a worker may not. */
void
worker_print_day(uint64_t seconds, char day[static 11])
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };
	uint64_t left = seconds / 86400;
	unsigned year = 1970, month = 0, length, leap;

	for (;; year++) {
		leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
		if (left < 365 + leap || year == 9999)
			break;
		left -= 365 + leap;
	}
	for (; month < 11; month++) {
		length = days[month] + (month == 1 ? leap : 0);
		if (left < length)
			break;
		left -= length;
	}
	snprintf(day, 11, "%04u-%02u-%02u", year, month + 1,
	    (unsigned)(left % 31) + 1);
}

bool
worker_print_may_write_now(const struct worker_facts *f, uint16_t port)
{
	char today[11];

	worker_print_day((uint64_t)time(NULL), today);
	return worker_print_may_write(f, port, today);
}

bool
worker_print_is_writing(const void *frame, size_t size)
{
	struct packet p;

	return packet_dissect(&p, frame, size) == 0 &&
	    (p.layers & PACKET_TCP) != 0 && is_print_port(p.port_dst) &&
	    (p.payload == NULL || p.payload_size > 0);
}
