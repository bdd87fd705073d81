/*
 * mac: a MAC address as people write it.
 */
#ifndef ASSAY_MAC_H
#define ASSAY_MAC_H

#include <stdbool.h>
#include <stdint.h>

#define MAC_PATTERN "^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$"

/* text matches MAC_PATTERN.  False when it is a group's or nobody's. */
bool mac_read(const char *text, uint8_t mac[6]);

#endif
