/*
 * cleartext_kinds: the recognisers behind cleartext.h, by family.
 *
 * Each returns true and says what it is, or false: not one of mine.
 */
#ifndef ASSAY_CLEARTEXT_KINDS_H
#define ASSAY_CLEARTEXT_KINDS_H

#include "protocols/cleartext.h"

typedef bool cleartext_reader(
    const struct cleartext_talk *t, struct cleartext_seen *seen);

cleartext_reader cleartext_read_replies; /* FTP, SMTP, POP3, IMAP */
cleartext_reader cleartext_read_ssh;
cleartext_reader cleartext_read_http; /* and RTSP */
cleartext_reader cleartext_read_telnet;
cleartext_reader cleartext_read_vnc;
cleartext_reader cleartext_read_mqtt;
cleartext_reader cleartext_read_tls;
cleartext_reader cleartext_read_snmp;
cleartext_reader cleartext_read_tftp;

#endif
