#!/bin/bash
# A device with SSH 2 and TLS alone passes on every address: all ports asked,
# each open one identified.  nginx's own "400 The plain HTTP request was sent to
# HTTPS port" is no HTTP service.  Of UDP the most that is said is info.
. tests/netns/lib.sh

bench_start protected
scenario=$top/scenarios/cleartext.yaml
run_whole 110
same "$run_status" 0 "exit status"
expect "NET-06 completeness" pass
expect "NET-06 behaviour" info
all_records | jq -e -s '[.[] | select(.type == "verdict" and
    .claim == "completeness")] | length == 4 and all(.[];
    .values.services == "ssh2 22, tls 443, tls 8883" and
    .values.asked == 65535 and .values.open == 3)' >/dev/null ||
    fail "not what the device speaks"
bench_stop
