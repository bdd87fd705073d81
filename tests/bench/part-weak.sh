# Weak devices: each ends as the strong one does, in RUNS of RUNS.
# shellcheck shell=bash disable=SC2154
needs ethtool nft jq

weak="${WEAK:-strong drop-above=8000 rst-limit=2000 hang-at-port=30000
reboot-above=20000 sleeper=400/800 sleeper=1000/2000}"

# pace_of NAME: the note of this name in the run's records, or nothing.
pace_of() {
	all_records | jq -r --arg n "$1" 'select(.type == "observed") |
	    .notes[] | select(.name == $n) | .value' | tail -n 1
}
is_as_the_strong_one() {
	[ "$run_status" = 1 ] || return 1
	all_records | jq -e -s 'any(.[]; .type == "verdict" and
	    .check == "NET-01" and .claim == "completeness" and
	    .verdict == "fail" and (.values.ports | tostring == "11111")) and
	    any(.[]; .type == "verdict" and .claim == "sufficiency" and
	    .verdict == "pass")' >/dev/null
}
# one DEVICE: in a shell of its own, in namespaces of its own.
one() {
	local i good=0 paces=() flaws=(undeclared-port=11111)
	# The device hides all of /run but the project.
	BUILD=$build
	[ ! -x "$tree/build/assayd" ] || BUILD=$tree/build
	# shellcheck source=tests/netns/lib.sh
	. tests/netns/lib.sh
	[ "$1" = strong ] || flaws+=("$1")
	bench_start "${flaws[@]}"
	scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
	case $1 in sleeper*) await 30 has_line "$dir/device.log" '^first nap' ;; esac
	for ((i = 0; i < runs; i++)); do
		case $1 in
		hang*) # it hangs once in its life
			[ "$i" = 0 ] || { bench_stop; rm -rf "$dir/state"; bench_start "${flaws[@]}"; } ;;
		esac
		run_whole 300
		! is_as_the_strong_one || good=$((good + 1))
		paces+=("$(pace_of pace.reached_pps)")
	done
	read -r median least most < <(figures "${paces[@]}")
	printf '  %-22s %d of %d, pace reached %.0f [%.0f-%.0f] a second, outages %s, reboots %s\n' \
	    "$1" "$good" "$runs" "$median" "$least" "$most" \
	    "$(pace_of pace.outages)" "$(pace_of pace.reboots)"
	bench_stop
	[ "$good" = "$runs" ]
}
part() {
	local device
	for device in $weak; do
		rm -rf /run/case
		(one "$device") || short "$device: another verdict"
	done
}
