/*
 * pcap_reader: classic capture files (libpcap's own format), read.
 *
 * draft-ietf-opsawg-pcap: version 2.4, either byte order, stamps in µs or ns.
 * A file is never trusted: what it says decides no allocation, and no frame
 * leaves the file.
 */
#ifndef ASSAY_PCAP_READER_H
#define ASSAY_PCAP_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "captures/frame.h"

/* Bytes of a frame: libpcap's own limit. */
#define PCAP_RECORD_MAX (256u << 10)

struct pcap_frame {
	struct frame frame; /* direction: unknown */
	uint64_t number;    /* of the frame in the file, from 1 */
	uint64_t offset;    /* of its record in the file */
};

struct pcap_reader;
/* The first four bytes are one of this format's magic numbers. */
bool pcap_reader_is_magic(const uint8_t magic[4]);
/* p outlives the reader. */
struct pcap_reader *pcap_reader_open_memory(const void *p, size_t n);
/* fd is borrowed, read by pread from offset 0. */
struct pcap_reader *pcap_reader_open(int fd);
/* 1: *f is a frame (a view, until the next call); 0: the end, in good order;
 * -1: what follows cannot be read (pcap_reader_why says what). */
int pcap_reader_next(struct pcap_reader *r, struct pcap_frame *f);
/* -1 came of a file that ends too early, within a record. */
bool pcap_reader_is_cut(const struct pcap_reader *r);
const char *pcap_reader_why(const struct pcap_reader *r);
void pcap_reader_close(struct pcap_reader *r); /* NULL is fine */

#endif
