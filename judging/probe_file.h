/*
 * probe_file: where a probe's code is: "tcp.ports" is DIR/tcp_ports.so.
 */
#ifndef ASSAY_PROBE_FILE_H
#define ASSAY_PROBE_FILE_H

#include "base/err.h"

/* NULL with *e: no name of a probe, or no such file. Caller frees. */
char *probe_file_path(const char *dir, const char *name, struct err *e);

#endif
