/*
 * catalogue_names: the words of the catalogue's own scales.
 */
#include "catalogue/catalogue_names.h"

static const char *const levels[CATALOGUE_LEVEL_COUNT] = {
	[CATALOGUE_INFO] = "info",
	[CATALOGUE_RECOMMENDED] = "recommended",
	[CATALOGUE_REQUIRED] = "required",
};
static const char *const marks[CATALOGUE_MARK_COUNT] = {
	[CATALOGUE_FOUND] = "found",
	[CATALOGUE_KNOWN] = "known",
	[CATALOGUE_UNCONFIRMED] = "unconfirmed",
	[CATALOGUE_INFERRED] = "inferred",
};
static const char *const decided[CATALOGUE_DECIDES_COUNT] = {
	[CATALOGUE_BY_DEVICE] = "device",
	[CATALOGUE_BY_DOCUMENTS] = "documents",
	[CATALOGUE_BY_BOTH] = "both",
};
static const char *const media[CATALOGUE_MEDIUM_COUNT] = {
	[CATALOGUE_MEDIUM_IP] = "ip",
	[CATALOGUE_MEDIUM_WIFI] = "wifi",
	[CATALOGUE_MEDIUM_BLE] = "ble",
	[CATALOGUE_MEDIUM_IEEE802154] = "ieee802154",
	[CATALOGUE_MEDIUM_ZWAVE] = "zwave",
	[CATALOGUE_MEDIUM_CELLULAR] = "cellular",
	[CATALOGUE_MEDIUM_NFC] = "nfc",
};
static const char *const needs[CATALOGUE_NEED_COUNT] = {
	[CATALOGUE_NEED_SAMPLES] = "samples",
	[CATALOGUE_NEED_PERSON] = "person",
	[CATALOGUE_NEED_POWER] = "power",
	[CATALOGUE_NEED_RESET] = "reset",
	[CATALOGUE_NEED_UPDATE] = "update",
	[CATALOGUE_NEED_CREDENTIALS] = "credentials",
	[CATALOGUE_NEED_TIME] = "time",
};
static const char *const impacts[CATALOGUE_IMPACT_COUNT] = {
	[CATALOGUE_PASSIVE] = "passive",
	[CATALOGUE_ACTIVE] = "active",
	[CATALOGUE_MALFORMED] = "malformed",
	[CATALOGUE_LOAD] = "load",
	[CATALOGUE_STATE] = "state",
};

const char *
catalogue_level_name(enum catalogue_level level)
{
	return levels[level];
}

const char *
catalogue_mark_name(enum catalogue_mark mark)
{
	return marks[mark];
}

const char *
catalogue_decides_name(enum catalogue_decides decides)
{
	return decided[decides];
}

const char *
catalogue_medium_name(enum catalogue_medium medium)
{
	return media[medium];
}

const char *
catalogue_need_name(enum catalogue_need need)
{
	return needs[need];
}

const char *
catalogue_impact_name(enum catalogue_impact impact)
{
	return impacts[impact];
}
