# What the parts that measure UDP sweeps share: a Linux device with the ICMP
# limits that Linux has (one a second to each address by IPv4, with bursts of
# six; ten by IPv6; a thousand to all), three UDP ports that answer and two that
# are bound and say nothing.  Sourced by part-udp*.sh.
# shellcheck shell=bash disable=SC2034,SC2086,SC2154
. tests/bench/tcp.sh

udp_open="161 5683 5684" udp_mute="69 1900"

daemon_files() {
	mkdir -p "$dir/part$number"
	cat >"$dir/assayd.yaml" <<-END
	version: 1
	bench: bench
	state_dir: $dir/part$number/state
	run_dir: /run/assay$number
	worker: $build/assay-worker
	probe_dir: $build/probes
	scenario_dir: $tree/scenarios
	message_dir: $tree/etc/messages
	catalogue_dir: $tree/etc/catalogue
	run_group: ""
	view_group: ""
	segments:
	  - name: wired0
	    kind: wired
	    interface: assay$number
	    addresses: [10.77.0.1/24, "fd77::1/64"]
	END
	{
		printf 'version: 1\nproduct: {name: Three ports, model: B-3}\n'
		printf 'firmware: "1"\nports:\n'
		printf '  - {transport: udp, port: %s}\n' $udp_open
	} >"$dir/profile.yaml"
}
udp_start() {
	local port mute=''
	number=$((number + 1))
	ports=7 # of TCP, which nobody asks here
	device_start 0
	# No link-local address: each family is one address.
	ip netns exec "$dut" sysctl -qw "net.ipv6.conf.far-assay$number.dad_transmits=0"
	ip -n "$dut" -6 address flush dev "far-assay$number"
	ip -n "$dut" address add fd77::10/64 dev "far-assay$number" nodad
	ip -n "$dut" address add fd78::10/64 dev "far-nmap$number" nodad
	ip address add fd78::1/64 dev "nmap$number" nodad
	for port in $udp_mute; do mute="$mute mute=$port"; done
	ip netns exec "$dut" "$build/tests/bench/udp_listener" $udp_open $mute \
	    >"$dir/udp.log" 2>&1 &
	pids="$pids $!"
	await 10 grep -q ready "$dir/udp.log"
	daemon_start
	ip netns exec "$dut" ping -6 -c 1 -W 1 -q fd77::1 >/dev/null || true
	await 20 address6_is_known
}
address6_is_known() {
	ip netns exec "$dut" ping -6 -c 1 -W 1 -q fd77::1 || true
	ctl --json device show dut | jq -e '.addresses | any(. == "fd77::10")'
}
# A bucket that is empty would be the last run's: they fill in six seconds.
limits_recover() { read -r -t 7 <>"$dir/never" || true; }

# udp_ours ipv4|ipv6 PORTS: sets $took and $found.
udp_ours() {
	local began
	[ -p "$dir/never" ] || mkfifo "$dir/never"
	limits_recover
	began=$EPOCHREALTIME
	ctl --json probe dut udp.ports "addresses=$1" "ports=$2" limit=20m \
	    >"$dir/ours.jsonl" 2>"$dir/ours.log" || true
	took=$(seconds_since "$began")
	found=$(jq -rn 'first(inputs | .. | objects | select(.type? == "verdict"
	    and .claim == "completeness") | .values |
	    "\(.open) open, \(.closed) closed, \(.silent) silent, \(.unsettled) unsettled")
	    ' "$dir/ours.jsonl")
}
# udp_runs NAME ipv4|ipv6 PORTS WANT RUNS: sets $median.
udp_runs() {
	local i good=0 least most all=()
	for ((i = 0; i < $5; i++)); do
		udp_ours "$2" "$3"
		all+=("$took")
		if [ "$found" = "$4" ]; then good=$((good + 1)); else
			short "$2: found ${found:-nothing}, there are $4"
			sed 's/^/    /' "$dir/ours.log" | head -n 3
		fi
	done
	read -r median least most < <(figures "${all[@]}")
	printf '  %-34s %8.3f s [%.3f-%.3f]  n=%d, every port right in %d\n' \
	    "$1" "$median" "$least" "$most" "$5" "$good"
}
# within SECONDS LIMIT WHAT
within() { awk -v a="$1" -v b="$2" 'BEGIN { exit a >= b }' || short "$3 is not under $2 s"; }
