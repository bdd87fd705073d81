/*
 * fuzz_x509: any bytes as a certificate; whatever it says lies within them.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "protocols/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_view(const struct x509_view *v, const uint8_t *data, size_t size)
{
	if (v->p == NULL && v->n == 0)
		return;
	if (v->p < data || v->n > size ||
	    v->p - data > (ptrdiff_t)(size - v->n))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct x509_name name;
	struct x509 x;
	size_t at = 0, n = 0;

	if (x509_read(&x, data, size) == -1)
		return 0;
	check_view(&x.issuer, data, size);
	check_view(&x.subject, data, size);
	check_view(&x.public_key, data, size);
	check_view(&x.alternatives, data, size);
	if (x.public_key.p == NULL || x.not_before_s < -62167219200)
		abort();
	while (x509_next_name(&x, &at, &name)) {
		check_view(&name.value, data, size);
		if (++n > size)
			abort();
	}
	return 0;
}
