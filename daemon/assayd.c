/*
 * assayd: the daemon's main.
 *
 *   assayd [-c FILE] [-t] [-v]     runs in the foreground
 *   assayd --version
 *
 * `-x ROLE` is how the warden starts its own children; a person has no use
 * for it: without the socket at WIRE_FD a role ends at once.
 */
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "scenarios/conf.h"
#include "daemon/shared/role.h"
#include "daemon/warden/warden.h"

#define CONF_DEFAULT "/etc/assay/assayd.yaml"
#define EXIT_USAGE 64

static const struct {
	enum role role;
	int (*main)(void);
} roles[] = {
	{ ROLE_ENGINE, engine_main },
	{ ROLE_STORE, store_main },
	{ ROLE_CAPTURE, capture_main },
	{ ROLE_WATCH, watch_main },
	{ ROLE_SERVICES, services_main },
	{ ROLE_STAMP, stamp_main },
	{ ROLE_UPLINK, uplink_main },
};

static int
run_role(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(roles) / sizeof(*roles); i++)
		if (strcmp(name, role_name(roles[i].role)) == 0)
			return roles[i].main();
	fprintf(stderr, "assayd: no role named %s\n", name);
	return EXIT_USAGE;
}

static int
usage(FILE *to, int status)
{
	fputs("usage: assayd [-c FILE] [-t] [-v]\n"
	      "       assayd --version\n"
	      "  -c FILE    configuration (" CONF_DEFAULT ")\n"
	      "  -t         tests the configuration and ends\n"
	      "  -v         says more\n",
	    to);
	return status;
}

static int
run(const char *given, bool only_test, enum log_level level)
{
	struct warden_options options = { NULL, level };
	char path[PATH_MAX], text[1024];
	struct conf *conf;
	struct err e;
	int r = 0;

	/* Its own relative paths must mean the same to children that are
	 * elsewhere; a file that is not there is conf_load's to tell. */
	if (realpath(given, path) == NULL)
		snprintf(path, sizeof(path), "%s", given);
	options.conf_path = path;
	memset(&e, 0, sizeof(e));
	conf = conf_load(path, &e);
	if (conf == NULL) {
		fprintf(
		    stderr, "assayd: %s\n", err_format(&e, text, sizeof(text)));
		return 1;
	}
	if (only_test) {
		printf("%s: good\n", path);
	} else if (geteuid() != 0) {
		fputs("assayd: needs root: it moves interfaces and opens raw "
		      "sockets (its parts then run without)\n",
		    stderr);
		r = 1;
	} else {
		log_init("warden", level);
		if (warden_run(conf, &options, &e) == -1) {
			fprintf(stderr, "assayd: %s\n",
			    err_format(&e, text, sizeof(text)));
			r = 1;
		}
	}
	conf_free(conf);
	return r;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	enum log_level level = LOG_LEVEL_INFO;
	const char *path = CONF_DEFAULT;
	bool only_test = false;
	int c;

	while ((c = getopt_long(argc, argv, "c:tvx:h", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			path = optarg;
			break;
		case 't':
			only_test = true;
			break;
		case 'v':
			level = LOG_LEVEL_DEBUG;
			break;
		case 'x':
			return run_role(optarg);
		case 'V':
			puts("assayd " ASSAY_VERSION);
			return 0;
		case 'h':
			return usage(stdout, 0);
		default:
			return usage(stderr, EXIT_USAGE);
		}
	}
	if (optind != argc)
		return usage(stderr, EXIT_USAGE);
	return run(path, only_test, level);
}
