/*
 * bad_abi: made for another contract; nothing behind the first two fields may
 * even be looked at.
 */
#include <stdint.h>

#include "tests/probes/sample.h"

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI + 1,
	.size = 8,
	.name = (const char *)(uintptr_t)1,
};
