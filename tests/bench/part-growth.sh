# Many runs one after the other (GROWTH=300): memory and descriptors stay.
# shellcheck shell=bash disable=SC2154
. tests/bench/tcp.sh
needs nmap ethtool nft jq ping

# Lines "ROLE KB DESCRIPTORS" of the daemon's processes, by their start.
sizes() {
	local pid
	for pid in $(pgrep -f '(^|/)assayd( |$)'); do
		echo "$(tr '\0' ' ' <"/proc/$pid/cmdline" | sed -n 's/.*-x \([a-z]*\).*/\1/p') \
		    $(awk '$1 == "Rss:" { print $2 }' "/proc/$pid/smaps_rollup") \
		    $(find "/proc/$pid/fd" -mindepth 1 | wc -l)"
	done
}
some_runs() { # some_runs HOW-MANY
	local i
	for ((i = 0; i < $1; i++)); do
		ctl --json probe dut tcp.ports addresses=ipv4 ports=80 \
		    >/dev/null 2>"$dir/ours.log" || true
	done
}
part() {
	local n=${GROWTH:-300} began
	number=1
	device_start 0
	daemon_start
	some_runs $((n / 5)) # until every buffer was used once
	sizes >"$dir/before"
	began=$EPOCHREALTIME
	some_runs "$n"
	echo "  $n runs in $(seconds_since "$began") s"
	sizes >"$dir/after"
	paste "$dir/before" "$dir/after" | awk '{
		role = NF == 6 ? $1 : "warden"
		a = NF == 6 ? $2 : $1; af = NF == 6 ? $3 : $2
		b = NF == 6 ? $5 : $3; bf = NF == 6 ? $6 : $4
		printf "    %-10s %6d kB, %3d descriptors; then %6d kB, %3d\n", role, a, af, b, bf
		if (b > a * 1.05 + 512 || bf > af + 2) bad = 1
	} END { exit bad }' || short "something grows"
	all_stop
}
