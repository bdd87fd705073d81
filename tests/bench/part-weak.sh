# Weak devices: each ends as the strong one does, in RUNS of RUNS.
# shellcheck shell=bash disable=SC2154
needs ethtool nft jq

# tcp.ports, and after "udp:" udp.ports; "lwip" is a small stack, the others are
# the reference device with this flaw.
weak="${WEAK:-strong drop-above=8000 rst-limit=2000 hang-at-port=30000
reboot-above=20000 sleeper=400/800 sleeper=1000/2000 lwip
udp:strong udp:icmp-limit=20 udp:icmp-limit=5 udp:sleeper=400/800}"

# What a strong device answers to these: 161 is open and not declared.
udp_ports=1-300,5683,5684

# pace_of NAME…: the first of these notes that the run's records have.
pace_of() {
	local name
	for name in "$@"; do
		all_records | jq -r --arg n "$name" 'select(.type == "observed") |
		    .notes[] | select(.name == $n) | .value' | tail -n 1
	done | head -n 1
}
# is_as_the_strong_one CHECK PORT: the port that is not declared fails, by its
# number alone, and all that is declared works.
is_as_the_strong_one() {
	[ "$run_status" = 1 ] || return 1
	all_records | jq -e -s --arg check "$1" --arg port "$2" '
	    [.[] | select(.type == "verdict" and .check == $check)] as $v |
	    ($v | length == 2) and
	    any($v[]; .claim == "completeness" and .verdict == "fail" and
		(.values.ports | tostring) == $port) and
	    any($v[]; .claim == "sufficiency" and .verdict == "pass") and
	    all($v[]; (.values.unsettled // 0) == 0 and
		($check == "NET-01" or (.values.silent // 0) == 0))' >/dev/null
}
# another_end DEVICE RUN: what it ended with instead.
another_end() {
	printf '  %s, run %d: exit status %s\n' "$1" "$2" "$run_status"
	verdicts | sed 's/^/      /'
	tail -n 3 "$dir/run.log" | sed 's/^/      /'
	[ -z "${KEEP:-}" ] || cp "$records" "$KEEP/${1//[:\/]/-}.$2.jsonl"
}
device_of() {
	case $1 in
	lwip) small_bench lwip undeclared-port=11111 ;;
	udp:strong) bench_start snmp ;;
	udp:*) bench_start snmp "${1#udp:}" ;;
	strong) bench_start undeclared-port=11111 ;;
	*) bench_start undeclared-port=11111 "$1" ;;
	esac
}
# one DEVICE: in a shell of its own, in namespaces of its own.
one() {
	local i good=0 paces=() fails=(NET-01 11111)
	# The device hides all of /run but the project.
	export BUILD=$build
	[ ! -x "$tree/build/assayd" ] || BUILD=$tree/build
	# shellcheck source=tests/netns/lib.sh
	. tests/netns/lib.sh
	device_of "$1"
	case $1 in
	udp:*)
		fails=(NET-02 161)
		scenario_of "- probe: udp.ports" \
		    "  with: {addresses: ipv4, ports: \"$udp_ports\"}"
		;;
	*) scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}" ;;
	esac
	case $1 in *sleeper*) await 30 has_line "$dir/device.log" '^first nap' ;; esac
	for ((i = 0; i < runs; i++)); do
		case $1 in
		hang*) # it hangs once in its life
			[ "$i" = 0 ] || { bench_stop; rm -rf "$dir/state"; device_of "$1"; } ;;
		esac
		run_whole 300
		if is_as_the_strong_one "${fails[@]}"; then
			good=$((good + 1))
		else
			another_end "$1" "$i"
		fi
		paces+=("$(pace_of pace.reached_pps pace.max_pps)")
	done
	read -r median least most < <(figures "${paces[@]}")
	printf '  %-22s %d of %d, pace reached %.0f [%.0f-%.0f] a second%s\n' \
	    "$1" "$good" "$runs" "$median" "$least" "$most" "$(told_of "$1")"
	bench_stop
	[ "$good" = "$runs" ]
}
# told_of DEVICE: what the last run's record says of it besides.
told_of() {
	case $1 in
	udp:sleeper*) printf ', outages %s' "$(pace_of pace.outages)" ;;
	udp:*) printf ', ICMP %s a second, %s addresses of ours' \
	    "$(pace_of icmp.pps)" "$(pace_of sources.used)" ;;
	*) printf ', outages %s, reboots %s' \
	    "$(pace_of pace.outages)" "$(pace_of pace.reboots)" ;;
	esac
}
part() {
	local device
	for device in $weak; do
		rm -rf /run/case
		(one "$device") || short "$device: another verdict"
	done
}
