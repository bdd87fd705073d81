#!/bin/bash
# Every run begins with a canary that asks the kernel what would get out, and
# each fact of it is in the record.
. tests/netns/lib.sh

bench_start
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole
same "$run_status" 0 "exit status"
all_records | jq -e -s '
    ([.[] | .type] | index("canary")) as $c | ([.[] | .type] | index("job")) as $j |
    $c != null and $j != null and $c < $j and
    (.[$c] | .good and (.facts | length) >= 5 and all(.facts[]; .good))' \
    >/dev/null || fail "no canary with its facts before the first job"
bench_stop
