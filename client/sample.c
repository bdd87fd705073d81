/*
 * sample: assayctl sample add, list: the units that came for an order.
 *
 * A photograph stays with the lab: the bench keeps its SHA-256 and its file's
 * name, by which anybody who has the file can tell that it is the one.
 */
#include "client/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/log.h"

/* -1 after complaining. */
static int
digest_stream(FILE *f, const char *path, char out[SHA256_HEX_SIZE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char piece[16384], hash[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	size_t n;

	if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		fatal("sample: cannot make a SHA-256");
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		if (EVP_DigestUpdate(ctx, piece, n) != 1)
			fatal("sample: cannot make a SHA-256");
	if (EVP_DigestFinal_ex(ctx, hash, &size) != 1)
		fatal("sample: cannot make a SHA-256");
	EVP_MD_CTX_free(ctx);
	hex_encode(hash, size, out);
	if (ferror(f) == 0)
		return 0;
	client_complainf(
	    CLIENT_USAGE, "cannot read %s: %s", path, strerror(errno));
	return -1;
}

/* photo, photo_sha256.  0, or the exit status after saying why not. */
static int
set_photo(const struct client *c, json_t *params)
{
	const char *path = args_value(&c->args, "photo"), *name;
	char sha256[SHA256_HEX_SIZE];
	FILE *f;
	int r;

	if (path == NULL)
		return 0;
	f = fopen(path, "rb");
	if (f == NULL)
		return client_complainf(
		    CLIENT_USAGE, "cannot read %s: %s", path, strerror(errno));
	r = digest_stream(f, path, sha256);
	fclose(f);
	if (r == -1)
		return CLIENT_USAGE;
	name = strrchr(path, '/');
	json_object_set_new(
	    params, "photo", json_string(name == NULL ? path : name + 1));
	json_object_set_new(params, "photo_sha256", json_string(sha256));
	return 0;
}

int
client_sample_add(struct client *c)
{
	static const char *const options[] = { "order", "serial", "condition",
		"received", "by" };
	json_t *params, *result;
	const char *value;
	char *name;
	int status;
	size_t i;

	if (!args_has(&c->args, "order") || !args_has(&c->args, "serial"))
		return client_complainf(CLIENT_USAGE,
		    "sample add: --order ORDER says for which it came, "
		    "--serial SERIAL what stands on it");
	params = json_pack("{s:s}", "name", c->args.words[0]);
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		value = args_value(&c->args, options[i]);
		if (value != NULL)
			json_object_set_new(
			    params, options[i], json_string(value));
	}
	status = set_photo(c, params);
	if (status != 0) {
		json_decref(params);
		return status;
	}
	status = client_call(c, "sample.add", params, &result);
	if (status != 0)
		return status;
	name = text_quote_json(
	    json_object_get(json_object_get(result, "sample"), "name"));
	if (c->is_json)
		client_print_json(result);
	else
		printf("sample %s is taken in\n", name);
	free(name);
	json_decref(result);
	return CLIENT_PASSED;
}

int
client_sample_list(struct client *c)
{
	json_t *params = json_object(), *result;
	int status;

	if (c->args.nwords > 0)
		json_object_set_new(
		    params, "order", json_string(c->args.words[0]));
	status = client_call(c, "sample.list", params, &result);
	if (status != 0)
		return status;
	if (c->is_json)
		client_print_json(result);
	else if (json_array_size(json_object_get(result, "samples")) == 0)
		puts("there is no sample");
	else
		client_print_samples(json_object_get(result, "samples"));
	json_decref(result);
	return CLIENT_PASSED;
}
