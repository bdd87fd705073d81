/*
 * yaml_file: a file's text, for yaml_read.
 *
 * These files name commands that run as root and say what passes, so one that
 * everybody may write is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "scenarios/yaml.h"

static char *
read_all(int fd, size_t *size)
{
	char *text = xcalloc(YAML_SIZE_MAX + 2, 1);
	ssize_t n = 1;

	*size = 0;
	while (n > 0 && *size <= YAML_SIZE_MAX) {
		n = read(fd, text + *size, YAML_SIZE_MAX + 1 - *size);
		*size += n > 0 ? (size_t)n : 0;
	}
	if (n >= 0)
		return text;
	free(text);
	return NULL;
}

char *
yaml_load_text(const char *path, size_t *size, struct err *e)
{
	/* Without O_NONBLOCK, opening a FIFO would wait for a writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = NULL;
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1) {
		err_set_at(e, path, 0, 0, "%s", strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		err_set_at(e, path, 0, 0, "not a file");
	} else if ((st.st_mode & S_IWOTH) != 0) {
		err_set_at(e, path, 0, 0, "everybody may write it");
	} else {
		text = read_all(fd, size);
		if (text == NULL)
			err_set_at(e, path, 0, 0, "%s", strerror(errno));
	}
	if (fd != -1)
		close(fd);
	return text;
}
