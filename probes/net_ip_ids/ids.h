/*
 * ids: what the files of net.ip_ids share.
 */
#ifndef ASSAY_PROBES_NET_IP_IDS_IDS_H
#define ASSAY_PROBES_NET_IP_IDS_IDS_H

#include "probes/probe.h"

#define IP_IDS_SAMPLES_MIN 16 /* of a kind of question, to be judged */

enum question {
	ECHO,
	SYN,
	FRAGMENTS,
	QUESTIONS
};
/* As in the names of observations. */
static const char *const net_ip_ids_questions[QUESTIONS] = { "echo", "tcp",
	"fragment" };

void net_ip_ids_judge(struct assay_job *job);

#endif
