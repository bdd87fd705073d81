/*
 * replay: the corpus through a fuzzer's function, without a fuzzer.
 *
 * Each argument is a file, or a directory whose files are taken.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
replay_file(const char *path)
{
	FILE *in = fopen(path, "rb");
	uint8_t *data;
	size_t size;
	long n;

	if (in == NULL || fseek(in, 0, SEEK_END) == -1)
		fatal("replay: cannot read %s", path);
	n = ftell(in);
	if (n < 0 || fseek(in, 0, SEEK_SET) == -1)
		fatal("replay: cannot read %s", path);
	size = (size_t)n;
	data = malloc(size == 0 ? 1 : size); /* of its very size: a sanitizer
						sees the first byte behind */
	if (data == NULL || fread(data, 1, size, in) != size)
		fatal("replay: cannot read %s", path);
	fclose(in);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

static unsigned
replay(const char *path)
{
	struct stat st;
	struct dirent *one;
	unsigned n = 0;
	char *sub;
	DIR *d;

	if (stat(path, &st) == -1)
		fatal("replay: no such file: %s", path);
	if (!S_ISDIR(st.st_mode)) {
		replay_file(path);
		return 1;
	}
	d = opendir(path);
	if (d == NULL)
		fatal("replay: cannot list %s", path);
	while ((one = readdir(d)) != NULL) {
		if (one->d_name[0] == '.')
			continue;
		sub = xasprintf("%s/%s", path, one->d_name);
		n += replay(sub);
		free(sub);
	}
	closedir(d);
	return n;
}

int
main(int argc, char **argv)
{
	unsigned n = 0;
	int i;

	for (i = 1; i < argc; i++)
		n += replay(argv[i]);
	printf("%u inputs\n", n);
	return n == 0 ? 1 : 0;
}
