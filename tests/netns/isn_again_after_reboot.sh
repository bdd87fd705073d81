#!/bin/bash
# Numbers that look like chance and begin anew at each boot: one look passes, the
# same numbers behind the next boot fail.  With a new secret at each boot both
# pass.
. tests/netns/lib.sh

cat >"$dir/small.yaml" <<-END
	version: 1
	product: {name: Small device, model: SML-1, vendor: assay}
	firmware: "1.0"
	ports:
	  - {transport: tcp, port: 80, service: http}
	actions:
	  power.cycle: {by: hook, hook: relay, limit: 20s, check: {kind: up}}
END
# Ends when the device is up again.
cat >"$dir/cycle" <<-END
	#!/bin/bash
	echo reboot >"$dir/control"
	for ((i = 0; i < 100; i++)); do
		tail -n 1 "$dir/device.log" | grep '^address ' >/dev/null &&
		    grep '^rebooted' "$dir/device.log" >/dev/null && exit 0
		read -r -t 0.1 <>"$dir/never" || true
	done
	exit 1
END
chmod +x "$dir/cycle"
mkfifo "$dir/never"
scenario_of "- probe: tcp.isn" "  with: {addresses: ipv4, max_pps: 10000}" "  resume: true" \
    "- action: power.cycle" \
    "- probe: tcp.isn" "  with: {addresses: ipv4, max_pps: 10000}" "  resume: true"
# twice_of VERDICT REASON [FLAW]: of the second look
twice_of() {
	small_start raw "${@:3}"
	daemon_conf <<-END
		hooks:
		  - {name: relay, command: [$dir/cycle], limit: 15s}
	END
	daemon_start
	await 20 segment_is_up
	await 25 has_line "$dir/device.log" '^address '
	device_add "$dir/small.yaml"
	await 20 bench_knows_addresses 1
	run_whole
	verdicts | grep -xE "NET-08 behaviour 10[^ ]* (pass|fail) isn\..*" >"$dir/said"
	same "$(cut -d ' ' -f 4- "$dir/said" | paste -sd ' ')" \
	    "pass isn.unpredictable $1 isn.$2" "before and after the boot"
	noted isn.earlier_run || fail "the second look knows of no first one"
	bench_stop
}
twice_of fail repeats_earlier isn-seeded
twice_of pass unpredictable
