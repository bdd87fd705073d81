/*
 * http_post: one POST over HTTP, by libcurl.
 */
#include "daemon/stamp/http_post.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/alloc.h"

#define LIBRARY "libcurl.so.4"
#define STATUS_GOOD 200

struct http_client {
	void *library;
	CURL *curl;
	CURLcode (*global_init)(long flags);
	void (*global_cleanup)(void);
	CURL *(*init)(void);
	void (*reset)(CURL *curl);
	void (*cleanup)(CURL *curl);
	CURLcode (*set)(CURL *curl, CURLoption option, ...);
	CURLcode (*get)(CURL *curl, CURLINFO info, ...);
	CURLcode (*perform)(CURL *curl);
	const char *(*why)(CURLcode code);
	struct curl_slist *(*append)(struct curl_slist *list, const char *s);
	void (*free_list)(struct curl_slist *list);
};

/* POSIX lets dlsym() stand for a function; C has no cast for it. */
static int
find(void *library, const char *name, void *function)
{
	void *p = dlsym(library, name);

	memcpy(function, &p, sizeof(p));
	return p == NULL ? -1 : 0;
}

static int
load(struct http_client *c, struct err *e)
{
	const struct {
		const char *name;
		void *function;
	} wanted[] = {
		{ "curl_global_init", &c->global_init },
		{ "curl_global_cleanup", &c->global_cleanup },
		{ "curl_easy_init", &c->init },
		{ "curl_easy_reset", &c->reset },
		{ "curl_easy_cleanup", &c->cleanup },
		{ "curl_easy_setopt", &c->set },
		{ "curl_easy_getinfo", &c->get },
		{ "curl_easy_perform", &c->perform },
		{ "curl_easy_strerror", &c->why },
		{ "curl_slist_append", &c->append },
		{ "curl_slist_free_all", &c->free_list },
	};
	size_t i;

	c->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (c->library == NULL)
		return err_set(e, "%s", dlerror());
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (find(c->library, wanted[i].name, wanted[i].function) == -1)
			return err_set(
			    e, "%s has no %s", LIBRARY, wanted[i].name);
	return 0;
}

struct http_client *
http_client_new(struct err *e)
{
	struct http_client *c = xcalloc(1, sizeof(*c));

	if (load(c, e) == -1) {
		http_client_free(c);
		return NULL;
	}
	if (c->global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		c->curl = c->init();
	if (c->curl == NULL) {
		err_set(e, "%s cannot begin", LIBRARY);
		http_client_free(c);
		return NULL;
	}
	return c;
}

void
http_client_free(struct http_client *c)
{
	if (c == NULL)
		return;
	if (c->curl != NULL) {
		c->cleanup(c->curl);
		c->global_cleanup();
	}
	if (c->library != NULL)
		dlclose(c->library);
	free(c);
}

static size_t
on_data(char *p, size_t one, size_t n, void *arg)
{
	struct http_answer *a = arg;

	(void)one; /* always 1 */
	if (n > a->room - a->size)
		return 0; /* which ends the transfer with an error */
	memcpy(a->bytes + a->size, p, n);
	a->size += n;
	return n;
}

int
http_client_post(struct http_client *c, const struct http_post *q,
    struct http_answer *a, struct err *e)
{
	struct curl_slist *headers = c->append(NULL, q->content_type);
	char why[CURL_ERROR_SIZE] = "";
	CURLcode code;
	long status = 0;

	a->size = 0;
	c->reset(c->curl);
	c->set(c->curl, CURLOPT_URL, q->url);
	c->set(c->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	c->set(c->curl, CURLOPT_POST, 1L);
	c->set(c->curl, CURLOPT_POSTFIELDS, (const char *)q->body);
	c->set(c->curl, CURLOPT_POSTFIELDSIZE, (long)q->size);
	c->set(c->curl, CURLOPT_HTTPHEADER, headers);
	c->set(c->curl, CURLOPT_WRITEFUNCTION, on_data);
	c->set(c->curl, CURLOPT_WRITEDATA, a);
	c->set(c->curl, CURLOPT_TIMEOUT, q->limit_s);
	c->set(c->curl, CURLOPT_NOSIGNAL, 1L);
	c->set(c->curl, CURLOPT_ERRORBUFFER, why);
	code = c->perform(c->curl);
	c->get(c->curl, CURLINFO_RESPONSE_CODE, &status);
	c->free_list(headers);
	if (code != CURLE_OK)
		return err_set(
		    e, "%s: %s", q->url, why[0] == '\0' ? c->why(code) : why);
	if (status != STATUS_GOOD)
		return err_set(e, "%s: HTTP status %ld", q->url, status);
	return 0;
}
