#!/bin/bash
# A battery device, awake for 0.4 s and then asleep for 0.8 s: all its UDP ports
# are read as those of one that never sleeps, and its sleep is in the record.
. tests/netns/lib.sh

bench_start sleeper=400/800
await 20 has_line "$dir/device.log" "^first nap"
scenario_of "- probe: udp.ports" "  with: {addresses: ipv4}"
run_whole 110
expect "NET-02 completeness" pass
expect "NET-02 sufficiency" pass
same "$run_status" 0 "exit status"
noted pace.outages || fail "no word of its sleep"
all_records | jq -e -s '[.[] | select(.type == "observed") | .observations[] |
    select(.field | startswith("sweep.checks")) | .value] as [$asked, $lost] |
    $asked > 0 and $lost * 10 < $asked' >/dev/null ||
    fail "what it was asked asleep counts as lost"
bench_stop
