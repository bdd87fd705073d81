/*
 * profile_firmware: are two profiles the same but for the firmware's version?
 *
 * A firmware is tested against what was declared before: its own line is no
 * other declaration.  Whatever is not plainly that line counts as a difference.
 */
#include "scenarios/profile_firmware.h"

#include <string.h>

/* Past the line that begins text, if that is the firmware's. */
static const char *
skip_firmware(const char *text)
{
	static const char key[] = "firmware:";
	const char *end;

	while (strncmp(text, key, sizeof(key) - 1) == 0) {
		end = strchr(text, '\n');
		if (end == NULL)
			return text + strlen(text);
		text = end + 1;
	}
	return text;
}

bool
profile_is_same_but_firmware(const char *a, const char *b)
{
	bool is_begin = true;

	for (;; a++, b++) {
		if (is_begin) {
			a = skip_firmware(a);
			b = skip_firmware(b);
		}
		if (*a != *b)
			return false;
		if (*a == '\0')
			return true;
		is_begin = *a == '\n';
	}
}
