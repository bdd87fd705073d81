#!/bin/bash
# Clear-text services, each on a port that is not its own, real servers where
# there is one: each is found and named, beside the protected ones, which are
# not; TFTP and SNMP by UDP.
. tests/netns/lib.sh

bench_start protected pop3=1100 imap=1430 ftp=2121 ssh1=2222 smtp=2525 \
    telnet=4023 vnc=7900 http-redirect=8088 rtsp=8554 tftp snmp
scenario_of '- probe: services.cleartext' '  with: {addresses: ipv4}'
run_whole 110
same "$run_status" 1 "exit status"
expect "NET-06 completeness" fail
expect "NET-06 behaviour" fail
named() {
	all_records | jq -r --arg c "$1" 'select(.type == "verdict" and
	    .claim == $c) | .values.services'
}
same "$(named completeness)" \
    "pop3 1100, imap 1430, ftp 2121, ssh1 2222, smtp 2525, telnet 4023, vnc 7900, http 8088, rtsp 8554" \
    "services named"
same "$(named behaviour)" "tftp 69, snmp1 161, snmp2c 161" "datagrams named"
# That HTTP only sends on to https is on record, and is HTTP all the same.
all_records | jq -e -s 'any(.. | objects; .field? == "service.only_to_tls" and
    .subject.port == 8088)' >/dev/null ||
    fail "the redirect is not on record"
bench_stop
