/*
 * store_wire: what the engine and the store say to each other.
 *
 * Requests are numbered by the engine from 1, in order.  Changes (append,
 * document, register, add) are answered in the order they came; those that
 * became durable together are answered together.  Queries run beside them.  A
 * query sees every change that was sent before it, unless another process locks
 * the database; to be sure, wait for the answer.
 *
 * What does not fit one message (a document, a row with a document in it)
 * comes in parts, in order, nothing of the same request between them.
 */
#ifndef ASSAY_STORE_WIRE_H
#define ASSAY_STORE_WIRE_H

#include "daemon/shared/wire.h"

#define STORE_PART_MAX 49152          /* bytes of one part */
#define STORE_DOCUMENT_MAX (4u << 20) /* bytes of a document in one row */
#define STORE_LARGE_PARTS_MAX 512     /* rows of a larger one */
/* A row as JSON: at worst each byte of a document is escaped as \u00XX. */
#define STORE_ROW_MAX (6 * STORE_DOCUMENT_MAX + 4096)
#define STORE_NAME_MAX 256   /* of a registered thing, with the NUL */
#define STORE_QUERIES_MAX 64 /* under way at once */

enum store_wire_type {
	/* -- to the store ------------------------------------------------ */
	STORE_APPEND = STORE_FIRST, /* u64 request, u64 seq, bytes */
	STORE_DOCUMENT, /* u64 request, str sha256, u32 size in all, u32
			   offset of this part, bytes */
	STORE_REGISTER, /* u64 request, str kind, str name, str value (JSON) */
	STORE_QUERY,    /* u64 request, str name, str args (a JSON object) */
	STORE_ADD,      /* u64 request, str kind, str value (a JSON object) */

	/* -- to the engine ------------------------------------------------ */
	STORE_DONE, /* u64 request of the first, u32 count of changes, str
		       error ("": durable) */
	STORE_ROW,  /* u64 request, u8 last part, bytes of the row's JSON */
	STORE_END,  /* u64 request, str error ("": that was all) */
};

#endif
