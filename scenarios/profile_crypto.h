/*
 * profile_crypto: what a maker declares that each interface is protected by.
 *
 *   crypto:
 *     - {interface: https, role: server, versions: [tls1.2, tls1.3],
 *        suites: [TLS_AES_128_GCM_SHA256], names: [lock.example.com]}
 *     - {interface: wifi, role: client, versions: [wpa2, wpa3]}
 *
 * Without `suites` any suite of the versions may be spoken.
 */
#ifndef ASSAY_PROFILE_CRYPTO_H
#define ASSAY_PROFILE_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

struct profile_crypto {
	char *interface; /* a service or a radio: "https", "ble" */
	char *role;      /* "server", "client", "peer" */
	uint16_t port;   /* 0: not said */
	char **versions; /* "tls1.3"; at least one */
	size_t nversions;
	char **suites; /* IANA names */
	size_t nsuites;
	char **names; /* by which clients reach it: DNS names, addresses */
	size_t nnames;
	uint32_t states; /* bit per enum state */
};

/* For the profile's own table: a row; it fills a struct profile_crypto. */
struct yaml_field;
extern const struct yaml_field profile_crypto_item;

#endif
