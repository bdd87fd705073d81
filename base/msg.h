/*
 * msg: one message between two of our processes, built and read field by
 * field.
 *
 * A message is a type and a body of fields, big endian, no padding; strings
 * and bytes carry a 32-bit length.  It travels as one SOCK_SEQPACKET datagram
 * (base/peer.h), so that there is no half message.  A reader never trusts: it
 * checks each field and, with msg_end(), that nothing is left over.
 */
#ifndef ASSAY_MSG_H
#define ASSAY_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MSG_MAX 65536 /* bytes with the header */
#define MSG_HEADER 4  /* u16 type, u16 zero */
#define MSG_STRING_MAX 49152

/* A message being built.  Too much for MSG_MAX is remembered and makes
 * msg_is_overfull() true; peer_send() is fatal on it, so a writer of unbounded
 * data asks first. */
struct msg_out {
	uint16_t type;
	bool overfull;
	size_t size; /* of body */
	uint8_t body[MSG_MAX - MSG_HEADER];
};

void msg_start(struct msg_out *m, uint16_t type);
void msg_put_u8(struct msg_out *m, uint8_t v);
void msg_put_u16(struct msg_out *m, uint16_t v);
void msg_put_u32(struct msg_out *m, uint32_t v);
void msg_put_u64(struct msg_out *m, uint64_t v);
void msg_put_i64(struct msg_out *m, int64_t v);
void msg_put_bytes(struct msg_out *m, const void *p, size_t n);
void msg_put_string(struct msg_out *m, const char *s); /* NULL as "" */
bool msg_is_overfull(const struct msg_out *m);

/* A message being read.  After the first field that does not fit, every get
 * returns -1 and sets its result to zero, so a reader may get all fields and
 * check msg_end() alone. */
struct msg_in {
	uint16_t type;
	bool bad;
	const uint8_t *p, *end;
};

/* Reads a datagram; the body is not copied.  -1 if it is shorter than a
 * header or the reserved half is not zero. */
int msg_read(struct msg_in *m, const void *datagram, size_t n);
int msg_get_u8(struct msg_in *m, uint8_t *v);
int msg_get_u16(struct msg_in *m, uint16_t *v);
int msg_get_u32(struct msg_in *m, uint32_t *v);
int msg_get_u64(struct msg_in *m, uint64_t *v);
int msg_get_i64(struct msg_in *m, int64_t *v);
/* *p points into the datagram. */
int msg_get_bytes(struct msg_in *m, const uint8_t **p, size_t *n);
/* Copies to out (size bytes with the NUL); -1 if longer or with a NUL in it. */
int msg_get_string(struct msg_in *m, char *out, size_t size);
/* The same, allocated; at most MSG_STRING_MAX.  NULL when bad. Caller frees. */
char *msg_dup_string(struct msg_in *m);
/* 0 if every field was good and every byte consumed, else -1. */
int msg_end(struct msg_in *m);

#endif
