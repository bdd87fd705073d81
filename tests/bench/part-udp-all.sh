# All 65,535 UDP ports behind Linux's ICMP limits, by IPv4 and IPv6.
# shellcheck shell=bash disable=SC2154
. tests/bench/udp.sh
needs ethtool jq ping

# Once each: it is some seven minutes.  ALL=20 for twenty.
part() {
	local want="3 open, 65530 closed, 2 silent, 0 unsettled"
	udp_start
	udp_runs 1-65535 "$want" "${ALL:-1}" ipv6 ipv4
	udp_shown "assayctl, IPv6" ipv6
	within "$median" 90 IPv6
	udp_shown "assayctl, IPv4" ipv4
	within "$median" 360 IPv4
	all_stop
}
