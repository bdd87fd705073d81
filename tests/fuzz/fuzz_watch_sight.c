/*
 * fuzz_watch_sight: any frame as what the watch learns of who is there.  The
 * first byte says whether the bench has sent it.  Only the sender's own MAC
 * counts, but for what a DHCP server gives another, which voids the isolation
 * if it is not ours; views lie within the frame, and there are no more than
 * there is room for.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/watch/watch_sight.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_view(const uint8_t *data, size_t size, const uint8_t *p, size_t n)
{
	if (p != NULL &&
	    (p < data || n > size || (size_t)(p - data) > size - n))
		abort();
}

static void
make_link(struct watch_link *l)
{
	static const uint8_t four[16] = { 10, 77, 0, 1 };
	static const uint8_t six[16] = { 0xfd, 0x77, [15] = 1 };

	memset(l, 0, sizeof(*l));
	memcpy(l->mac, (const uint8_t[]){ 2, 0, 0, 0, 0, 1 }, 6);
	l->echo_id = 0x4153;
	watch_link_add(l, 4, four, 24, false);
	watch_link_add(l, 6, six, 64, false);
}

/* Ours, or one that is reported as foreign. */
static bool
has_server(const struct watch_link *l, const uint8_t *frame,
    const struct watch_sight *sights, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (sights[i].kind == WATCH_SIGHT_FOREIGN &&
		    strcmp(sights[i].why, "dhcp server") == 0)
			return true;
	return memcmp(frame + 6, l->mac, 6) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct watch_sight out[WATCH_SIGHTS_MAX];
	struct watch_link l;
	size_t n, i;
	bool outgoing;

	if (size == 0)
		return 0;
	outgoing = (data[0] & 1) != 0;
	data++;
	size--;
	make_link(&l);
	n = watch_sight_read(&l, data, size, outgoing, out);
	if (n > WATCH_SIGHTS_MAX)
		abort();
	for (i = 0; i < n; i++) {
		if (out[i].kind < WATCH_SIGHT_HOLDS ||
		    out[i].kind > WATCH_SIGHT_FOREIGN || out[i].mac == NULL)
			abort();
		if (!outgoing && memcmp(out[i].mac, data + 6, 6) != 0 &&
		    !has_server(&l, data, out, n))
			abort();
		check_view(data, size, out[i].name, out[i].name_size);
		if (out[i].addr != NULL && out[i].family != 4 &&
		    out[i].family != 6)
			abort();
	}
	return 0;
}
