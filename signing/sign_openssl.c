/*
 * sign_openssl: OpenSSL's errors and files as we say and read them.
 */
#include "signing/sign_openssl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "base/alloc.h"

int
sign_openssl_error(struct err *e, const char *what)
{
	unsigned long code = ERR_peek_error();
	const char *why = code == 0 ? NULL : ERR_reason_error_string(code);

	err_set(e, "%s: %s", what, why == NULL ? "refused by OpenSSL" : why);
	ERR_clear_error();
	return -1;
}

char *
sign_openssl_read(const char *path, size_t max, size_t *size, struct err *e)
{
	FILE *f = fopen(path, "re");
	char *bytes;

	if (f == NULL) {
		err_set_at(e, path, 0, 0, "%s", strerror(errno));
		return NULL;
	}
	bytes = xcalloc(1, max + 1);
	*size = fread(bytes, 1, max + 1, f);
	if (ferror(f) != 0)
		err_set_at(e, path, 0, 0, "cannot be read");
	else if (*size > max)
		err_set_at(e, path, 0, 0, "larger than %zu bytes", max);
	else {
		fclose(f);
		bytes[*size] = '\0';
		return bytes;
	}
	fclose(f);
	OPENSSL_cleanse(bytes, max + 1);
	free(bytes);
	return NULL;
}
