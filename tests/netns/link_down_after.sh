#!/bin/bash
# A link that goes down after the verdict was sealed changes nothing of it.
. tests/netns/lib.sh

bench_start
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole
same "$run_status" 0 "exit status"
before=$(ctl --json verdicts "$(run_number)")
device_word link-down
link_lost() { ctl --json status | jq -e '.segments[0].link == false'; }
await 10 link_lost
same "$(ctl --json verdicts "$(run_number)")" "$before" "verdicts afterwards"
expect "NET-01 completeness" pass
bench_stop
