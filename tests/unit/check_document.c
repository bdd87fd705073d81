/*
 * What a program says of a document: each check with documents that are good
 * and with such as are not, and hostile ones.
 */
#include "documents/document.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "documents/document_gate.h"

#define NOW 1800000000 /* 2027-01-15T08:00:00Z */

static json_t *rows;

static void
begin(void)
{
	rows = json_array();
}

static void
end(void)
{
	json_decref(rows);
}

static const json_t *
row(const char *check)
{
	const json_t *r;
	size_t i;

	json_array_foreach (rows, i, r)
		if (strcmp(json_string_value(json_object_get(r, "check")),
			check) == 0)
			return r;
	return NULL;
}

/* "good", "bad", "unknown"; "absent": nothing was said. */
static const char *
word(const char *check)
{
	const json_t *r = row(check), *good = json_object_get(r, "good");

	if (r == NULL)
		return "absent";
	return json_is_null(good) ? "unknown"
	    : json_is_true(good)  ? "good"
				  : "bad";
}

static const char *
detail(const char *check)
{
	const char *text =
	    json_string_value(json_object_get(row(check), "detail"));

	return text == NULL ? "" : text;
}

static void
again(void)
{
	json_array_clear(rows);
}

/* ---- days ---- */

START_TEST(days_and_times_are_read_as_rfc_3339_has_them)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = {
		{ "1970-01-01", 86400 },
		{ "2027-01-15T08:00:00Z", NOW },
		{ "2027-01-15t17:00:00+09:00", NOW },
		{ "2027-01-15 00:00:00.25-08:00", NOW },
		{ "2000-02-29", 951868800 },
		{ "1969-12-31T23:59:59Z", -1 },
	};
	static const char *const bad[] = { "", "2027", "2027-02-29",
		"1900-02-29", "2027-13-01", "2027-00-10", "2027-04-31",
		"0000-01-01", "27-01-01", "2027-1-1", "2027-01-15T08:00",
		"2027-01-15T08:00:00", "2027-01-15T24:00:00Z",
		"2027-01-15T08:00:00+24:00", "2027-01-15T08:00:00Zx",
		"2027-01-15T08:00:00.Z", "2027/01/15", "soon" };
	int64_t seconds;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(document_date(good[i].text, strlen(good[i].text),
				  &seconds) == 0,
		    "%s", good[i].text);
		ck_assert_msg(seconds == good[i].seconds, "%s: %lld",
		    good[i].text, (long long)seconds);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(
		    document_date(bad[i], strlen(bad[i]), &seconds) == -1, "%s",
		    bad[i]);
}
END_TEST

START_TEST(support_ends_in_the_future_or_it_is_over)
{
	document_check_support(rows, "2027-01-15", NOW);
	ck_assert_str_eq(word("support.form"), "good");
	ck_assert_str_eq(word("support.future"), "good");
	again();
	document_check_support(rows, "2027-01-14", NOW);
	ck_assert_str_eq(word("support.form"), "good");
	ck_assert_str_eq(word("support.future"), "bad");
	again();
	document_check_support(rows, "2027-02-30", NOW);
	ck_assert_str_eq(word("support.form"), "bad");
	ck_assert_str_eq(word("support.future"), "absent");
	again();
	document_check_support(rows, NULL, NOW);
	ck_assert_str_eq(word("support.form"), "unknown");
	ck_assert(!document_has_bad(rows, NULL));
}
END_TEST

/* ---- security.txt ---- */

static void
security_txt(const char *text)
{
	again();
	document_check_security_txt(rows, text, strlen(text), NOW);
}

START_TEST(a_security_txt_is_taken_as_rfc_9116_has_it)
{
	static const char signature[] =
	    "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"
	    "- -- not a field: ";

	security_txt("# ours\r\nContact: mailto:a@example.com\r\n"
		     "Contact: https://example.com/c\r\n"
		     "Expires: 2027-12-31T18:37:07z\r\n"
		     "Preferred-Languages: en, ja\r\nOther: anything\r\n");
	ck_assert(!document_has_bad(rows, NULL));
	ck_assert_str_eq(word("security_txt.form"), "good");
	ck_assert_str_eq(word("security_txt.contact"), "good");
	ck_assert_str_eq(word("security_txt.expires"), "good");
	ck_assert_str_eq(word("security_txt.future"), "good");
	ck_assert_str_eq(word("security_txt.links"), "good");
	security_txt("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"
		     "Contact: tel:+1-201-555-0123\n"
		     "Expires: 2027-12-31T18:37:07Z\n"
		     "-----BEGIN PGP SIGNATURE-----\nno field\n"
		     "-----END PGP SIGNATURE-----\n");
	ck_assert(!document_has_bad(rows, NULL));
	ck_assert_ptr_nonnull(
	    strstr(detail("security_txt.form"), "not verified"));
	security_txt(signature);
	ck_assert(document_has_bad(rows, "security_txt.form"));
}
END_TEST

START_TEST(what_a_security_txt_lacks_is_named)
{
	static const char good[] = "Contact: mailto:a@example.com\n"
				   "Expires: 2027-12-31T18:37:07Z\n";
	static const struct {
		const char *text, *bad;
	} cases[] = {
		{ "Expires: 2027-12-31T18:37:07Z\n", "security_txt.contact" },
		{ "Contact: mailto:a@example.com\n", "security_txt.expires" },
		{ "Contact: mailto:a@example.com\n"
		  "Expires: 2027-12-31T18:37:07Z\n"
		  "Expires: 2028-12-31T18:37:07Z\n",
		    "security_txt.expires" },
		{ "Contact: mailto:a@example.com\nExpires: 2027-12-31\n",
		    "security_txt.expires" },
		{ "Contact: mailto:a@example.com\n"
		  "Expires: 2026-12-31T18:37:07Z\n",
		    "security_txt.future" },
		{ "Contact: http://example.com/\n"
		  "Expires: 2027-12-31T18:37:07Z\n",
		    "security_txt.links" },
		{ "Contact: a@example.com\nExpires: 2027-12-31T18:37:07Z\n",
		    "security_txt.links" },
		{ "<html>\nContact: mailto:a@example.com\n"
		  "Expires: 2027-12-31T18:37:07Z\n",
		    "security_txt.form" },
		{ "Contact: mailto:a@example.com\n"
		  "Expires: 2027-12-31T18:37:07Z\n"
		  "Preferred-Languages: en\nPreferred-Languages: ja\n",
		    "security_txt.form" },
		{ "%PDF-1.7\n", "security_txt.form" },
		{ "Contact: mailto:\377\n", "security_txt.form" },
		{ "", "security_txt.contact" },
	};
	size_t i;

	security_txt(good);
	ck_assert(!document_has_bad(rows, NULL));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		security_txt(cases[i].text);
		ck_assert_msg(
		    document_has_bad(rows, cases[i].bad), "%s", cases[i].text);
	}
}
END_TEST

/* ---- inventories ---- */

static const char *const seen[] = { "lighttpd", "OpenSSH", NULL };

static void
sbom(const char *text, const char *const *products)
{
	again();
	document_check_sbom(rows, text, strlen(text), products);
}

#define CYCLONEDX(components) \
	"{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\"," \
	"\"components\":[" components "]}"

START_TEST(cyclonedx_and_spdx_are_read_and_held_against_what_was_seen)
{
	static const char *const good[] = {
		CYCLONEDX("{\"name\":\"openssh-server\"},"
			  "{\"name\":\"rootfs\",\"components\":"
			  "[{\"name\":\"LightTPD\",\"version\":\"1.4\"}]}"),
		"{\"spdxVersion\":\"SPDX-2.3\",\"packages\":["
		"{\"name\":\"lighttpd\"},{\"name\":\"openssh\"}]}",
		"{\"@context\":\"https://spdx.org/rdf/3.0.1/"
		"spdx-context.jsonld\",\"@graph\":["
		"{\"type\":\"CreationInfo\"},"
		"{\"type\":\"software_Package\",\"name\":\"lighttpd\"},"
		"{\"type\":\"software_Package\",\"name\":\"openssh\"}]}",
	};
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		sbom(good[i], seen);
		ck_assert_msg(!document_has_bad(rows, NULL), "%s", good[i]);
		ck_assert_str_eq(word("sbom.form"), "good");
		ck_assert_str_eq(word("sbom.components"), "good");
		ck_assert_str_eq(word("sbom.names_seen"), "good");
	}
	sbom(CYCLONEDX("{\"name\":\"lighttpd\"}"), seen);
	ck_assert_str_eq(word("sbom.names_seen"), "bad");
	ck_assert_ptr_nonnull(strstr(detail("sbom.names_seen"),
	    "1 of 2 products that were seen are not in it: OpenSSH"));
	/* A part of a word is another word. */
	sbom(
	    CYCLONEDX("{\"name\":\"lighttpdx\"},{\"name\":\"openssh\"}"), seen);
	ck_assert_str_eq(word("sbom.names_seen"), "bad");
	sbom(CYCLONEDX("{\"name\":\"a\"}"), NULL);
	ck_assert_str_eq(word("sbom.names_seen"), "unknown");
	sbom(CYCLONEDX("{\"name\":\"a\"}"), seen + 2);
	ck_assert_str_eq(word("sbom.names_seen"), "unknown");
	sbom(CYCLONEDX(""), seen);
	ck_assert_str_eq(word("sbom.components"), "bad");
}
END_TEST

START_TEST(what_is_no_inventory_is_said_to_be_none)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "%PDF-1.7\n1 0 obj", "a PDF" },
		{ "PK\003\004zip", "a ZIP archive" },
		{ "\037\213\010", "compressed by gzip" },
		{ "", "no JSON" },
		{ "{\"bomFormat\":", "no JSON: line 1" },
		{ "[]", "neither CycloneDX nor SPDX" },
		{ "{\"bomFormat\":\"CycloneDX\"}", "neither" },
		{ "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\","
		  "\"components\":{}}",
		    "neither" },
		{ "{\"bomFormat\":\"SPDX\",\"specVersion\":\"1.5\"}",
		    "neither" },
		{ "{\"spdxVersion\":\"SPDX-2.3\"}", "neither" },
		{ CYCLONEDX("{\"version\":\"1\"}"), "has no name" },
		{ CYCLONEDX("7"), "has no name" },
		{ "{\"bomFormat\":\"CycloneDX\",\"bomFormat\":\"x\"}",
		    "no JSON" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sbom(cases[i].text, seen);
		ck_assert_msg(
		    document_has_bad(rows, "sbom.form"), "%s", cases[i].text);
		ck_assert_msg(strstr(detail("sbom.form"), cases[i].why) != NULL,
		    "%s: %s", cases[i].text, detail("sbom.form"));
		ck_assert_str_eq(word("sbom.names_seen"), "absent");
	}
}
END_TEST

START_TEST(brackets_without_end_are_not_followed)
{
	char *deep = malloc(DOCUMENT_MAX);

	ck_assert_ptr_nonnull(deep);
	memset(deep, '[', DOCUMENT_MAX);
	document_check_sbom(rows, deep, DOCUMENT_MAX, seen);
	ck_assert_ptr_nonnull(strstr(detail("sbom.form"), "nested too deep"));
	free(deep);
}
END_TEST

START_TEST(what_a_document_says_reaches_nobody_as_it_is)
{
	static const char *const hostile[] = { "\033[2J\302\233", NULL };

	sbom(CYCLONEDX("{\"name\":\"a\"}"), hostile);
	ck_assert_str_eq(word("sbom.names_seen"), "bad");
	ck_assert_ptr_null(strchr(detail("sbom.names_seen"), '\033'));
	ck_assert_ptr_null(strstr(detail("sbom.names_seen"), "\302\233"));
}
END_TEST

/* ---- certificates ---- */

/* A certificate in PEM, valid from and to so many seconds from now. */
static char *
certificate(long from_s, long to_s)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	time_t now = NOW;
	BIO *bio = BIO_new(BIO_s_mem());
	char *data, *text;
	long n;

	ck_assert(key != NULL && x != NULL && bio != NULL);
	X509_time_adj_ex(X509_getm_notBefore(x), 0, from_s, &now);
	X509_time_adj_ex(X509_getm_notAfter(x), 0, to_s, &now);
	X509_set_pubkey(x, key);
	ck_assert_int_ne(X509_sign(x, key, EVP_sha256()), 0);
	ck_assert_int_eq(PEM_write_bio_X509(bio, x), 1);
	n = BIO_get_mem_data(bio, &data);
	text = strndup(data, (size_t)n);
	BIO_free(bio);
	X509_free(x);
	EVP_PKEY_free(key);
	return text;
}

static const char *
valid(long from_s, long to_s)
{
	char *text = certificate(from_s, to_s);

	again();
	document_check_certificate(rows, text, strlen(text), NULL, NOW);
	free(text);
	ck_assert_str_eq(word("certificate.form"), "good");
	return word("certificate.valid");
}

START_TEST(a_certificate_is_valid_between_its_dates)
{
	ck_assert_str_eq(valid(-3600, 3600), "good");
	ck_assert_str_eq(valid(-7200, -3600), "bad");
	ck_assert_str_eq(valid(3600, 7200), "bad");
	again();
	document_check_certificate(rows,
	    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
	    57, "2999-01-01", NOW);
	ck_assert_str_eq(word("certificate.form"), "bad");
	again();
	document_check_certificate(rows, "%PDF", 4, NULL, NOW);
	ck_assert_str_eq(word("certificate.form"), "unknown");
	again();
	document_check_certificate(rows, "%PDF", 4, "2027-01-31", NOW);
	ck_assert_str_eq(word("certificate.valid"), "good");
	again();
	document_check_certificate(rows, "%PDF", 4, "2026-01-31", NOW);
	ck_assert_str_eq(word("certificate.valid"), "bad");
}
END_TEST

/* ---- the gate ---- */

/* After attestations "COVERS CONCLUSION", what is missing. */
static const char *
lacks(const char *const *given)
{
	static char text[DOCUMENT_GATE_TEXT_MAX];
	struct document_gate gate = { .given = 0 };
	char covers[40], conclusion[40];
	json_t *o;

	for (; *given != NULL; given++) {
		ck_assert_int_eq(
		    sscanf(*given, "%39s %39s", covers, conclusion), 2);
		o = json_pack("{s:s, s:o}", "covers", covers, "conclusion",
		    strcmp(conclusion, "-") == 0 ? json_null()
						 : json_string(conclusion));
		document_gate_take(&gate, o);
		json_decref(o);
	}
	return document_gate_lacks(&gate, text, sizeof(text)) ? text : NULL;
}

START_TEST(the_gate_opens_when_all_was_given_and_reviewed)
{
	ck_assert_str_eq(lacks((const char *const[]){ NULL }),
	    "manual, access, identifiers; no conclusion");
	ck_assert_str_eq(
	    lacks((const char *const[]){ "manual,access,identifiers -", NULL }),
	    "no conclusion");
	ck_assert_ptr_null(lacks((const char *const[]){
	    "manual,access,identifiers conforms", NULL }));
	ck_assert_ptr_null(lacks((const char *const[]){
	    "manual -", "access -", "identifiers conforms", NULL }));
	ck_assert_str_eq(
	    lacks((const char *const[]){ "manual,access conforms", NULL }),
	    "identifiers");
	ck_assert_str_eq(
	    lacks((const char *const[]){ "manual,access,identifiers conforms",
		"manual does-not-conform", NULL }),
	    "manual; the conclusion is that they do not do");
	ck_assert(document_gate_covers("manual"));
	ck_assert(document_gate_covers("identifiers,manual"));
	ck_assert(!document_gate_covers(""));
	ck_assert(!document_gate_covers("manual,"));
	ck_assert(!document_gate_covers("manual,,access"));
	ck_assert(!document_gate_covers("manual access"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("document");
	TCase *t = tcase_create("document");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, days_and_times_are_read_as_rfc_3339_has_them);
	tcase_add_test(t, support_ends_in_the_future_or_it_is_over);
	tcase_add_test(t, a_security_txt_is_taken_as_rfc_9116_has_it);
	tcase_add_test(t, what_a_security_txt_lacks_is_named);
	tcase_add_test(
	    t, cyclonedx_and_spdx_are_read_and_held_against_what_was_seen);
	tcase_add_test(t, what_is_no_inventory_is_said_to_be_none);
	tcase_add_test(t, brackets_without_end_are_not_followed);
	tcase_add_test(t, what_a_document_says_reaches_nobody_as_it_is);
	tcase_add_test(t, a_certificate_is_valid_between_its_dates);
	tcase_add_test(t, the_gate_opens_when_all_was_given_and_reviewed);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
