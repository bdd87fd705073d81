# What the parts that measure UDP sweeps share: a Linux device with the ICMP
# limits that Linux has (one a second to each address by IPv4, with bursts of
# six; ten by IPv6; a thousand to all), three UDP ports that answer and two that
# are bound and say nothing.  Sourced by part-udp*.sh.
# shellcheck shell=bash disable=SC2034,SC2086,SC2154
. tests/bench/tcp.sh

udp_open="161 5683 5684" udp_mute="69 1900"
declare -A over=() all=() good=() # by family

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
# A bucket that is empty would be the last run's of this family: they fill in
# six seconds, in which the other family has its turn.
limits_recover() { # limits_recover FAMILY
	local left
	left=$(awk -v a="${over[$1]:-0}" -v b="$EPOCHREALTIME" \
	    'BEGIN { t = a + 7 - b; printf "%.3f", (t > 0.001 ? t : 0.001) }')
	read -r -t "$left" <>"$dir/never" || true
}

# udp_ours ipv4|ipv6 PORTS: sets $took and $found.
udp_ours() {
	local began
	[ -p "$dir/never" ] || mkfifo "$dir/never"
	limits_recover "$1"
	began=$EPOCHREALTIME
	ctl --json probe dut udp.ports "addresses=$1" "ports=$2" limit=20m \
	    >"$dir/ours.jsonl" 2>"$dir/ours.log" || true
	over[$1]=$EPOCHREALTIME
	took=$(seconds_since "$began")
	found=$(jq -rn 'first(inputs | .. | objects | select(.type? == "verdict"
	    and .claim == "completeness") | .values |
	    "\(.open) open, \(.closed) closed, \(.silent) silent, \(.unsettled) unsettled")
	    ' "$dir/ours.jsonl")
}
# udp_runs PORTS WANT RUNS FAMILY…: each family in turn, RUNS times.
udp_runs() {
	local i family ports=$1 wanted=$2 n=$3
	shift 3
	all=() good=()
	for ((i = 0; i < n; i++)); do
		for family in "$@"; do
			udp_ours "$family" "$ports"
			all[$family]="${all[$family]:-} $took"
			if [ "$found" = "$wanted" ]; then
				good[$family]=$((${good[$family]:-0} + 1))
				continue
			fi
			short "$family: found ${found:-nothing}, there are $wanted"
			sed 's/^/    /' "$dir/ours.log" | head -n 3
		done
	done
}
# udp_shown NAME FAMILY: after the runs, what they took; sets $median.
udp_shown() {
	local least most
	# shellcheck disable=SC2086
	set -- "$1" "$2" ${all[$2]}
	read -r median least most < <(figures "${@:3}")
	printf '  %-34s %8.3f s [%.3f-%.3f]  n=%d, every port right in %d\n' \
	    "$1" "$median" "$least" "$most" $(($# - 2)) "${good[$2]:-0}"
}
# within SECONDS LIMIT WHAT
within() { awk -v a="$1" -v b="$2" 'BEGIN { exit a >= b }' || short "$3 is not under $2 s"; }
