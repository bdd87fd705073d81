/*
 * catalogue_load: a catalogue's files, read in the order of their names.
 *
 * The order is that in which people see schemes and checks, so names begin with
 * a number.  Nothing in a directory is passed over in silence: a file that is
 * no YAML is refused, as is a folder that no kind of file belongs in.
 */
/* SHA-256 as in base/hex.c: the engine reads it, and keeps small. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "catalogue/catalogue.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/sha.h>

#include "base/alloc.h"
#include "base/log.h"
#include "catalogue/catalogue_parts.h"

/* Of what is read: the kind, the size of its struct, a folder or one file. */
static const struct kind {
	const char *name;
	size_t size;
	bool is_folder, is_shipped, is_lab;
} kinds[] = {
	{ "edition", sizeof(struct catalogue_edition_file), false, true,
	    false },
	{ "schemes", sizeof(struct catalogue_scheme), true, true, true },
	{ "checks", sizeof(struct catalogue_checks_file), true, true, true },
	{ "crosswalk", sizeof(struct catalogue_topics_file), false, true,
	    true },
	{ "confirmations", sizeof(struct catalogue_confirmations_file), true,
	    false, true },
	{ "texts", sizeof(struct catalogue_texts_file), true, false, true },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct reader {
	struct catalogue *c;
	const char *dir;
	bool is_overlay;
	SHA256_CTX *digest;
	struct err *e;
};

static void
digest_file(
    const struct reader *r, const char *name, const char *text, size_t size)
{
	char *head = xasprintf("%s\n%zu\n", name, size);

	if (SHA256_Update(r->digest, head, strlen(head)) != 1 ||
	    SHA256_Update(r->digest, text, size) != 1)
		fatal("catalogue: SHA-256 failed");
	free(head);
}

/* name: below the catalogue's directory.  0, or -1 with *e set. */
static int
read_file(const struct reader *r, const struct kind *kind, const char *name)
{
	struct catalogue *c = r->c;
	struct catalogue_file *f;
	size_t size;
	char *text;
	int status;

	c->files = xrealloc(c->files, c->nfiles + 1, sizeof(*c->files));
	f = &c->files[c->nfiles];
	memset(f, 0, sizeof(*f));
	f->path = xasprintf("%s/%s", r->dir, name);
	f->map = catalogue_table(kind->name);
	f->is_overlay = r->is_overlay;
	text = yaml_load_text(f->path, &size, r->e);
	if (text == NULL) {
		free(f->path);
		return -1;
	}
	digest_file(r, name, text, size);
	f->read = xcalloc(1, kind->size);
	status = yaml_read(f->map, text, size, f->path, f->read, r->e);
	free(text);
	if (status == 0) {
		c->nfiles++;
		c->is_overlaid |= r->is_overlay;
		return 0;
	}
	free(f->read);
	free(f->path);
	return -1;
}

static int
skip_dots(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int
read_folder(const struct reader *r, const struct kind *kind)
{
	char *path = xasprintf("%s/%s", r->dir, kind->name), *name;
	struct dirent **entries;
	int n = scandir(path, &entries, skip_dots, alphasort), i, status = 0;
	size_t length;

	if (n == -1 && (errno != ENOENT || !r->is_overlay))
		status = err_set_at(r->e, path, 0, 0, "%s", strerror(errno));
	for (i = 0; i < n; i++) {
		length = strlen(entries[i]->d_name);
		name = xasprintf("%s/%s", kind->name, entries[i]->d_name);
		if (status == 0 &&
		    (length < 6 ||
			strcmp(entries[i]->d_name + length - 5, ".yaml") != 0))
			status = err_set_at(r->e, path, 0, 0,
			    "%s: not a .yaml file", entries[i]->d_name);
		if (status == 0)
			status = read_file(r, kind, name);
		free(name);
		free(entries[i]);
	}
	if (n != -1)
		free(entries);
	free(path);
	return status;
}

static const struct kind *
kind_of(const char *name, bool is_overlay)
{
	size_t length, i;

	for (i = 0; i < KINDS; i++) {
		length = strlen(kinds[i].name);
		if (strncmp(name, kinds[i].name, length) == 0 &&
		    strcmp(name + length, kinds[i].is_folder ? "" : ".yaml") ==
			0)
			break;
	}
	if (i == KINDS || !(is_overlay ? kinds[i].is_lab : kinds[i].is_shipped))
		return NULL;
	return &kinds[i];
}

/* What lies there and is none of ours would otherwise do nothing. */
static int
refuse_strangers(const struct reader *r)
{
	struct dirent **entries;
	int n = scandir(r->dir, &entries, skip_dots, alphasort), i, status = 0;

	if (n == -1)
		return err_set_at(r->e, r->dir, 0, 0, "%s", strerror(errno));
	for (i = 0; i < n; i++) {
		if (status == 0 &&
		    strcmp(entries[i]->d_name, "README.md") != 0 &&
		    kind_of(entries[i]->d_name, r->is_overlay) == NULL)
			status = err_set_at(r->e, r->dir, 0, 0,
			    "%s: nothing of %s has this name",
			    entries[i]->d_name,
			    r->is_overlay ? "an overlay" : "the catalogue");
		free(entries[i]);
	}
	free(entries);
	return status;
}

static bool
exists(const struct reader *r, const char *name)
{
	char *path = xasprintf("%s/%s", r->dir, name);
	struct stat st;
	bool found = stat(path, &st) == 0;

	free(path);
	return found;
}

static int
read_directory(const struct reader *r)
{
	int status = refuse_strangers(r);
	char *name;
	size_t i;

	for (i = 0; status == 0 && i < KINDS; i++) {
		if (!(r->is_overlay ? kinds[i].is_lab : kinds[i].is_shipped))
			continue;
		if (kinds[i].is_folder) {
			status = read_folder(r, &kinds[i]);
			continue;
		}
		name = xasprintf("%s.yaml", kinds[i].name);
		if (!r->is_overlay || exists(r, name))
			status = read_file(r, &kinds[i], name);
		free(name);
	}
	return status;
}

static int
read_all(struct catalogue *c, const char *dir, const char *overlay,
    SHA256_CTX *digest, struct err *e)
{
	struct reader r = { .c = c, .dir = dir, .digest = digest, .e = e };
	struct stat st;

	if (read_directory(&r) == -1)
		return -1;
	if (overlay == NULL || (stat(overlay, &st) == -1 && errno == ENOENT))
		return 0;
	r.dir = overlay;
	r.is_overlay = true;
	return read_directory(&r);
}

struct catalogue *
catalogue_load(const char *dir, const char *overlay, struct err *e)
{
	struct catalogue *c = xcalloc(1, sizeof(*c));
	SHA256_CTX digest;
	uint8_t sum[SHA256_SIZE];
	int status;

	if (SHA256_Init(&digest) != 1)
		fatal("catalogue: no SHA-256");
	status = read_all(c, dir, overlay, &digest, e);
	if (SHA256_Final(sum, &digest) != 1)
		fatal("catalogue: SHA-256 failed");
	hex_encode(sum, sizeof(sum), c->digest);
	if (status == 0)
		status = catalogue_link(c, e);
	if (status == 0)
		return c;
	catalogue_free(c);
	return NULL;
}

static void
free_requirement_lists(struct catalogue *c)
{
	size_t i, j;

	for (i = 0; i < c->nschemes; i++)
		for (j = 0; j < c->schemes[i]->nrequirements; j++) {
			free(c->schemes[i]->requirements[j].said);
			free(c->schemes[i]->requirements[j].name);
		}
}

void
catalogue_free(struct catalogue *c)
{
	size_t i;

	if (c == NULL)
		return;
	free_requirement_lists(c);
	for (i = 0; i < c->ntopics; i++)
		free(c->topics[i].requirements);
	for (i = 0; i < c->nfiles; i++) {
		yaml_release(c->files[i].map, c->files[i].read);
		free(c->files[i].read);
		free(c->files[i].path);
	}
	free(c->files);
	free(c->schemes);
	free(c->checks);
	free(c->topics);
	free(c);
}
