/*
 * nft: rules of the kernel's packet filter, by libnftables.
 */
#include "daemon/warden/nft.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <nftables/libnftables.h>

#include "base/alloc.h"
#include "daemon/warden/spawn.h"

#define LIBRARY "libnftables.so.1"

struct nft {
	void *library;
	struct nft_ctx *ctx;
	struct nft_ctx *(*ctx_new)(uint32_t flags);
	void (*ctx_free)(struct nft_ctx *ctx);
	int (*buffer_error)(struct nft_ctx *ctx);
	const char *(*get_error)(struct nft_ctx *ctx);
	int (*run)(struct nft_ctx *ctx, const char *text);
};

/* C has no cast from an object's pointer to a function's; POSIX has dlsym. */
static bool
find(const struct nft *n, const char *name, void *function, size_t size)
{
	void *p = dlsym(n->library, name);

	memcpy(function, &p, size);
	return p != NULL;
}

#define FIND(n, member, name) find(n, name, &(n)->member, sizeof((n)->member))

struct nft *
nft_open(struct err *e)
{
	struct nft *n = xcalloc(1, sizeof(*n));

	n->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (n->library == NULL) {
		err_set(e, "%s: %s", LIBRARY, dlerror());
		nft_close(n);
		return NULL;
	}
	if (!FIND(n, ctx_new, "nft_ctx_new") ||
	    !FIND(n, ctx_free, "nft_ctx_free") ||
	    !FIND(n, buffer_error, "nft_ctx_buffer_error") ||
	    !FIND(n, get_error, "nft_ctx_get_error_buffer") ||
	    !FIND(n, run, "nft_run_cmd_from_buffer")) {
		err_set(e, "%s: it lacks a function", LIBRARY);
		nft_close(n);
		return NULL;
	}
	n->ctx = n->ctx_new(NFT_CTX_DEFAULT);
	if (n->ctx == NULL || n->buffer_error(n->ctx) != 0) {
		err_set(e, "%s: no context", LIBRARY);
		nft_close(n);
		return NULL;
	}
	return n;
}

void
nft_close(struct nft *n)
{
	if (n == NULL)
		return;
	if (n->ctx != NULL)
		n->ctx_free(n->ctx);
	if (n->library != NULL)
		dlclose(n->library);
	free(n);
}

int
nft_run(struct nft *n, const char *text, struct err *e)
{
	char first[160];
	const char *why;

	if (n->run(n->ctx, text) == 0)
		return 0;
	/* "/dev/stdin:3:5-9: Error: Could not process rule: …", its first
	 * line: the others point at the text. */
	why = n->get_error(n->ctx);
	(void)memccpy(first, why == NULL ? "?" : why, '\n', sizeof(first));
	first[sizeof(first) - 1] = '\0';
	first[strcspn(first, "\n")] = '\0';
	return err_set(e, "nftables: %s", first);
}

static int
set_inside(void *arg, int *fds, struct err *e)
{
	struct nft *n = nft_open(e);
	int r;

	(void)fds;
	if (n == NULL)
		return -1;
	r = nft_run(n, arg, e);
	nft_close(n);
	return r;
}

int
nft_set(int netns, const char *text, struct err *e)
{
	int fds[SPAWN_INSIDE_FDS_MAX], r;
	char *copy = xstrdup(text);

	r = spawn_inside(netns, set_inside, copy, fds, e);
	free(copy);
	return r;
}
