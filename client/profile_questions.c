/*
 * profile_questions: what `assayctl profile new` asks, and the profile that the
 * answers make.
 *
 * An answer is put where it belongs as a quoted text, whatever it is: the
 * loader that reads every profile says what is wrong with it.
 */
#include "client/profile_questions.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "scenarios/profile.h"
#include "scenarios/profile_write.h"

enum question {
	Q_NAME,
	Q_MODEL,
	Q_VENDOR,
	Q_MAC,
	Q_FIRMWARE,
	Q_PORTS,
	Q_FLOWS,
	Q_UPDATES,
	Q_RECOVERY,
	Q_HAZARDS,
	Q_POWER,
	Q_RESET,
};

#define NONE "none"

const struct profile_question profile_questions[PROFILE_QUESTIONS] = {
	[Q_NAME] = { "Name, as it is sold", "", "", true },
	[Q_MODEL] = { "Model number", "", "", false },
	[Q_VENDOR] = { "Who declares this", "the maker's name", "", false },
	[Q_MAC] = { "MAC address of the sample",
	    "on its label; empty: said by `assayctl device add`", "", false },
	[Q_FIRMWARE] = { "Version of its firmware", "", "", false },
	[Q_PORTS] = { "Open ports",
	    "such as tcp/443 https, udp/5353 mdns; none; empty: nothing is "
	    "declared, and none can be judged",
	    "", false },
	[Q_FLOWS] = { "Whom it calls of itself",
	    "such as api.example.com:443, udp/ntp.example.com:123; none; "
	    "empty: nothing is declared",
	    "", false },
	[Q_UPDATES] = { "How firmware comes to it",
	    "WAY SIGNATURE [HOST], such as download ed25519 fw.example.com; "
	    "none; empty: nothing is declared",
	    "", false },
	[Q_RECOVERY] = { "Time in which it is back after a restart",
	    "such as 30s", "30s", false },
	[Q_HAZARDS] = { "What happens in the room when it is driven",
	    "of prints, sounds, moves, heats, unlocks, costs; or none", NONE,
	    false },
	[Q_POWER] = { "What cycles its power",
	    "hook NAME (of assayd.yaml), person, or none", NONE, false },
	[Q_RESET] = { "What resets it to its factory state",
	    "hook NAME, person, or none", NONE, false },
};

/* ---- words of an answer ---- */

/* The next of a list (", " between), trimmed; caller frees.  NULL: the end. */
static char *
next_of(const char **list, char separator)
{
	const char *from = *list, *to;
	char *one;

	from += strspn(from, " \t");
	if (*from == '\0')
		return NULL;
	to = strchr(from, separator);
	if (to == NULL)
		to = from + strlen(from);
	*list = *to == '\0' ? to : to + 1;
	while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
		to--;
	one = xasprintf("%.*s", (int)(to - from), from);
	return one;
}

static void
put_cell(struct profile_write *w, const char *key, const char *text)
{
	profile_write_f(w, "%s: ", key);
	profile_write_quoted(w, text, 4000);
}

/* "tcp/" before the rest; NULL when there is none.  Caller frees. */
static char *
take_transport(char **rest)
{
	char *slash = strchr(*rest, '/'), *transport;

	if (slash == NULL || slash == *rest ||
	    *rest + strspn(*rest, "abcdefghijklmnopqrstuvwxyz") != slash)
		return NULL;
	transport = xasprintf("%.*s", (int)(slash - *rest), *rest);
	*rest = slash + 1;
	return transport;
}

/* ---- one entry of a list ---- */

static void
put_port(struct profile_write *w, char *entry)
{
	char *rest = entry, *transport = take_transport(&rest);
	const char *words = rest;
	char *port = next_of(&words, ' '), *service = next_of(&words, '\0');

	profile_write_raw(w, "  - {");
	if (transport != NULL) {
		put_cell(w, "transport", transport);
		profile_write_raw(w, ", ");
	}
	put_cell(w, "port", port == NULL ? "" : port);
	if (service != NULL) {
		profile_write_raw(w, ", ");
		put_cell(w, "service", service);
	}
	profile_write_raw(w, "}\n");
	free(transport);
	free(port);
	free(service);
}

/* [transport/]host[:port]; more than one colon is an IPv6 address. */
static void
put_flow(struct profile_write *w, char *entry)
{
	char *rest = entry, *transport = take_transport(&rest);
	char *colon = strchr(rest, ':');

	if (colon != NULL && strchr(colon + 1, ':') == NULL)
		*colon = '\0';
	else
		colon = NULL;
	profile_write_raw(w, "  - {");
	put_cell(w, "to", rest);
	if (transport != NULL || colon != NULL) {
		profile_write_raw(w, ", ");
		put_cell(w, "transport", transport == NULL ? "tcp" : transport);
	}
	if (colon != NULL) {
		profile_write_raw(w, ", ");
		put_cell(w, "port", colon + 1);
	}
	profile_write_raw(w, "}\n");
	free(transport);
}

static void
put_update(struct profile_write *w, char *entry)
{
	static const char *const keys[] = { "way", "signature", "host" };
	const char *words = entry;
	char *word;
	size_t i;

	profile_write_raw(w, "  - {");
	for (i = 0; i < 3; i++) {
		word = next_of(&words, i < 2 ? ' ' : '\0');
		if (word == NULL)
			break;
		profile_write_raw(w, i == 0 ? "" : ", ");
		put_cell(w, keys[i], word);
		free(word);
	}
	profile_write_raw(w, "}\n");
}

static void
put_hazard(struct profile_write *w, char *entry)
{
	profile_write_raw(w, "  - ");
	profile_write_quoted(w, entry, 4000);
	profile_write_raw(w, "\n");
}

/* ---- one answer ---- */

/* Not said is no key; none is an empty list. */
static void
put_list(struct profile_write *w, const char *key, const char *answer,
    void (*put_entry)(struct profile_write *, char *))
{
	char *entry;

	if (answer[0] == '\0')
		return;
	if (strcmp(answer, NONE) == 0) {
		profile_write_f(w, "%s: []\n", key);
		return;
	}
	profile_write_f(w, "%s:\n", key);
	for (entry = next_of(&answer, ','); entry != NULL;
	     entry = next_of(&answer, ',')) {
		put_entry(w, entry);
		free(entry);
	}
}

static void
put_text(struct profile_write *w, const char *key, const char *answer)
{
	if (answer[0] == '\0')
		return;
	put_cell(w, key, answer);
	profile_write_raw(w, "\n");
}

static bool
is_action(const char *answer)
{
	return answer[0] != '\0' && strcmp(answer, NONE) != 0;
}

/* hook NAME, person, or what the loader refuses. */
static void
put_action(struct profile_write *w, const char *name, const char *answer,
    const char *prompt, const char *check)
{
	char *by, *hook;

	if (!is_action(answer))
		return;
	by = next_of(&answer, ' ');
	hook = next_of(&answer, '\0');
	profile_write_f(w, "  %s:\n    ", name);
	put_cell(w, "by", by == NULL ? "" : by);
	profile_write_raw(w, "\n");
	if (hook != NULL) {
		profile_write_raw(w, "    ");
		put_cell(w, "hook", hook);
		profile_write_raw(w, "\n");
	}
	if (by != NULL && strcmp(by, "person") == 0)
		profile_write_f(w, "    prompt: %s\n    limit: 10m\n", prompt);
	profile_write_f(w, "    check: {kind: %s}\n", check);
	free(by);
	free(hook);
}

static void
put_all(struct profile_write *w, char *const answers[PROFILE_QUESTIONS])
{
	profile_write_raw(w,
	    "# What a maker declares of a device, as it was answered. The "
	    "shipped example.yaml\n# has the keys that were not asked for.\n"
	    "version: 1\nproduct:\n");
	put_text(w, "  name", answers[Q_NAME]);
	put_text(w, "  model", answers[Q_MODEL]);
	put_text(w, "  vendor", answers[Q_VENDOR]);
	put_text(w, "mac", answers[Q_MAC]);
	put_text(w, "firmware", answers[Q_FIRMWARE]);
	put_list(w, "ports", answers[Q_PORTS], put_port);
	put_list(w, "flows", answers[Q_FLOWS], put_flow);
	put_list(w, "updates", answers[Q_UPDATES], put_update);
	put_text(w, "recovery", answers[Q_RECOVERY]);
	put_list(w, "hazards", answers[Q_HAZARDS], put_hazard);
	if (is_action(answers[Q_POWER]) || is_action(answers[Q_RESET]))
		profile_write_raw(w, "actions:\n");
	put_action(w, "power.cycle", answers[Q_POWER],
	    "Take its power away, and give it back after ten seconds.",
	    "reboot");
	put_action(w, "reset.factory", answers[Q_RESET],
	    "Reset it to its factory state.", "up");
}

char *
profile_questions_make(
    char *const answers[PROFILE_QUESTIONS], size_t n, struct err *e)
{
	char *given[PROFILE_QUESTIONS], nothing[] = "", *text;
	struct profile_write w;
	struct profile *p;
	size_t i;

	for (i = 0; i < PROFILE_QUESTIONS; i++)
		given[i] = i < n ? answers[i] : nothing;
	profile_write_start(&w);
	put_all(&w, given);
	text = profile_write_end(&w);
	p = profile_parse(text, strlen(text), "", e);
	if (p == NULL) {
		free(text);
		return NULL;
	}
	profile_free(p);
	return text;
}
