/*
 * key: assayctl key show, certify, rotate, lab: whose signature runs bear.
 *
 * A lab's private key is used here, on the lab's machine, and nowhere else: a
 * bench is told the certificate and nothing more.
 */
#include "client/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "signing/certificate.h"
#include "signing/sign_key.h"

#define LAB_DAYS 3650
#define BENCH_DAYS 365

/* ---- show ---- */

static void
print_rotation(const json_t *row)
{
	const char *text = json_string_value(json_object_get(row, "statement"));
	json_t *o = text == NULL ? NULL : json_loads(text, 0, NULL);
	char *when = text_time(json_integer_value(json_object_get(o, "time")));
	char *from = text_key(json_object_get(o, "old_key"));
	char *to = text_key(json_object_get(o, "new_key"));

	printf("rotation     %s  %s to %s\n", when, from, to);
	free(when);
	free(from);
	free(to);
	json_decref(o);
}

static void
print_key(const json_t *result)
{
	const json_t *rotations = json_object_get(result, "rotations");
	const char *pem =
	    json_string_value(json_object_get(result, "certificate"));
	char *bench = text_quote_json(json_object_get(result, "bench"));
	char *key = text_quote_json(json_object_get(result, "key"));
	char *name = pem == NULL ? NULL : certificate_bench(pem, NULL);
	char *whose = text_quote(name);
	size_t i;

	printf("bench        %s\nkey          %s\n", bench, key);
	if (pem == NULL)
		puts("certificate  none: `assayctl key certify` makes one");
	else
		printf(
		    "certificate  for %s (--certificate prints it)\n", whose);
	for (i = 0; i < json_array_size(rotations); i++)
		print_rotation(json_array_get(rotations, i));
	free(bench);
	free(key);
	free(name);
	free(whose);
}

int
client_key_show(struct client *c)
{
	const char *only = args_has(&c->args, "public") ? "public"
	    : args_has(&c->args, "certificate")         ? "certificate"
							: NULL;
	const char *pem;
	json_t *result;
	int status = client_call(c, "key.show", NULL, &result);

	if (status != 0)
		return status;
	pem = only == NULL ? NULL
			   : json_string_value(json_object_get(result, only));
	if (c->is_json)
		client_print_json(result);
	else if (only == NULL)
		print_key(result);
	else if (pem != NULL)
		fputs(pem, stdout);
	else
		status = client_complainf(
		    CLIENT_INCOMPLETE, "the bench's key has no %s", only);
	json_decref(result);
	return status;
}

/* ---- rotate ---- */

int
client_key_rotate(struct client *c)
{
	json_t *result;
	char *old_key, *key;
	int status = client_call(c, "key.rotate", NULL, &result);

	if (status != 0)
		return status;
	if (c->is_json) {
		client_print_json(result);
	} else {
		old_key = text_quote_json(json_object_get(result, "old_key"));
		key = text_quote_json(json_object_get(result, "key"));
		printf(
		    "key %s\n  is in use instead of\n    %s\n", key, old_key);
		puts("The old one has signed for it; a certificate of its own "
		     "is to be made: assayctl key certify");
		free(old_key);
		free(key);
	}
	json_decref(result);
	return CLIENT_PASSED;
}

/* ---- files ---- */

/* 0, or the exit status after complaining.  Never over a file that is there.
 */
static int
write_public(const char *path, const char *text)
{
	size_t n = strlen(text);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int status = 0;

	if (fd == -1)
		return client_complainf(
		    CLIENT_USAGE, "%s: %s", path, strerror(errno));
	if (write(fd, text, n) != (ssize_t)n || fsync(fd) == -1)
		status = client_complainf(
		    CLIENT_BENCH, "%s: %s", path, strerror(errno));
	close(fd);
	return status;
}

/* Of --days; 0, or the exit status after complaining. */
static int
read_days(const struct client *c, unsigned *days)
{
	unsigned long long n = *days;
	struct err e;

	if (args_number(&c->args, "days", &n, &e) == -1)
		return client_complain(CLIENT_USAGE, &e);
	if (n == 0 || n > 36500)
		return client_complainf(CLIENT_USAGE, "--days: 1 to 36500");
	*days = (unsigned)n;
	return 0;
}

/* ---- lab ---- */

static int
write_lab(const struct sign_key *lab, const char *cert, const char *pem,
    const char *key)
{
	struct err e;
	int status;

	if (access(cert, F_OK) == 0)
		return client_complainf(
		    CLIENT_USAGE, "%s: it is there already", cert);
	if (sign_key_write_private(lab, key, &e) == -1)
		return client_complain(CLIENT_USAGE, &e);
	status = write_public(cert, pem);
	if (status != 0)
		unlink(key);
	return status;
}

int
client_key_lab(struct client *c)
{
	const char *key = args_value(&c->args, "key");
	const char *cert = args_value(&c->args, "cert");
	unsigned days = LAB_DAYS;
	struct sign_key *lab;
	char *pem = NULL;
	struct err e;
	int status = read_days(c, &days);

	if (status != 0)
		return status;
	if (key == NULL || cert == NULL)
		return client_complainf(CLIENT_USAGE,
		    "key lab: --key FILE and --cert FILE say where the lab's "
		    "key and certificate go");
	lab = sign_key_new(&e);
	if (lab != NULL)
		pem = certificate_make_lab(lab, c->args.words[0], days, &e);
	if (pem == NULL)
		status = client_complain(CLIENT_USAGE, &e);
	else
		status = write_lab(lab, cert, pem, key);
	if (status == 0)
		printf("%s is the lab's key: keep it away from every bench\n"
		       "%s is its certificate: give it to whoever verifies "
		       "(--trust)\n",
		    key, cert);
	free(pem);
	sign_key_free(lab);
	return status;
}

/* ---- certify ---- */

/* Whom to certify: from the files and options, or as the bench says.  0 with
 * *bench and *name (caller frees), or the exit status after complaining. */
static int
find_bench(struct client *c, struct sign_key **bench, char **name)
{
	const char *file = args_value(&c->args, "public");
	const char *named = args_value(&c->args, "bench"), *pem;
	json_t *result = NULL, *read = NULL;
	struct err e;
	int status = 0;

	if (file != NULL && named == NULL)
		return client_complainf(CLIENT_USAGE,
		    "--public FILE: --bench NAME says which bench's it is");
	if (file != NULL) {
		read = client_read_file(file);
		if (read == NULL)
			return CLIENT_USAGE;
		pem = json_string_value(read);
	} else {
		status = client_connect(c);
		if (status == 0)
			status = client_call(c, "key.show", NULL, &result);
		if (status != 0)
			return status;
		pem = json_string_value(json_object_get(result, "public"));
		named = json_string_value(json_object_get(result, "bench"));
	}
	*bench = pem == NULL || named == NULL
	    ? NULL
	    : sign_key_from_public(pem, strlen(pem), &e);
	*name = named == NULL ? NULL : xstrdup(named);
	if (*bench == NULL && pem != NULL && named != NULL)
		status = client_complainf(CLIENT_USAGE, "%s: %s",
		    file == NULL ? "the bench's key" : file, e.text);
	else if (*bench == NULL)
		status = client_complainf(CLIENT_BENCH, "the bench has no key");
	json_decref(read);
	json_decref(result);
	return status;
}

/* The certificate, caller frees; or NULL after complaining. */
static char *
make_certificate(const struct client *c, const struct sign_key *bench,
    const char *name, unsigned days)
{
	const char *key = args_value(&c->args, "lab");
	const char *cert = args_value(&c->args, "lab-cert");
	struct sign_key *lab;
	char *pem = NULL;
	json_t *lab_pem;
	struct err e;

	lab = sign_key_read_private(key, &e);
	if (lab == NULL) {
		client_complain(CLIENT_USAGE, &e);
		return NULL;
	}
	lab_pem = client_read_file(cert);
	if (lab_pem != NULL) {
		pem = certificate_make_bench(
		    lab, json_string_value(lab_pem), bench, name, days, &e);
		if (pem == NULL)
			client_complainf(CLIENT_USAGE, "%s: %s", cert, e.text);
	}
	json_decref(lab_pem);
	sign_key_free(lab);
	return pem;
}

/* To the file, if one is asked for, and to the bench, if one was asked. */
static int
hand_out(struct client *c, const char *pem, const char *name)
{
	const char *file = args_value(&c->args, "output");
	char *shown;
	json_t *result;
	int status = file == NULL ? 0 : write_public(file, pem);

	if (status != 0)
		return status;
	if (c->rpc == NULL) {
		if (file == NULL)
			fputs(pem, stdout);
		return CLIENT_PASSED;
	}
	status = client_call(
	    c, "key.certify", json_pack("{s:s}", "certificate", pem), &result);
	if (status != 0)
		return status;
	shown = text_quote(name);
	if (c->is_json)
		client_print_json(result);
	else
		printf("bench %s keeps the certificate\n", shown);
	free(shown);
	json_decref(result);
	return CLIENT_PASSED;
}

/* The lab's key never comes near the bench: only what it made does. */
static int
install(struct client *c, const char *file)
{
	json_t *pem = client_read_file(file);
	struct err e;
	char *name;
	int status;

	if (pem == NULL)
		return CLIENT_USAGE;
	name = certificate_bench(json_string_value(pem), &e);
	if (name == NULL) {
		status = client_complainf(CLIENT_USAGE, "%s: %s", file, e.text);
	} else {
		status = client_connect(c);
		if (status == 0)
			status = hand_out(c, json_string_value(pem), name);
	}
	free(name);
	json_decref(pem);
	return status;
}

int
client_key_certify(struct client *c)
{
	const char *made = args_value(&c->args, "install");
	unsigned days = BENCH_DAYS;
	struct sign_key *bench = NULL;
	char *name = NULL, *pem = NULL;
	int status = made != NULL ? install(c, made) : read_days(c, &days);

	if (status != 0 || made != NULL)
		return status;
	if (args_value(&c->args, "lab") == NULL ||
	    args_value(&c->args, "lab-cert") == NULL)
		return client_complainf(CLIENT_USAGE,
		    "key certify: --lab KEY and --lab-cert PEM name the lab "
		    "(`assayctl key lab` makes them)");
	status = find_bench(c, &bench, &name);
	if (status == 0) {
		pem = make_certificate(c, bench, name, days);
		status = pem == NULL ? CLIENT_USAGE : hand_out(c, pem, name);
	}
	free(pem);
	free(name);
	sign_key_free(bench);
	return status;
}
