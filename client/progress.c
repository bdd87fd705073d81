/*
 * progress: lines that stay, and below them one that is redrawn.
 */
#include "client/progress.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "reports/text_out.h"

#define PLAIN_EVERY_MS 2000
#define REDRAW_EVERY_MS 100
#define BAR_COLUMNS 20

struct progress {
	const struct text_style *style;
	FILE *out;
	bool is_terminal;
	uint64_t steps;
	char *line; /* what is, or would be, drawn; NULL: nothing */
	bool is_drawn;
	uint64_t drawn_ms;
	/* For the pace. */
	uint64_t job, first_done, first_ms;
};

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static size_t
columns(const struct progress *p)
{
	struct winsize w;

	if (ioctl(fileno(p->out), TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
		return w.ws_col;
	return 80;
}

static void
erase(struct progress *p)
{
	if (p->is_drawn)
		fputs("\r\033[K", p->out);
	p->is_drawn = false;
}

/* One column less than there are, so that no terminal wraps it. */
static void
draw(struct progress *p)
{
	size_t width = columns(p);
	char *fit;

	if (!p->is_terminal || p->line == NULL)
		return;
	fit = text_fit(p->line, width > 1 ? width - 1 : 1);
	fprintf(p->out, "\r%s\033[K", fit);
	fflush(p->out);
	free(fit);
	p->is_drawn = true;
	p->drawn_ms = now_ms();
}

struct progress *
progress_new(const struct text_style *style, FILE *out, bool is_terminal)
{
	struct progress *p = xcalloc(1, sizeof(*p));

	p->style = style;
	p->out = out;
	p->is_terminal = is_terminal;
	return p;
}

void
progress_free(struct progress *p)
{
	if (p == NULL)
		return;
	progress_clear(p);

	free(p);
}

void
progress_clear(struct progress *p)
{
	erase(p);
	fflush(p->out);
	free(p->line);
	p->line = NULL;
}

void
progress_print(struct progress *p, const char *lines)
{
	erase(p);
	fputs(lines, p->out);
	fflush(p->out);
	draw(p);
}

void
progress_set_steps(struct progress *p, uint64_t steps)
{
	p->steps = steps;
}

/* Takes over line. */
static void
set_line(struct progress *p, char *line)
{
	uint64_t now = now_ms();

	free(p->line);
	p->line = line;
	if (p->is_terminal && now - p->drawn_ms >= REDRAW_EVERY_MS) {
		draw(p);
	} else if (!p->is_terminal && now - p->drawn_ms >= PLAIN_EVERY_MS) {
		fprintf(p->out, "%s\n", line);
		fflush(p->out);
		p->drawn_ms = now;
	}
}

void
progress_say(struct progress *p, const char *text)
{
	p->drawn_ms = 0;
	set_line(p, xstrdup(text));
}

static uint64_t
number(const json_t *o, const char *name)
{
	json_int_t n = json_integer_value(json_object_get(o, name));

	return n < 0 ? 0 : (uint64_t)n;
}

static void
put_count(
    struct text_out *out, const char *before, uint64_t n, const char *after)
{
	char *text = text_count(n);

	text_putf(out, "%s%s%s", before, text, after);
	free(text);
}

/* Since this job was first heard of; 0: not known yet. */
static uint64_t
pace(struct progress *p, uint64_t job, uint64_t done)
{
	uint64_t now = now_ms();

	if (p->job != job || p->first_ms == 0 || done < p->first_done) {
		p->job = job;
		p->first_ms = now;
		p->first_done = done;
		return 0;
	}
	if (now - p->first_ms < 1000)
		return 0;
	return (done - p->first_done) * 1000 / (now - p->first_ms);
}

void
progress_update(struct progress *p, const json_t *params)
{
	uint64_t done = number(params, "done");
	uint64_t total = number(params, "total"), rate;
	const char *what = json_string_value(json_object_get(params, "what"));
	struct text_out out;
	char *bar;

	text_out_start(&out);
	text_putf(&out, "step %" PRIu64, number(params, "step"));
	if (p->steps > 0)
		text_putf(&out, "/%" PRIu64, p->steps);
	text_put_raw(&out, "  ");
	text_put(&out, json_string_value(json_object_get(params, "probe")));
	if (total > 0) {
		if (p->is_terminal) {
			bar = text_bar(p->style, done, total, BAR_COLUMNS);
			text_putf(&out, "  %s", bar);
			free(bar);
		}
		put_count(&out, "  ", done, "");
		put_count(&out, "/", total, "");
	} else if (done > 0) {
		put_count(&out, "  ", done, "");
	}
	rate = pace(p, number(params, "job"), done);
	if (rate > 0)
		put_count(&out, "  ", rate, "/s");
	if (what != NULL && what[0] != '\0') {
		text_put_raw(&out, "  ");
		text_put(&out, what);
	}
	set_line(p, text_out_end(&out));
}
