/*
 * mac: a MAC address as people write it.
 */
#include "scenarios/mac.h"

#include <stddef.h>
#include <string.h>

#include "base/hex.h"

bool
mac_read(const char *text, uint8_t mac[6])
{
	uint8_t read[6];
	char digits[13];
	size_t i;

	for (i = 0; i < 6; i++) {
		digits[2 * i] = text[3 * i];
		digits[2 * i + 1] = text[3 * i + 1];
	}
	digits[12] = '\0';
	if (hex_decode(digits, read, 6) == -1 || (read[0] & 1) != 0 ||
	    memcmp(read, "\0\0\0\0\0", 6) == 0)
		return false;
	memcpy(mac, read, 6);
	return true;
}
