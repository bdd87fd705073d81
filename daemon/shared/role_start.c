/*
 * role_start: the first message that every role gets.
 */
#include "daemon/shared/role_start.h"

#include <stdio.h>
#include <sys/prctl.h>

int
role_start_read(struct msg_in *m, struct role_start *s)
{
	uint8_t level;
	char name[16]; /* what the kernel keeps */

	msg_get_string(m, s->process, sizeof(s->process));
	msg_get_u8(m, &level);
	msg_get_string(m, s->state_dir, sizeof(s->state_dir));
	msg_get_string(m, s->run_dir, sizeof(s->run_dir));
	if (msg_end(m) == -1 || level > LOG_LEVEL_DEBUG)
		return -1;
	s->level = (enum log_level)level;
	log_init(s->process, s->level);
	snprintf(name, sizeof(name), "assay %.9s", s->process);
	(void)prctl(PR_SET_NAME, name); /* only for a person who runs ps */
	return 0;
}
