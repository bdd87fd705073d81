/*
 * pcapng: capture files, written and read (draft-ietf-opsawg-pcapng).
 *
 * Written: little endian, nanosecond stamps, one section, one or more
 * interfaces.  Read: both byte orders, any stamp resolution, sections and
 * interfaces as they come; a file is never trusted, and what it says decides
 * no allocation.
 */
#ifndef ASSAY_PCAPNG_H
#define ASSAY_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "captures/frame.h"

/* Who writes, for a section's header. */
#ifndef ASSAY_VERSION /* a fuzzer is built without one */
#define ASSAY_VERSION "unversioned"
#endif
#define PCAPNG_APPLICATION "assay " ASSAY_VERSION

/* ---- writing: blocks are appended to a buffer ---- */

struct pcapng_out { /* zeroed to begin with */
	uint8_t *data;
	size_t size, room;
};
void pcapng_out_free(struct pcapng_out *o);

/* Texts are UTF-8; NULL or "" are left out. */
struct pcapng_section {
	const char *hardware, *os, *application, *comment;
};
void pcapng_put_section(struct pcapng_out *o, const struct pcapng_section *s);

struct pcapng_interface {
	const char *name, *description;
	uint16_t link_type;
	uint32_t snaplen; /* bytes; 0: no limit */
};
void pcapng_put_interface(
    struct pcapng_out *o, const struct pcapng_interface *i);

/* Decryption secrets (section 4.7); before any frame they are for. */
#define PCAPNG_SECRETS_TLS 0x544c534bu /* NSS key log text */
void pcapng_put_secrets(
    struct pcapng_out *o, uint32_t type, const void *p, size_t n);

/* An enhanced packet block (section 4.3) of interface 0. */
void pcapng_put_packet(struct pcapng_out *o, const struct frame *f,
    const char *const *comments, size_t ncomments);

/* A whole block as it stands in another file of ours. */
void pcapng_put_raw(struct pcapng_out *o, const void *block, size_t n);

/* Interface statistics (section 4.6): counts since the capture began. */
void pcapng_put_statistics(struct pcapng_out *o, uint64_t stamp_ns,
    uint64_t received, uint64_t dropped);

/* ---- reading ---- */

/* Blocks with something for us and longer than this are malformed; others of
 * any length are passed over. */
#define PCAPNG_BLOCK_MAX (1u << 20)
#define PCAPNG_INTERFACES_MAX 256 /* in one section */

struct pcapng_frame {
	struct frame frame;
	uint64_t number; /* of the frame in the file, from 1 */
	uint64_t offset; /* of its block in the file */
	uint32_t block_size;
	uint32_t interface;
	const uint8_t *comment; /* the first one; not terminated; or NULL */
	size_t comment_size;
};

struct pcapng_reader;
/* p outlives the reader. */
struct pcapng_reader *pcapng_open_memory(const void *p, size_t n);
/* fd is borrowed, read by pread from offset 0. */
struct pcapng_reader *pcapng_open(int fd);
/* 1: *f is a frame (a view, until the next call); 0: the end, in good order;
 * -1: what follows is not pcapng (pcapng_why says what). */
int pcapng_next(struct pcapng_reader *r, struct pcapng_frame *f);
const char *pcapng_why(const struct pcapng_reader *r);
/* -1 came of a file that ends too early, within a block. */
bool pcapng_is_cut(const struct pcapng_reader *r);
void pcapng_close(struct pcapng_reader *r);

/* One enhanced packet block as this file writes it (little endian, ns), at p.
 * Returns the block's size, or 0 if it is not one, or not all there.  For
 * readers of our own files that know an offset. */
size_t pcapng_view_packet(const uint8_t *p, size_t n, struct frame *f);
/* The same without what is optional: its direction is unknown. */
size_t pcapng_view_bytes(const uint8_t *p, size_t n, struct frame *f);
/* The first comment of such a block, which pcapng_view_packet() has accepted;
 * cut to room with its NUL.  False: there is none. */
bool pcapng_view_comment(const uint8_t *p, size_t n, char *out, size_t room);

#endif
