/*
 * canary: the frame that must not come in.
 */
#include "daemon/shared/canary.h"

#include <ctype.h>
#include <string.h>

#define ETHERNET 14
#define VLAN_TAG 4

static const uint8_t mark[16] = "assay canary v1";

void
canary_write(uint8_t frame[CANARY_FRAME], const uint8_t *to,
    const uint8_t from[6], const uint8_t nonce[CANARY_NONCE], const char *by)
{
	size_t n = strnlen(by, CANARY_NAME - 1);

	memset(frame, 0, CANARY_FRAME);
	if (to == NULL)
		memset(frame, 0xff, 6);
	else
		memcpy(frame, to, 6);
	memcpy(frame + 6, from, 6);
	frame[12] = CANARY_TYPE >> 8;
	frame[13] = CANARY_TYPE & 0xff;
	memcpy(frame + ETHERNET, mark, sizeof(mark));
	memcpy(frame + ETHERNET + sizeof(mark), nonce, CANARY_NONCE);
	memcpy(frame + ETHERNET + sizeof(mark) + CANARY_NONCE, by, n);
}

static uint16_t
type_at(const uint8_t *frame, size_t at)
{
	return (uint16_t)(frame[at] << 8 | frame[at + 1]);
}

bool
canary_read(const uint8_t *frame, size_t size, struct canary *out)
{
	const uint8_t *p;
	uint16_t type;
	size_t i, head = ETHERNET;

	if (size < CANARY_FRAME)
		return false;
	type = type_at(frame, 12);
	if (type == 0x8100 || type == 0x88a8) { /* IEEE 802.1Q */
		type = type_at(frame, 16);
		head += VLAN_TAG;
	}
	p = frame + head;
	if (type != CANARY_TYPE || memcmp(p, mark, sizeof(mark)) != 0 ||
	    size < head + sizeof(mark) + CANARY_NONCE + CANARY_NAME)
		return false;
	out->mac = frame + 6;
	out->nonce = p + sizeof(mark);
	p += sizeof(mark) + CANARY_NONCE;
	for (i = 0; i + 1 < CANARY_NAME && p[i] != 0; i++)
		out->by[i] = (char)(isalnum(p[i]) ||
			    (p[i] != 0 && strchr("._:@-", p[i]) != NULL)
			? p[i]
			: '?');
	out->by[i] = '\0';
	return true;
}
