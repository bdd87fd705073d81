#!/bin/bash
# HTTP on IPv6 alone, on a port that is not its own: IPv6 addresses fail, the
# IPv4 address passes.
. tests/netns/lib.sh

bench_start protected undeclared-port-v6=4404
scenario=$top/scenarios/cleartext.yaml
run_whole 110
same "$run_status" 1 "exit status"
expect 'NET-06 completeness 10\.' pass
expect 'NET-06 completeness [0-9a-f]*:' fail
same "$(verdicts | grep -c 'completeness .* fail cleartext.found')" 3 \
    "addresses that fail"
bench_stop
