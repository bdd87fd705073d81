/*
 * robot: whether a server answers a ClientKeyExchange otherwise when its
 * padding is wrong.
 *
 * Boeck, Somorovsky, Young, "Return Of Bleichenbacher's Oracle Threat" (2018):
 * five blocks, one of them good.  Difference in what comes back is an oracle
 * when it is there each time; time is not measured.
 */
#include <stdio.h>
#include <string.h>

#include "probes/tls_flaws/parts.h"

#define PREMASTER 48

void
flaws_rsa_block(struct assay_job *job, unsigned block, uint16_t version,
    uint8_t *out, size_t size)
{
	const size_t zero = size - PREMASTER - 1;
	size_t i;

	flaws_chance(job, out, size);
	out[0] = 0;
	out[1] = 2;
	for (i = 2; i < size; i++) /* nonzero random bytes, for now all */
		if (out[i] == 0)
			out[i] = 0x5a;
	out[zero] = 0;
	out[zero + 1] = (uint8_t)(version >> 8);
	out[zero + 2] = (uint8_t)version;
	if (block == 1) { /* it begins wrongly, but is below the modulus */
		out[1] = 0x17;
	} else if (block == 2) { /* another version: RFC 5246 section 7.4.7.1 */
		out[zero + 1] = 2;
		out[zero + 2] = 2;
	} else if (block == 3) { /* no end of the padding */
		out[zero] = 0x11;
	} else if (block == 4) { /* it ends too early */
		out[zero] = 0x11;
		out[11] = 0;
	}
}

static bool
is_uniform(const uint16_t round[RSA_BLOCKS])
{
	size_t i;

	for (i = 1; i < RSA_BLOCKS; i++)
		if (round[i] != round[0])
			return false;
	return true;
}

void
flaws_rsa_after(struct flaws_state *s)
{
	const struct flaws_step *step = flaws_step(s);

	if (step->round == 0 && step->block == RSA_BLOCKS - 1 &&
	    is_uniform(s->rsa[step->ask == ASK_RSA_2][0]))
		flaws_skip(s, step->ask);
}

static const char *
name_of(uint16_t code)
{
	const char *name = NULL;

	if (code >= RSA_ALERT)
		name = tls_alert_name((uint8_t)(code - RSA_ALERT));
	else if (code == RSA_SILENT)
		name = "silence";
	else if (code == RSA_CLOSED)
		name = "the end";
	else if (code == RSA_TAKEN)
		name = "Finished";
	return name != NULL ? name : "another alert";
}

/* Each block has its own answer, whenever it is asked. */
static bool
is_steady(uint16_t rounds[RSA_ROUNDS][RSA_BLOCKS])
{
	size_t i;

	for (i = 1; i < RSA_ROUNDS; i++)
		if (memcmp(rounds[i], rounds[0], sizeof(rounds[0])) != 0)
			return false;
	return true;
}

static bool
is_lost(uint16_t rounds[RSA_ROUNDS][RSA_BLOCKS])
{
	size_t i, k;

	for (i = 0; i < RSA_ROUNDS; i++)
		for (k = 0; k < RSA_BLOCKS; k++)
			if (rounds[i][k] == RSA_LOST)
				return true;
	return false;
}

static void
weigh(struct flaws_state *s, size_t flow)
{
	const uint16_t *first = s->rsa[flow][0];
	enum assay_tls_matter is = ASSAY_TLS_UNTOLD;
	char text[160];
	size_t i, other = 1;

	while (other < RSA_BLOCKS - 1 && first[other] == first[0])
		other++;
	/* A server that never says anything may be busy or gone. */
	if (is_lost(s->rsa[flow]) ||
	    (is_uniform(first) && flow == 0 && first[0] == RSA_SILENT)) {
		snprintf(text, sizeof(text), "no answer to a key exchange");
	} else if (is_uniform(first)) {
		is = ASSAY_TLS_ABSENT;
		snprintf(text, sizeof(text),
		    "answers keys of good and bad padding alike, by %s",
		    name_of(first[0]));
	} else if (is_steady(s->rsa[flow])) {
		is = ASSAY_TLS_PRESENT;
		snprintf(text, sizeof(text),
		    "answers a key of good padding by %s, one of bad by %s",
		    name_of(first[0]), name_of(first[other]));
	} else {
		snprintf(text, sizeof(text),
		    "answers keys otherwise each time they are asked");
	}
	assay_tls_tally_add(
	    &s->tally[FLAW_ROBOT], is, text, &s->rsa_frames[flow][0]);
	for (i = 1; i < RSA_BLOCKS; i++)
		if (s->tally[FLAW_ROBOT].nframes < 8)
			s->tally[FLAW_ROBOT]
			    .frames[s->tally[FLAW_ROBOT].nframes++] =
			    s->rsa_frames[flow][i];
}

void
flaws_rsa_weigh(struct flaws_state *s)
{
	size_t flow;

	for (flow = 0; flow < 2; flow++)
		if (s->rsa[flow][0][0] != 0)
			weigh(s, flow);
}
