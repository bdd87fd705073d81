# 1,000 UDP ports behind Linux's ICMP limits, by IPv4 and IPv6.
# shellcheck shell=bash disable=SC2154
. tests/bench/udp.sh
needs nmap ethtool jq ping

udp_nmap() { # udp_nmap ADDRESS OPTIONS…: sets $took
	local address=$1 began=$EPOCHREALTIME
	shift
	nmap "$@" -sU -n -Pn -T4 -p "U:$list" "$address" >"$dir/nmap.log" 2>&1
	took=$(seconds_since "$began")
}
times() { # times NAME NMAP ASSAY LEAST
	[ "$bad" = 0 ] || return 0 # a port misread is no result
	awk -v n="$2" -v a="$3" -v t="$4" 'BEGIN {
		printf "  nmap / assay %.0f (wanted: %s)\n", n / a, t
		exit n < t * a }' || short "$1: nmap / assay is below $4"
}
# FULL=1 lets nmap scan, too (19 minutes); else its time is the one measured
# on this device by RESULTS.md's machine.
part() {
	local list=1-997,1900,5683,5684 want nmap4=1027 nmap6=105 how=quoted
	want="3 open, 995 closed, 2 silent, 0 unsettled"
	udp_start
	if [ -n "${FULL:-}" ]; then
		how=measured
		udp_nmap 10.78.0.10
		nmap4=$took
		udp_nmap fd78::10 -6
		nmap6=$took
	fi
	printf '  %-34s %8.0f s, IPv6 %.0f s (%s)\n' "nmap -sU -n -Pn -T4" \
	    "$nmap4" "$nmap6" "$how"
	udp_runs "$list" "$want" "${RUNS:-8}" ipv4 ipv6
	udp_shown "assayctl, IPv4" ipv4
	times IPv4 "$nmap4" "$median" 100
	udp_shown "assayctl, IPv6" ipv6
	times IPv6 "$nmap6" "$median" 50
	# Its limits take seven seconds between two runs of a family.
	[ -n "${RUNS:-}" ] || echo "  (eight runs of each; RUNS=20 for twenty)"
	all_stop
}
