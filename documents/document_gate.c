/*
 * document_gate: the documents without which no order runs.
 */
#include "documents/document_gate.h"

#include <stdio.h>
#include <string.h>

static const char *const parts[] = { "manual", "access", "identifiers" };
#define NPARTS (sizeof(parts) / sizeof(parts[0]))

/* The bits of a list such as "manual,access"; *is_good: it names nothing else.
 */
static unsigned
bits_of(const char *covers, bool *is_good)
{
	unsigned bits = 0;
	size_t i, n;

	*is_good = covers[0] != '\0';
	while (covers[0] != '\0') {
		n = strcspn(covers, ",");
		for (i = 0; i < NPARTS; i++)
			if (strlen(parts[i]) == n &&
			    memcmp(parts[i], covers, n) == 0)
				break;
		if (i == NPARTS)
			*is_good = false;
		else
			bits |= 1u << i;
		covers += n;
		if (covers[0] == ',' && (++covers)[0] == '\0')
			*is_good = false;
	}
	return bits;
}

bool
document_gate_covers(const char *covers)
{
	bool is_good;

	bits_of(covers, &is_good);
	return is_good;
}

void
document_gate_take(struct document_gate *g, const json_t *attestation)
{
	const char *covers = json_string_value(
		       json_object_get(attestation, "covers")),
		   *conclusion = json_string_value(
		       json_object_get(attestation, "conclusion"));
	bool is_good;
	unsigned bits = covers == NULL ? 0 : bits_of(covers, &is_good);

	if (conclusion != NULL) {
		g->is_reviewed = true;
		g->conforms = strcmp(conclusion, "conforms") == 0;
	}
	/* What a reviewer turned down is not given any more. */
	if (conclusion == NULL || g->conforms)
		g->given |= bits;
	else
		g->given &= bits == 0 ? 0 : ~bits;
}

bool
document_gate_lacks(const struct document_gate *g, char *text, size_t size)
{
	size_t i, used = 0;

	text[0] = '\0';
	for (i = 0; i < NPARTS; i++)
		if ((g->given & (1u << i)) == 0 && used < size)
			used += (size_t)snprintf(text + used, size - used,
			    "%s%s", used > 0 ? ", " : "", parts[i]);
	if (!g->conforms && used < size)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		    used > 0 ? "; " : "",
		    g->is_reviewed ? "the conclusion is that they do not do"
				   : "no conclusion");
	return used > 0;
}
