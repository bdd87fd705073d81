#!/bin/bash
# A kernel that draws its source ports (for each destination, off a secret), and
# a resolver that draws its ids, pass.
. tests/netns/lib.sh

scenario_of "- probe: net.source_ports" "  with: {over: 1h}"
bench_start
# shellcheck disable=SC2016
nsenter -t "$(pgrep -n -f tests/devices/inside)" -n bash -c '
	for n in $(seq 40); do
		(exec 3<>/dev/tcp/10.77.0.1/$((9001 + n % 2))) 2>/dev/null
		"$0" nslookup ntp.test 10.77.0.1 >/dev/null 2>&1
	done || true' "$top/build/peers/bin/busybox"
run_whole
same "$run_status" 0 "exit status"
expect "NET-09 behaviour" pass
bench_stop
