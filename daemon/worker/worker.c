/*
 * assay-worker: one probe's execution.
 *
 * Started by the warden as `assay-worker NAME`, with the descriptors of
 * daemon/shared/wire.h: 3 the engine, 4 the link, 5 the probe.  A person may
 * ask `assay-worker --describe FILE.so` for a probe's descriptor.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/worker/worker_describe.h"
#include "daemon/shared/worker_exit.h"
#include "daemon/worker/worker_init.h"
#include "daemon/worker/worker_job.h"
#include "daemon/worker/worker_load.h"

static int
describe(const char *path)
{
	const struct assay_probe *probe;
	json_t *description;
	char here[PATH_MAX];
	struct err e;
	int r;

	/* A name without a slash would be looked for in the library path. */
	r = snprintf(here, sizeof(here), "%s%s",
	    strchr(path, '/') == NULL ? "./" : "", path);
	if (r < 0 || (size_t)r >= sizeof(here))
		return WORKER_EXIT_USAGE;
	probe = worker_load_probe(here, NULL, &e);
	if (probe == NULL) {
		fprintf(stderr, "assay-worker: %s: %s\n", path, e.text);
		return WORKER_EXIT_REFUSED;
	}
	description = worker_describe(probe);
	r = json_dumpf(description, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
	json_decref(description);
	if (r == -1 || puts("") == EOF || fflush(stdout) == EOF)
		return WORKER_EXIT_FATAL;
	return WORKER_EXIT_DONE;
}

int
main(int argc, char **argv)
{
	log_init("worker", LOG_LEVEL_INFO);
	if (argc == 3 && strcmp(argv[1], "--describe") == 0)
		return describe(argv[2]);
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return printf("assay-worker %s\n", ASSAY_VERSION) < 0;
	if (argc != 2 || argv[1][0] == '-') {
		fputs("usage: assay-worker --describe FILE.so\n"
		      "       assay-worker PROBE (started by assayd)\n",
		    stderr);
		return WORKER_EXIT_USAGE;
	}
	worker_init();
	worker_run_main(argv[1]);
}
