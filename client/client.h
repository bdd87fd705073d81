/*
 * client: what every command of assayctl has in hand.
 */
#ifndef ASSAY_CLIENT_H
#define ASSAY_CLIENT_H

#include <stdbool.h>

#include <jansson.h>

#include "base/err.h"
#include "client/args.h"
#include "client/rpc.h"
#include "reports/text.h"

enum client_exit {
	CLIENT_PASSED = 0,     /* or: done */
	CLIENT_FAILED = 1,     /* a required check failed */
	CLIENT_INCOMPLETE = 2, /* or inconclusive */
	CLIENT_BENCH = 3,      /* the bench failed, or cannot be reached */
	CLIENT_USAGE = 64,     /* what was typed, or a file, is wrong */
};

struct messages;

struct client {
	struct args args;
	const char *socket, *host; /* host NULL: this machine */
	bool is_json, is_terminal; /* of stdout */
	const char *lang;          /* "en", "ja" */
	struct text_style style;
	struct messages *messages; /* NULL: none found */
	struct rpc *rpc;           /* NULL until client_connect */
};

struct client_command {
	const char *name;  /* two words for a group: "device add" */
	const char *usage; /* after the name */
	const char *summary;
	size_t words_min, words_max; /* arguments */
	const struct args_option *options;
	int (*run)(struct client *c); /* enum client_exit */
};

extern const struct client_command client_commands[]; /* name NULL ends */
extern const struct args_option client_options[];

/* Runs a command line: argv without the program's name.  Returns the exit
 * status. */
int client_main(char *const *argv);

/* 0, or the exit status after saying why not. */
int client_connect(struct client *c);
/* The exit status of an error that rpc_call gave, after saying it. */
int client_refused(int code, const struct err *e);
/* 0 with *result, or the exit status after saying why not.  params is stolen.
 */
int client_call(
    struct client *c, const char *method, json_t *params, json_t **result);
/* The same with the result's JSON as it came; caller frees *text. */
int client_call_text(struct client *c, const char *method, json_t *params,
    char **text, size_t *size);

/* "assayctl: text" on stderr, quoted, with its place. Returns status. */
int client_complain(enum client_exit status, const struct err *e);
int client_complainf(enum client_exit status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* One JSON object as one line, in ASCII. */
void client_print_json(const json_t *o);
/* The lines that say how a run is sealed, caller frees; NULL: it has no
 * manifest, or the bench does not say. */
char *client_seal(struct client *c, json_int_t run);

/* The word'th argument as a number; or the exit status after complaining. */
int client_number(
    const struct client *c, size_t word, const char *what, json_int_t *n);
/* A whole file, at most 512 KiB, as a JSON string; NULL after complaining. */
json_t *client_read_file(const char *path);
/* What a daemon gives as base64: bytes (caller frees *out), or -1. */
int client_decode_data(const json_t *data, unsigned char **out);
/* {probe: its method's card, catalogue/method_card.h}; a probe without one is
 * not in it.  0, or the exit status after saying what is wrong; caller decrefs
 * in either case. */
int client_method_cards(const json_t *probes, json_t **cards);
/* A directory of ours ("messages", "scenarios"): beside the program as
 * installed or as built.  NULL: not found. Caller frees. */
char *client_data_dir(const char *name);

/* client/recheck.c: what judges: the option's value, or what is installed or
 * built beside this program.  NULL after complaining; caller frees. */
char *client_judging_path(
    const struct client *c, const char *option, const char *name);

/* A table of a list's rows: fill_row allocates the cells, quoted. */
void client_print_table(const char *const *head, size_t columns,
    const json_t *list, void (*fill_row)(const json_t *, char **));

/* prune.c: the line of `status` on raw captures. */
void client_print_captures(const json_t *captures);

/* --limit and --before as parameters; 0, or the exit status. */
int client_set_bounds(const struct client *c, json_t *params);
#define CLIENT_RUN_COLUMNS 6 /* run time device scenario outcome verdicts */
void client_fill_run(const json_t *run, char **row);

/* order.c: a row for each sample. */
void client_print_samples(const json_t *samples);

/* The commands, by file. */
int client_device_add(struct client *c);
int client_device_list(struct client *c);
int client_device_show(struct client *c);
int client_run(struct client *c);
int client_probe(struct client *c);
int client_cancel(struct client *c);
int client_confirm(struct client *c);
int client_runs(struct client *c);
int client_verdicts(struct client *c);
int client_watch(struct client *c);
int client_evidence(struct client *c);
int client_bundle(struct client *c);
int client_verify(struct client *c);
int client_probes(struct client *c);
int client_status(struct client *c);
int client_key_show(struct client *c);
int client_key_certify(struct client *c);
int client_key_rotate(struct client *c);
int client_key_lab(struct client *c);
int client_prune(struct client *c);
int client_hold(struct client *c);
int client_release(struct client *c);
int client_holds(struct client *c);
int client_validate(struct client *c);
int client_analyze(struct client *c);
int client_profile_import(struct client *c);
int client_profile_new(struct client *c);
int client_schema(struct client *c);
int client_help(struct client *c);
int client_recheck(struct client *c);
int client_affected(struct client *c);
int client_attest(struct client *c);
int client_attestations(struct client *c);
int client_coverage(struct client *c);
int client_compare(struct client *c);
int client_report(struct client *c);
int client_report_review(struct client *c);
int client_report_authorise(struct client *c);
int client_report_amend(struct client *c);
int client_order_new(struct client *c);
int client_order_list(struct client *c);
int client_order_show(struct client *c);
int client_order_plan(struct client *c);
int client_order_close(struct client *c);
int client_reassess(struct client *c);
int client_sample_add(struct client *c);
int client_sample_list(struct client *c);
int client_baseline_set(struct client *c);
int client_baseline_list(struct client *c);
int client_diff(struct client *c);
int client_waive(struct client *c);
int client_waivers(struct client *c);
int client_catalogue_show(struct client *c);
int client_catalogue_list(struct client *c);

#endif
