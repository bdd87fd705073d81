/*
 * wire_frames: values, subjects and frame selectors as they stand in messages
 * (daemon/shared/wire.h), and as JSON in records.
 */
#ifndef ASSAY_WIRE_FRAMES_H
#define ASSAY_WIRE_FRAMES_H

#include <stdint.h>

#include <jansson.h>

#include "base/msg.h"

#define WIRE_COMMENT_MAX 120

struct wire_subject {
	uint8_t family; /* 0: the DUT */
	uint8_t addr[16];
	uint16_t port; /* 0: none */
};

struct wire_frames {
	uint8_t proto, family;
	uint8_t addr[16];
	uint16_t local_first, local_last, remote_first, remote_last;
	char comment[WIRE_COMMENT_MAX + 1];
};

int wire_get_subject(struct msg_in *m, struct wire_subject *s);
int wire_get_frames(struct msg_in *m, struct wire_frames *f);
void wire_put_frames(struct msg_out *m, const struct wire_frames *f);
/* A tagged value as JSON (integers, booleans, strings; ports as text), always
 * valid UTF-8; NULL when malformed. */
json_t *wire_get_value(struct msg_in *m, const char **type);
/* Family and address as put by msg_put_u8, msg_put_bytes; family 0 has none.
 * addr must hold 16 bytes. */
int wire_get_address(struct msg_in *m, uint8_t *family, uint8_t *addr);
void wire_put_address(struct msg_out *m, uint8_t family, const uint8_t *addr);
int wire_get_mac(struct msg_in *m, uint8_t mac[6]);

json_t *wire_subject_json(const struct wire_subject *s);
json_t *wire_frames_json(const struct wire_frames *f);
/* What another process or a device said, as a JSON string: bytes that may not
 * be shown are written as \xHH. */
json_t *json_quoted(const char *s);

#endif
