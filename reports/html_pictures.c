/*
 * html_pictures: the course of a run, with how the device fared, and the ports
 * that were found open, each also in words.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "reports/html_parts.h"

#define WIDTH 760
#define LEFT 150
#define ROW 20
#define LANES_MAX 40
#define EVENTS_SHOWN 40
#define CHIPS_MAX 200
#define PORTS 65536

/* ---- the course of a run ---- */

struct course {
	json_int_t from, to;
	const json_t *run;
	const char *lanes[LANES_MAX]; /* a probe each */
	size_t nlanes;
};

static int
x_of(const struct course *c, json_int_t at)
{
	if (at < c->from)
		at = c->from;
	if (at > c->to)
		at = c->to;
	return LEFT +
	    (int)((double)(at - c->from) / (double)(c->to - c->from) *
		(WIDTH - LEFT - 10));
}

static size_t
lane_of(struct course *c, const char *probe)
{
	size_t i;

	for (i = 0; i < c->nlanes; i++)
		if (strcmp(c->lanes[i], probe) == 0)
			return i;
	if (c->nlanes < LANES_MAX)
		c->lanes[c->nlanes++] = probe;
	return i < LANES_MAX ? i : LANES_MAX - 1;
}

static const char *
class_of_health(const char *code)
{
	if (strcmp(code, "up") == 0)
		return "s-pass";
	if (strcmp(code, "slow") == 0 || strcmp(code, "address_changed") == 0)
		return "s-incomplete";
	return "s-fail";
}

static void
put_rect(struct html *h, const char *class, const int *box, const char *title)
{
	html_rawf(h,
	    "<rect class=\"bar %s\" x=\"%d\" y=\"%d\" width=\"%d\" "
	    "height=\"%d\"><title>",
	    class, box[0], box[1], box[2] < 2 ? 2 : box[2], box[3]);
	html_put(h, title);
	html_raw(h, "</title></rect>\n");
}

static const char *
health_word(const struct html *h, const char *code)
{
	char name[64];
	const char *text;

	snprintf(name, sizeof(name), "health.%s", code);
	text = messages_text(h->messages, name);
	return text == NULL ? code : text;
}

/* A band of what the watch has seen, from event to event. */
static void
put_health(struct html *h, const struct course *c)
{
	const json_t *events = json_object_get(c->run, "events"), *e;
	const char *code = NULL;
	json_int_t since = c->from;
	int box[4] = { 0, 4, 0, 12 };
	size_t i;

	html_raw(h, "<text x=\"0\" y=\"14\">");
	html_put_word(h, "health");
	html_raw(h, "</text>");
	for (i = 0; i <= json_array_size(events); i++) {
		e = json_array_get(events, i);
		if (e != NULL && strcmp(html_text(e, "what"), "health") != 0)
			continue;
		box[0] = x_of(c, since);
		box[2] = x_of(c, e == NULL ? c->to : html_integer(e, "time")) -
		    box[0];
		if (code != NULL)
			put_rect(h, class_of_health(code), box,
			    health_word(h, code));
		since = html_integer(e, "time");
		code = html_text(e, "code");
	}
}

/* What the band's colours mean, for how long in all. */
static void
put_healths(struct html *h, const struct course *c)
{
	static const char *const codes[] = { "up", "slow", "down", "rebooted",
		"address_changed", "link_lost" };
	const json_t *events = json_object_get(c->run, "events"), *e;
	const size_t n = sizeof(codes) / sizeof(codes[0]);
	json_int_t took[sizeof(codes) / sizeof(codes[0])] = { 0 }, since = 0;
	size_t i, k, now = n;

	for (i = 0; i <= json_array_size(events); i++) {
		e = json_array_get(events, i);
		if (e != NULL && strcmp(html_text(e, "what"), "health") != 0)
			continue;
		if (now < n)
			took[now] +=
			    (e == NULL ? c->to : html_integer(e, "time")) -
			    since;
		since = html_integer(e, "time");
		for (k = 0; k < n; k++)
			if (strcmp(html_text(e, "code"), codes[k]) == 0)
				now = k;
	}
	html_raw(h, "<ul class=\"legend\">");
	for (k = 0; k < n; k++) {
		if (took[k] <= 0)
			continue;
		html_rawf(h,
		    "<li><svg class=\"key\" aria-hidden=\"true\" "
		    "viewBox=\"0 0 12 12\"><rect class=\"bar %s\" "
		    "width=\"12\" height=\"12\"/></svg>",
		    class_of_health(codes[k]));
		html_put(h, health_word(h, codes[k]));
		html_rawf(h, " %.1f s</li>", (double)took[k] / 1e9);
	}
	html_raw(h, "</ul>");
}

static json_int_t
end_of(const struct course *c, const json_t *job)
{
	return json_is_integer(json_object_get(job, "ended"))
	    ? html_integer(job, "ended")
	    : c->to;
}

static const char *
class_of_job(const json_t *job)
{
	if (strcmp(html_text(job, "outcome"), "done") == 0)
		return "s-info";
	return json_is_null(json_object_get(job, "outcome")) ? "s-none"
							     : "s-error";
}

static void
put_jobs(struct html *h, struct course *c)
{
	const json_t *job;
	int box[4] = { 0, 0, 0, ROW - 8 };
	size_t i;

	for (i = 0; i < c->nlanes; i++) {
		html_rawf(
		    h, "<text x=\"0\" y=\"%d\">", (int)(i + 1) * ROW + 14);
		html_put(h, c->lanes[i]);
		html_raw(h, "</text>");
	}
	json_array_foreach (json_object_get(c->run, "jobs"), i, job) {
		box[0] = x_of(c, html_integer(job, "time"));
		box[1] =
		    (int)(lane_of(c, html_text(job, "probe")) + 1) * ROW + 4;
		box[2] = x_of(c, end_of(c, job)) - box[0];
		put_rect(h, class_of_job(job), box, html_text(job, "probe"));
	}
}

static void
put_axis(struct html *h, const struct course *c)
{
	int y = (int)(c->nlanes + 1) * ROW + 6;
	double s = (double)(c->to - c->from) / 1e9;

	html_rawf(h,
	    "<line class=\"axis\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>"
	    "<text class=\"soft\" x=\"%d\" y=\"%d\">0 s</text>"
	    "<text class=\"soft\" x=\"%d\" y=\"%d\" text-anchor=\"end\">"
	    "%.1f s</text>",
	    LEFT, y, WIDTH - 10, y, LEFT, y + 14, WIDTH - 10, y + 14, s);
}

static bool
is_notable(const json_t *event)
{
	static const char *const plain[] = { "rotated", "begun", "up", "rest" };
	const char *code = html_text(event, "code");
	size_t i;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strcmp(code, plain[i]) == 0)
			return false;
	return true;
}

static void
put_event(struct html *h, const struct course *c, const json_t *event)
{
	char code[128], *text;

	snprintf(code, sizeof(code), "event.%s.%s", html_text(event, "what"),
	    html_text(event, "code"));
	text = messages_format(
	    h->messages, code, json_object_get(event, "values"));
	html_rawf(h, "<li>%.1f s: ",
	    (double)(html_integer(event, "time") - c->from) / 1e9);
	html_put(h, text);
	html_raw(h, "</li>\n");
	free(text);
}

static void
put_events(struct html *h, const struct course *c)
{
	const json_t *event;
	size_t i, shown = 0,
		  left = (size_t)html_integer(c->run, "events_omitted");

	html_raw(h, "<ul class=\"small\">\n");
	json_array_foreach (json_object_get(c->run, "events"), i, event) {
		if (!is_notable(event))
			continue;
		if (shown++ < EVENTS_SHOWN)
			put_event(h, c, event);
		else
			left++;
	}
	if (shown == 0 && left == 0) {
		html_raw(h, "<li>");
		html_put_word(h, "no_events");
		html_raw(h, "</li>");
	}
	if (left > 0) {
		html_rawf(h, "<li>%zu ", left);
		html_put_word(h, "more_events");
		html_raw(h, "</li>");
	}
	html_raw(h, "</ul>\n");
}

static void
put_course(struct html *h, const json_t *run)
{
	struct course c = { .run = run, .from = html_integer(run, "time") };
	const json_t *job;
	size_t i;

	c.to = html_integer(run, "ended");
	json_array_foreach (json_object_get(run, "jobs"), i, job) {
		lane_of(&c, html_text(job, "probe"));
		if (html_integer(job, "ended") > c.to)
			c.to = html_integer(job, "ended");
	}
	if (c.to <= c.from)
		c.to = c.from + 1;
	html_raw(h, "<h3>");
	html_put_word(h, "run");
	html_rawf(h, " %lld: ", (long long)html_integer(run, "run"));
	html_put(h, html_text(json_object_get(run, "scenario"), "name"));
	html_raw(h, "</h3><p class=\"small\">");
	html_put_time(h, json_object_get(run, "time"));
	html_raw(h, " · ");
	html_put_name(h, "state.", html_text(run, "state"));
	html_raw(h, " · ");
	html_put_name(h, "mode.", html_text(run, "mode"));
	html_raw(h, " · ");
	if (json_is_string(json_object_get(run, "outcome")))
		html_put_name(h, "outcome.", html_text(run, "outcome"));
	else
		html_put_word(h, "still_open");
	html_raw(h, "</p><figure><svg role=\"img\" aria-label=\"");
	html_put_word(h, "course_label");
	html_rawf(h, "\" viewBox=\"0 0 %d %d\">\n", WIDTH,
	    (int)(c.nlanes + 1) * ROW + 26);
	put_health(h, &c);
	put_jobs(h, &c);
	put_axis(h, &c);
	html_raw(h, "</svg>");
	put_healths(h, &c);
	html_raw(h, "</figure>\n");
	put_events(h, &c);
}

void
html_timeline(struct html *h)
{
	const json_t *runs = json_object_get(h->report, "runs"), *run;
	size_t i;

	html_section(h, "course", "course");
	if (json_array_size(runs) == 0) {
		html_raw(h, "<p>");
		html_put_word(h, "never");
		html_raw(h, "</p>\n");
	}
	json_array_foreach (runs, i, run)
		put_course(h, run);
	html_section_end(h);
}

/* ---- ports ---- */

/* Of one sweep: which ports the maker declares on such an address in such a
 * state. */
struct declared {
	bool is_known; /* the maker declares ports at all */
	bool port[PORTS];
};

static bool
is_in(const json_t *list, const char *word)
{
	const json_t *one;
	size_t i;

	json_array_foreach (list, i, one)
		if (strcmp(json_string_value(one), word) == 0)
			return true;
	return false;
}

static void
read_declared(const struct html *h, const json_t *row, struct declared *d)
{
	const json_t *list = json_object_get(
			 json_object_get(h->report, "device"), "ports"),
		     *one;
	const char *family =
	    strchr(html_text(row, "address"), ':') == NULL ? "ipv4" : "ipv6";
	json_int_t port;
	size_t i;

	memset(d, 0, sizeof(*d));
	d->is_known = json_is_array(list);
	json_array_foreach (list, i, one) {
		if (strcmp(html_text(one, "transport"),
			html_text(row, "transport")) != 0 ||
		    (json_is_string(json_object_get(one, "family")) &&
			strcmp(html_text(one, "family"), family) != 0) ||
		    !is_in(json_object_get(one, "states"),
			html_text(row, "state")))
			continue;
		for (port = html_integer(one, "first"); port >= 0 &&
		     port < PORTS && port <= html_integer(one, "last");
		     port++)
			d->port[port] = true;
	}
}

/* Open ports in a row that are all declared, or all not. */
struct stretch {
	const char *at; /* in the list "22-23,80" */
	long next, end; /* of the range that is being read */
	long first, last;
};

/* False at the end of the list. */
static bool
next_stretch(struct stretch *s, const struct declared *d)
{
	char *after;

	if (s->next > s->end) {
		if (*s->at == '\0')
			return false;
		s->next = s->end = strtol(s->at, &after, 10);
		if (*after == '-')
			s->end = strtol(after + 1, &after, 10);
		if (after == s->at || s->next < 0 || s->end >= PORTS)
			return false; /* no list of ports */
		s->at = after + (*after == ',');
	}
	s->first = s->last = s->next;
	while (s->last < s->end && d->port[s->last + 1] == d->port[s->first])
		s->last++;
	s->next = s->last + 1;
	return true;
}

#define STRETCH(list) \
	{ \
		.at = (list), .next = 1 \
	}

static const char *
class_of_port(const struct declared *d, long port)
{
	if (!d->is_known)
		return "none";
	return d->port[port] ? "pass" : "fail";
}

static void
put_chips(struct html *h, const struct declared *d, const char *open)
{
	struct stretch s = STRETCH(open);
	size_t n = 0;

	while (n < CHIPS_MAX && next_stretch(&s, d)) {
		html_rawf(h, "<span class=\"w w-%s\">%ld",
		    class_of_port(d, s.first), s.first);
		if (s.last != s.first)
			html_rawf(h, "–%ld", s.last);
		if (d->is_known && !d->port[s.first]) {
			html_raw(h, " ");
			html_put_word(h, "not_declared");
		}
		html_raw(h, "</span> ");
		n++;
	}
	if (n == 0)
		html_raw(h, "–");
	if (n == CHIPS_MAX)
		html_put_word(h, "more");
}

/* A strip from port 0 to 65535, by the square root, so that the low ones,
 * where services are at home, have room. */
static int
strip_x(long port)
{
	long root = 0;

	while ((root + 1) * (root + 1) <= port)
		root++;
	return (int)(root * (WIDTH - 2) / 256);
}

static void
put_strip(struct html *h, const struct declared *d, const char *open)
{
	static const long ticks[] = { 0, 1024, 8192, 16384, 32768, 65535 };
	struct stretch s = STRETCH(open);
	const size_t n = sizeof(ticks) / sizeof(ticks[0]);
	size_t i;

	html_rawf(h,
	    "<svg aria-hidden=\"true\" viewBox=\"0 0 %d 34\">"
	    "<rect class=\"box\" x=\"0\" y=\"1\" width=\"%d\" "
	    "height=\"16\"/>",
	    WIDTH, WIDTH);
	for (i = 0; i < CHIPS_MAX && next_stretch(&s, d); i++)
		html_rawf(h,
		    "<rect class=\"bar s-%s\" x=\"%d\" y=\"2\" "
		    "width=\"%d\" height=\"14\"/>",
		    class_of_port(d, s.first), strip_x(s.first),
		    strip_x(s.last) - strip_x(s.first) + 2);
	for (i = 0; i < n; i++)
		html_rawf(h,
		    "<text class=\"soft\" x=\"%d\" y=\"30\" "
		    "text-anchor=\"%s\">%ld</text>",
		    strip_x(ticks[i]),
		    i == 0          ? "start"
			: i + 1 < n ? "middle"
				    : "end",
		    ticks[i]);
	html_raw(h, "</svg>\n");
}

static void
put_ports(struct html *h, const json_t *row)
{
	static const char *const counts[] = { "closed", "silent", "unsettled" };
	struct declared *d = xcalloc(1, sizeof(*d));
	size_t i;

	read_declared(h, row, d);
	html_raw(h, "<figure><figcaption><strong><bdi>");
	html_put(h, html_text(row, "address"));
	html_raw(h, "</bdi> ");
	html_put(
	    h, strcmp(html_text(row, "transport"), "udp") == 0 ? "UDP" : "TCP");
	html_raw(h, "</strong> · ");
	html_put_name(h, "state.", html_text(row, "state"));
	html_raw(h, " · ");
	html_put_word(h, "run");
	html_rawf(h, " %lld: ", (long long)html_integer(row, "run"));
	html_put_word(h, "open");
	html_raw(h, " ");
	put_chips(h, d, html_text(row, "open"));
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		if (html_integer(row, counts[i]) == 0)
			continue; /* not told of, or none */
		html_raw(h, " · ");
		html_put_word(h, counts[i]);
		html_raw(h, " ");
		html_put_count(h, html_integer(row, counts[i]));
	}
	html_raw(h, "</figcaption>\n");
	put_strip(h, d, html_text(row, "open"));
	free(d);
	html_raw(h, "</figure>\n");
}

void
html_ports(struct html *h)
{
	const json_t *rows = json_object_get(h->report, "ports"), *row;
	size_t i;

	html_section(h, "ports", "ports");
	html_raw(h, "<p>");
	html_put_word(
	    h, json_array_size(rows) == 0 ? "no_ports" : "ports_read");
	html_raw(h, "</p>\n");
	json_array_foreach (rows, i, row)
		put_ports(h, row);
	html_section_end(h);
}
