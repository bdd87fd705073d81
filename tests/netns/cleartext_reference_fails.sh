#!/bin/bash
# The reference device serves telnet, HTTP and MQTT without protection: each
# is named, on every address; its TLS, SSH 2 and closed UDP ports are not.
. tests/netns/lib.sh

bench_start
scenario=$top/scenarios/cleartext.yaml
run_whole 110
same "$run_status" 1 "exit status"
expect "NET-06 completeness" fail
expect "NET-06 behaviour" info
all_records | jq -e -s '[.[] | select(.type == "verdict" and
    .claim == "completeness")] | length == 4 and
    all(.[]; .values.services == "telnet 23, http 80, mqtt 1883")' >/dev/null ||
    fail "not the services that speak clear text"
bench_stop
