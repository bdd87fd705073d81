/*
 * yaml_match: does a text match a table's pattern?
 *
 * A file asks the same few patterns thousands of times, and to compile one
 * costs a hundred times what it costs to match: so those of the file being
 * read stay compiled until it is.
 */
#include "scenarios/yaml_match.h"

#include <regex.h>
#include <stddef.h>

#include "base/log.h"
#include "scenarios/yaml.h"

#define KEPT_MAX 24 /* what the largest tables ask */

static struct {
	const char *pattern; /* where it stands, which is its name */
	regex_t compiled;
} kept[KEPT_MAX];
static size_t nkept;

void
yaml_match_forget(void)
{
	while (nkept > 0)
		regfree(&kept[--nkept].compiled);
}

bool
yaml_matches(const char *text, const char *pattern)
{
	size_t i;

	for (i = 0; i < nkept && kept[i].pattern != pattern; i++)
		;
	if (i == nkept) {
		if (nkept == KEPT_MAX)
			yaml_match_forget();
		i = nkept;
		if (regcomp(&kept[i].compiled, pattern,
			REG_EXTENDED | REG_NOSUB) != 0)
			fatal("yaml: a table's pattern is wrong: %s", pattern);
		kept[i].pattern = pattern;
		nkept++;
	}
	return regexec(&kept[i].compiled, text, 0, NULL, 0) == 0;
}
