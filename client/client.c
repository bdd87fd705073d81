/*
 * client: what every command of assayctl has in hand.
 */
#include "client/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/alloc.h"

#define FILE_MAX_BYTES (512u * 1024u) /* so that it fits a line, escaped */

int
client_complain(enum client_exit status, const struct err *e)
{
	char text[sizeof(e->file) + sizeof(e->text) + 32], *quoted;

	err_format(e, text, sizeof(text));
	quoted = text_quote(text);
	fprintf(stderr, "assayctl: %s\n", quoted);
	free(quoted);
	return (int)status;
}

int
client_complainf(enum client_exit status, const char *format, ...)
{
	struct err e = { .line = 0 };
	va_list ap;

	va_start(ap, format);
	vsnprintf(e.text, sizeof(e.text), format, ap);
	va_end(ap);
	return client_complain(status, &e);
}

int
client_connect(struct client *c)
{
	struct connection connection;
	struct err e;
	int r;

	if (c->host != NULL)
		r = connect_ssh(
		    &connection, c->host, args_value(&c->args, "socket"), &e);
	else
		r = connect_local(&connection, c->socket, &e);
	if (r == -1)
		return client_complain(CLIENT_BENCH, &e);
	c->rpc = rpc_new(&connection);
	return 0;
}

int
client_refused(int code, const struct err *e)
{
	/* Not found, invalid parameters, or a file at fault: the asker's. */
	if (code == -32001 || code == -32602 || e->file[0] != '\0')
		return client_complain(CLIENT_USAGE, e);
	return client_complain(CLIENT_BENCH, e);
}

int
client_call(
    struct client *c, const char *method, json_t *params, json_t **result)
{
	struct err e;
	int code;

	code = rpc_call(c->rpc, method, params, result, &e);
	if (code == 0)
		return 0;
	return client_refused(code, &e);
}

int
client_call_text(struct client *c, const char *method, json_t *params,
    char **text, size_t *size)
{
	struct err e;
	int code = rpc_call_text(c->rpc, method, params, text, size, &e);

	return code == 0 ? 0 : client_refused(code, &e);
}

void
client_print_json(const json_t *o)
{
	char *line =
	    json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENSURE_ASCII);
	const char *p;

	if (line == NULL)
		return;
	for (p = line; *p != '\0'; p++) {
		if (*p == '\x7f') /* ASCII, yet a control */
			fputs("\\u007f", stdout);
		else
			putchar(*p);
	}
	putchar('\n');
	fflush(stdout);
	free(line);
}

int
client_number(
    const struct client *c, size_t word, const char *what, json_int_t *n)
{
	unsigned long long value;
	struct err e;

	if (args_parse_number(c->args.words[word], what, &value, &e) == -1)
		return client_complain(CLIENT_USAGE, &e);
	*n = (json_int_t)value;
	return 0;
}

/* Bytes read, or -1 with errno. */
static ssize_t
read_all(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error;
	size_t have = 0;
	ssize_t n = 1;

	if (fd == -1)
		return -1;
	while (have < size && n > 0) {
		n = read(fd, out + have, size - have);
		if (n > 0)
			have += (size_t)n;
	}
	error = errno;
	close(fd);
	errno = error;
	return n == -1 ? -1 : (ssize_t)have;
}

json_t *
client_read_file(const char *path)
{
	char *text = xcalloc(FILE_MAX_BYTES + 1, 1);
	json_t *o = NULL;
	ssize_t n;

	n = read_all(path, text, FILE_MAX_BYTES + 1);
	if (n == -1)
		client_complainf(CLIENT_USAGE, "%s: %s", path, strerror(errno));
	else if (n > (ssize_t)FILE_MAX_BYTES)
		client_complainf(CLIENT_USAGE, "%s: larger than 512 KiB", path);
	else
		o = json_stringn(text, (size_t)n);
	if (o == NULL && n >= 0 && n <= (ssize_t)FILE_MAX_BYTES)
		client_complainf(CLIENT_USAGE, "%s: not UTF-8", path);
	if (o != NULL && memchr(text, '\0', (size_t)n) != NULL) {
		client_complainf(CLIENT_USAGE, "%s: not a text", path);
		json_decref(o);
		o = NULL;
	}
	free(text);
	return o;
}

int
client_decode_data(const json_t *data, unsigned char **out)
{
	const char *text = json_string_value(data);
	size_t n = json_string_length(data);
	int size;

	*out = NULL;
	if (text == NULL || n % 4 != 0 || n > 1024 * 1024)
		return -1;
	*out = xcalloc(n + 1, 1);
	size = EVP_DecodeBlock(*out, (const unsigned char *)text, (int)n);
	if (size >= 1 && n >= 1 && text[n - 1] == '=')
		size--;
	if (size >= 1 && n >= 2 && text[n - 2] == '=')
		size--;
	return size;
}
