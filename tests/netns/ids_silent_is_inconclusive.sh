#!/bin/bash
# A device that answers nothing is not judged.
. tests/netns/lib.sh

scenario_of "- probe: net.ip_ids" "  with: {addresses: ipv4, wait: 50ms}"
bench_start
device_word freeze
run_whole
expect "NET-10 behaviour" inconc
verdicts | grep -x 'NET-10 .* ids.few' >/dev/null || fail "another reason"
bench_stop
