/*
 * nft: rules of the kernel's packet filter, by libnftables.
 *
 * The library compiles a language, so it is loaded where rules are set and
 * nowhere else: in a child that lives for one ruleset, or in the role that
 * keeps one.  What is handed to it is our own text; nothing a network or a
 * device said stands in it but addresses that were printed by us.
 */
#ifndef ASSAY_NFT_H
#define ASSAY_NFT_H

#include "base/err.h"

struct nft;

/* Sets text in the namespace that netns is open on, whole or not at
 * all.  0, or -1 with *e.  Blocks for a fork and the kernel's answer. */
int nft_set(int netns, const char *text, struct err *e);

/* For a process that keeps a table of its own ("flags owner"): the kernel
 * takes the table away with it.  NULL with *e. */
struct nft *nft_open(struct err *e);
int nft_run(struct nft *n, const char *text, struct err *e);
void nft_close(struct nft *n); /* NULL is fine */

#endif
