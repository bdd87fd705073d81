#!/bin/bash
# A battery device that sleeps for minutes: nothing is known of it, until the
# profile's action wakes it.
. tests/netns/lib.sh

cat "$profile" - >"$dir/profile.yaml" <<END
actions:
  trigger:
    by: hook
    hook: wake
    limit: 30s
    check: {kind: up}
END
profile=$dir/profile.yaml
printf '#!/bin/sh\necho wake >%s\n' "$dir/control" >"$dir/wake"
chmod +x "$dir/wake"
daemon_conf <<END
hooks:
  - name: wake
    command: [$dir/wake]
    limit: 5s
END
bench_start sleeper=60000/600000
await 20 has_line "$dir/device.log" "^first nap"
tcp=("- probe: tcp.ports" "  with: {addresses: ipv4}")
scenario_of "${tcp[@]}"
run_whole
same "$run_status" 2 "exit status while it sleeps"
expect "NET-01" inconc

scenario_of "- action: trigger" "${tcp[@]}"
run_whole
same "$run_status" 0 "exit status after it was woken"
has_event action || fail "no event about the action"
expect "NET-01 completeness" pass
expect "NET-01 sufficiency" pass
bench_stop
