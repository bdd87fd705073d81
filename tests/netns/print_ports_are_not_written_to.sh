#!/bin/bash
# A raw print port is connected to and not written to, even when a scenario would
# have it asked; with the profile's consent to prints it is.
. tests/netns/lib.sh

printed() {
	local n
	n=$(grep -c '^printed ' "$dir/device.log" || true)
	echo printed >"$dir/control"
	await 10 lines_at_least "$dir/device.log" '^printed ' $((n + 1))
	sed -n 's/^printed //p' "$dir/device.log" | tail -n 1
}

scenario_of '- probe: services.cleartext' \
    '  with: {addresses: ipv4, listen_only: "", ports: "22,9100", greeting: 1s, answer: 1s}'
bench_start protected printer
run_whole 110
same "$run_status" 2 "exit status"
expect "NET-06 completeness" inconc
same "$(printed)" "0 bytes" "what was printed"
all_records | grep '"unasked"' >/dev/null || fail "the port is not named as unasked"

{ cat "$top/etc/profiles/reference-device.yaml"
  echo 'consents: [{hazard: prints, by: J. Doe}]'; } >"$dir/profile.yaml"
device_add "$dir/profile.yaml"
run_whole 110
[ "$(printed)" != "0 bytes" ] || fail "nothing was printed with a consent"
bench_stop
