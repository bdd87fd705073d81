#!/bin/bash
# An action by a hook: done, checked, recorded; one whose check fails is the
# bench's failure, never the device's.
. tests/netns/lib.sh

cat "$profile" - >"$dir/profile.yaml" <<END
actions:
  power.cycle:
    by: hook
    hook: relay-cycle
    limit: 20s
    check: {kind: reboot}
  power.nothing:
    by: hook
    hook: relay-broken
    limit: 3s
    check: {kind: reboot}
END
profile=$dir/profile.yaml
printf '#!/bin/sh\necho reboot >%s\n' "$dir/control" >"$dir/cycle"
chmod +x "$dir/cycle"
daemon_conf <<END
hooks:
  - name: relay-cycle
    command: [$dir/cycle]
    limit: 5s
  - name: relay-broken
    command: [/bin/false]
    limit: 5s
END
bench_start
scenario_of "- action: power.cycle" "- probe: tcp.ports" \
    "  with: {addresses: ipv4}"
run_whole
same "$run_status" 0 "exit status"
has_line "$dir/device.log" '^rebooted' || fail "the hook did not run"
has_event action || fail "no event about the action"
expect "NET-01 completeness" pass

scenario_of "- action: power.nothing"
run_whole
same "$run_status" 3 "exit status when the action fails"
! all_records | grep '"verdict":"fail"' >&2 || fail "the device was blamed"
bench_stop
