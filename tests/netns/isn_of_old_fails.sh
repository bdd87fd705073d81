#!/bin/bash
# Numbers as stacks of old gave them out fail, each by its own reason; those of
# RFC 6528, by the same mimic, pass.
. tests/netns/lib.sh

cat >"$dir/small.yaml" <<-END
	version: 1
	product: {name: Small device, model: SML-1, vendor: assay}
	firmware: "1.0"
	ports:
	  - {transport: tcp, port: 80, service: http}
END
daemon_of() { daemon_start && await 20 segment_is_up; }
# isn_of VERDICT REASONS [FLAW]: one device after the other.
isn_of() {
	small_start raw "${@:3}"
	daemon_of
	await 25 has_line "$dir/device.log" '^address '
	device_add "$dir/small.yaml"
	await 20 bench_knows_addresses 1
	run_whole
	verdicts | grep -xE "NET-08 behaviour 10[^ ]* $1 isn\.($2)" >/dev/null ||
	    fail "$*: $(verdicts)"
	bench_stop
}
scenario_of "- probe: tcp.isn" "  with: {addresses: ipv4, samples: 400}"
isn_of fail constant isn-constant
isn_of fail constant_step isn-step=64000
isn_of fail 'clock|narrow' isn-clock
scenario_of "- probe: tcp.isn" "  with: {addresses: ipv4}"
isn_of pass unpredictable
