/*
 * catalogue_names: the scales of the catalogue, and their words.
 */
#ifndef ASSAY_CATALOGUE_NAMES_H
#define ASSAY_CATALOGUE_NAMES_H

/* What a check weighs for a requirement.  A reference that nobody has
 * confirmed (mark unconfirmed) weighs nothing: info. */
enum catalogue_level {
	CATALOGUE_INFO,
	CATALOGUE_RECOMMENDED,
	CATALOGUE_REQUIRED,
	CATALOGUE_LEVEL_COUNT,
};
/* How sure a row or a reference is. */
enum catalogue_mark {
	CATALOGUE_FOUND,       /* read in a public source */
	CATALOGUE_KNOWN,       /* of the public standard, not read again */
	CATALOGUE_UNCONFIRMED, /* its clause or figure needs a look first */
	CATALOGUE_INFERRED,    /* put together here from found and known */
	CATALOGUE_MARK_COUNT,
};
/* What a requirement is decided by. */
enum catalogue_decides {
	CATALOGUE_BY_DEVICE,
	CATALOGUE_BY_DOCUMENTS,
	CATALOGUE_BY_BOTH,
	CATALOGUE_DECIDES_COUNT,
};
enum catalogue_medium {
	CATALOGUE_MEDIUM_IP,
	CATALOGUE_MEDIUM_WIFI,
	CATALOGUE_MEDIUM_BLE,
	CATALOGUE_MEDIUM_IEEE802154,
	CATALOGUE_MEDIUM_ZWAVE,
	CATALOGUE_MEDIUM_CELLULAR,
	CATALOGUE_MEDIUM_NFC,
	CATALOGUE_MEDIUM_COUNT,
};
/* What a check needs beside its medium; bits 1 << value. */
enum catalogue_need {
	CATALOGUE_NEED_SAMPLES, /* two samples */
	CATALOGUE_NEED_PERSON,
	CATALOGUE_NEED_POWER,       /* the action that cycles its power */
	CATALOGUE_NEED_RESET,       /* the one that resets it */
	CATALOGUE_NEED_UPDATE,      /* images that its maker gives */
	CATALOGUE_NEED_CREDENTIALS, /* accounts that its maker gives */
	CATALOGUE_NEED_TIME,        /* hours of observation */
	CATALOGUE_NEED_COUNT,
};
/* The worst that showing it may do to the device: as a probe's impact. */
enum catalogue_impact {
	CATALOGUE_PASSIVE,
	CATALOGUE_ACTIVE,
	CATALOGUE_MALFORMED,
	CATALOGUE_LOAD,
	CATALOGUE_STATE,
	CATALOGUE_IMPACT_COUNT,
};
const char *catalogue_impact_name(enum catalogue_impact impact);
const char *catalogue_level_name(enum catalogue_level level);
const char *catalogue_mark_name(enum catalogue_mark mark);
const char *catalogue_decides_name(enum catalogue_decides decides);
const char *catalogue_medium_name(enum catalogue_medium medium);
const char *catalogue_need_name(enum catalogue_need need);

#endif
