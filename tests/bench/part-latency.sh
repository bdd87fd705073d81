# From `assayctl probe` to the first verdict on the screen, of one port.
# shellcheck shell=bash disable=SC2154
. tests/bench/tcp.sh
needs nmap ethtool nft jq ping

# Sets $took: from the client's start to its first line with a verdict.
first_verdict() {
	local began=$EPOCHREALTIME line
	took=
	while read -r line; do
		case $line in
		*'"type":"verdict"'* | *'"type": "verdict"'*)
			[ -n "$took" ] || took=$(seconds_since "$began") ;;
		esac
	done < <(ctl --json probe dut tcp.ports addresses=ipv4 ports=80 2>"$dir/ours.log")
	[ -n "$took" ] || die "no verdict"
}
part() {
	local i firsts=()
	number=1
	device_start 0
	daemon_start
	first_verdict
	echo "    the very first, which also looks for the device: $took s"
	for ((i = 0; i < runs; i++)); do
		first_verdict
		firsts+=("$took")
	done
	read -r median least most < <(figures "${firsts[@]}")
	printf '  %-34s %7.3f s [%.3f-%.3f]  n=%d\n' "to the first verdict" \
	    "$median" "$least" "$most" "$runs"
	awk -v m="$median" 'BEGIN { exit m >= 0.1 }' ||
	    short "to the first verdict takes 100 ms or more"
	all_stop
}
