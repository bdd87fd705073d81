/*
 * address: IP and MAC addresses as text, as they stand in records.
 */
#include "daemon/shared/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

char *
address_text(uint8_t family, const uint8_t *addr, char *out)
{
	if (inet_ntop(family == 4 ? AF_INET : AF_INET6, addr, out, 46) == NULL)
		fatal("address: cannot be written");
	return out;
}

int
address_parse(const char *text, uint8_t *family, uint8_t *addr)
{
	memset(addr, 0, 16);
	if (inet_pton(AF_INET, text, addr) == 1)
		*family = 4;
	else if (inet_pton(AF_INET6, text, addr) == 1)
		*family = 6;
	else
		return -1;
	return 0;
}

char *
mac_text(const uint8_t mac[6], char *out)
{
	snprintf(out, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
	    mac[2], mac[3], mac[4], mac[5]);
	return out;
}

int
mac_parse(const char *text, uint8_t mac[6])
{
	char pair[3] = "";
	unsigned i;

	if (strlen(text) != 17)
		return -1;
	for (i = 0; i < 6; i++, text += 3) {
		if (!isxdigit((unsigned char)text[0]) ||
		    !isxdigit((unsigned char)text[1]) ||
		    text[2] != (i == 5 ? '\0' : ':'))
			return -1;
		memcpy(pair, text, 2);
		mac[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return 0;
}
