/*
 * Any bytes as a file of messages: read or refused with a text; what it says
 * about any code is one harmless line.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_line(const char *line)
{
	if (line == NULL)
		abort();
	for (; *line != '\0'; line++)
		if ((unsigned char)*line < 0x20 || *line == 0x7f)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = { .text = "" };
	struct messages *m =
	    messages_parse((const char *)data, size, "f.yaml", &e);
	json_t *values;
	char *line;
	size_t i;

	if (m == NULL && e.text[0] == '\0')
		abort();
	values =
	    json_pack("{s:s,s:i}", "ports", "\x1b[2J\n{count}", "count", 7);
	for (i = 0; m != NULL && i < messages_count(m); i++) {
		line = messages_format(m, messages_code_at(m, i), values);
		check_line(line);
		free(line);
	}
	json_decref(values);
	messages_free(m);
	return 0;
}
