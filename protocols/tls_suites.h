/*
 * tls_suites: the table behind tls_names.h.
 */
#ifndef ASSAY_TLS_SUITES_H
#define ASSAY_TLS_SUITES_H

#include <stddef.h>
#include <stdint.h>

struct tls_suite_row {
	uint16_t id;
	const char *name; /* without "TLS_" */
};
/* In rising order of numbers. */
const struct tls_suite_row *tls_suite_rows(size_t *n);

#endif
