/*
 * profile_tables: what else a profile declares, as rows of named cells.
 *
 *   flows:                  # every destination it calls of itself; [] none
 *     - {to: api.example.com, transport: tcp, port: 443, optional: true}
 *     - {to: 192.0.2.0/24, transport: udp, port: 123}
 *   discloses:              # what its services say before a log-in
 *     - {what: version, service: http, value: "nginx/1.22"}
 *   protocols:              # beyond ICMP, TCP, UDP
 *     - {protocol: gre}
 *   cloud:                  # what it may reach in mode cloud
 *     - {host: api.example.com, transport: tcp, port: 443}
 *     - {host: fw.example.com, shut: true}
 *
 *   consents:               # to a hazard, by a person
 *     - {hazard: prints, by: J. Doe, until: 2027-03-31}
 *   interfaces:             # each way in or out, in the states it is there
 *     - {kind: ble, use: set-up, states: [onboarding]}
 *   authentication:         # each mechanism, with what guessing it takes
 *     - {interface: https, factor: knowledge, secret: password, length: 12,
 *        tries: 5, lockout: 5m, scope: account}
 *   credentials:            # given to the lab; never a secret itself
 *     - {account: admin, service: https, file: /etc/assay/secrets/lock}
 *   defaults:               # of each sample, as it was delivered
 *     - {sample: "1001", secret: password, account: admin, file: 1001-admin}
 *   updates:
 *     - {way: download, host: fw.example.com, signature: ed25519,
 *        automatic: true}
 *   resets:
 *     - {way: button, how: ten seconds, erases: everything,
 *        action: reset.factory}
 *   essential:              # what must work, and how it is seen to
 *     - {function: unlock, kind: http, port: 80, path: /, expect: "200"}
 *
 * A row may name the life-cycle states in which it holds (states: [factory]).
 * A table that is absent declares nothing, an empty one that there is none.  A
 * probe reads them with assay_declared_at().
 */
#ifndef ASSAY_PROFILE_TABLES_H
#define ASSAY_PROFILE_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROFILE_CELLS_MAX 9 /* a flag included */

enum profile_table_id {
	PROFILE_FLOWS,
	PROFILE_DISCLOSES,
	PROFILE_PROTOCOLS,
	PROFILE_CLOUD,
	PROFILE_CONSENTS,
	PROFILE_INTERFACES,
	PROFILE_AUTHENTICATION,
	PROFILE_CREDENTIALS,
	PROFILE_DEFAULTS,
	PROFILE_UPDATES,
	PROFILE_RESETS,
	PROFILE_ESSENTIAL,
	PROFILE_TABLE_COUNT,
};

struct profile_row {
	char *cells[PROFILE_CELLS_MAX]; /* in the order of their names; "" */
	bool flag;       /* optional, shut, inactive, automatic */
	uint32_t states; /* bit per enum state */
};

struct profile_rows {
	bool is_said; /* the key is there, though perhaps empty */
	struct profile_row *rows;
	size_t n;
};

const char *profile_table_name(size_t id); /* "flows" */
/* The cells' names, NULL ends. */
const char *const *profile_table_cells(size_t id);
const char *profile_table_flag(size_t id); /* the flag's name, or NULL */
/* A job is told its rows. */
bool profile_table_is_for_probes(size_t id);
/* The text of a cell by its name (a flag: "true" or ""), "" when there is none.
 */
const char *profile_row_cell(
    size_t id, const struct profile_row *row, const char *cell);

#endif
