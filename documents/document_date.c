/*
 * document_date: days as documents write them, and the end of support.
 *
 * A day that the calendar does not have (2027-02-30) is refused, not carried
 * over.  Source: RFC 3339 section 5.6.
 */
#include <string.h>

#include "documents/document.h"

#define DAY_S 86400

/* n digits at *p, or -1; *p moves on. */
static int
digits(const char **p, const char *end, size_t n)
{
	int value = 0;

	if ((size_t)(end - *p) < n)
		return -1;
	for (; n > 0; n--, (*p)++) {
		if (**p < '0' || **p > '9')
			return -1;
		value = value * 10 + (**p - '0');
	}
	return value;
}

static bool
skip(const char **p, const char *end, const char *any)
{
	if (*p == end || **p == '\0' || strchr(any, **p) == NULL)
		return false;
	(*p)++;
	return true;
}

static int
days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

/* Days since 1970-01-01 (Howard Hinnant's days_from_civil, for years from 1
 * on). */
static int64_t
days_since(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year, era = y / 400,
		of_era = y - era * 400,
		of_year =
		    (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	    of_year - 719468;
}

static int
read_day(const char **p, const char *end, int64_t *seconds)
{
	int year = digits(p, end, 4), month, day;

	if (year < 1 || !skip(p, end, "-"))
		return -1;
	month = digits(p, end, 2);
	if (month < 1 || month > 12 || !skip(p, end, "-"))
		return -1;
	day = digits(p, end, 2);
	if (day < 1 || day > days_in(year, month))
		return -1;
	*seconds = days_since(year, month, day) * DAY_S;
	return 0;
}

/* "Z", "+09:00": seconds to take away. */
static int
read_offset(const char **p, const char *end, int64_t *seconds)
{
	int hours, minutes, sign;

	*seconds = 0;
	if (skip(p, end, "Zz"))
		return 0;
	sign = *p < end && **p == '-' ? -1 : 1;
	if (!skip(p, end, "+-"))
		return -1;
	hours = digits(p, end, 2);
	if (hours < 0 || hours > 23 || !skip(p, end, ":"))
		return -1;
	minutes = digits(p, end, 2);
	if (minutes < 0 || minutes > 59)
		return -1;
	*seconds = sign * (hours * 3600 + minutes * 60);
	return 0;
}

static int
read_time(const char **p, const char *end, int64_t *seconds)
{
	int hours = digits(p, end, 2), minutes, secs;
	int64_t offset;

	if (hours < 0 || hours > 23 || !skip(p, end, ":"))
		return -1;
	minutes = digits(p, end, 2);
	if (minutes < 0 || minutes > 59 || !skip(p, end, ":"))
		return -1;
	secs = digits(p, end, 2);
	if (secs < 0 || secs > 60) /* a leap second */
		return -1;
	if (skip(p, end, ".")) {
		if (digits(p, end, 1) == -1)
			return -1;
		while (*p < end && **p >= '0' && **p <= '9')
			(*p)++;
	}
	if (read_offset(p, end, &offset) == -1)
		return -1;
	*seconds += hours * 3600 + minutes * 60 + secs - offset;
	return 0;
}

int
document_date(const char *text, size_t size, int64_t *seconds)
{
	const char *p = text, *end = text + size;

	if (read_day(&p, end, seconds) == -1)
		return -1;
	if (p == end) {
		*seconds += DAY_S;
		return 0;
	}
	if (!skip(&p, end, "Tt ") || read_time(&p, end, seconds) == -1)
		return -1;
	return p == end ? 0 : -1;
}

void
document_check_support(json_t *rows, const char *until, int64_t now_s)
{
	int64_t end;

	if (until == NULL) {
		document_say(rows, "support.form", DOCUMENT_UNKNOWN,
		    "nobody said until when there is support");
		return;
	}
	if (document_date(until, strlen(until), &end) == -1) {
		document_say(rows, "support.form", DOCUMENT_BAD,
		    "\"%.40s\" is no date such as 2030-12-31", until);
		return;
	}
	document_say(rows, "support.form", DOCUMENT_GOOD,
	    "support ends with %.40s", until);
	document_say(rows, "support.future",
	    end > now_s ? DOCUMENT_GOOD : DOCUMENT_BAD,
	    end > now_s ? "that is in the future" : "that is over");
}
