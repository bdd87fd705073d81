/*
 * address: IP and MAC addresses as text, as they stand in records.
 */
#ifndef ASSAY_ADDRESS_H
#define ASSAY_ADDRESS_H

#include <stdint.h>

/* "10.77.0.1", "fe80::1"; out at least 46 bytes. Returns out. */
char *address_text(uint8_t family, const uint8_t *addr, char *out);
/* Its inverse; addr holds 16 bytes.  0, or -1 when it is no address. */
int address_parse(const char *text, uint8_t *family, uint8_t *addr);
/* "02:00:00:00:00:10"; out at least 18 bytes. */
char *mac_text(const uint8_t mac[6], char *out);
int mac_parse(const char *text, uint8_t mac[6]);

#endif
