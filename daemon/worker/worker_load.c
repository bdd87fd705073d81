/*
 * worker_load: a probe's .so, and its descriptor once it has been checked.
 */
#include "daemon/worker/worker_load.h"

#include <dlfcn.h>
#include <stdint.h>

#include "daemon/worker/worker_check.h"

const struct assay_probe *
worker_load_probe(const char *path, const char *name, struct err *e)
{
	const struct assay_probe *probe;
	void *handle;

	/* RTLD_NOW: a function that is missing here is found out now, not in
	 * mid-run. */
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL) {
		err_set(e, "%s", dlerror());
		return NULL;
	}
	probe = dlsym(handle, "assay_probe");
	if (probe == NULL) {
		err_set(e, "exports no assay_probe");
		return NULL;
	}
	if (((uintptr_t)probe & (_Alignof(struct assay_probe) - 1)) != 0) {
		err_set(e, "assay_probe is not a descriptor");
		return NULL;
	}
	return worker_check_probe(probe, name, e) == -1 ? NULL : probe;
}
