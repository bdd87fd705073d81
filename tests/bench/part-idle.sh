# What all processes of an idle daemon hold in memory together.
# shellcheck shell=bash disable=SC2154
. tests/bench/tcp.sh
needs nmap ethtool nft jq ping

ours() { pgrep -f '(^|/)(assayd|dnsmasq)( |$)'; }
# memory FIELD: kB of all processes of ours, added.
memory() {
	local pid sum=0 kb
	for pid in $(ours); do
		kb=$(awk -v f="$1:" '$1 == f { print $2 }' "/proc/$pid/smaps_rollup")
		sum=$((sum + ${kb:-0}))
	done
	echo "$sum"
}
# shellcheck disable=SC2046
resident() { "$build/tests/bench/resident" $(ours); }
# Nobody is at work: no probe is asked what it is, nothing is signed, and the wide
# ring has been given back.
is_at_rest() {
	! pgrep -f '(^|/)assay-worker( |$)' &&
	    [ "$(pgrep -fc '(^|/)assayd -c ')" = 1 ] &&
	    [ "$(resident | cut -d ' ' -f 2)" -lt 16384 ]
}
megabytes() { awk -v kb="$1" 'BEGIN { printf "%.1f", kb * 1024 / 1e6 }'; }
shown() { # shown WHEN
	local all rings
	await 70 is_at_rest
	read -r all rings < <(resident) || die "resident"
	echo "  $1: $(ours | wc -l) processes, dnsmasq among them if there is one: $(megabytes "$all") MB resident, $rings kB of that packet ring, the narrow one"
	echo "    each page frame counted once, whoever else has it; the kernel's share of it (Pss) is $(megabytes "$(memory Pss)") MB, counted for each process $(megabytes "$(memory Rss)") MB"
	[ $((all * 1024)) -lt 20000000 ] || short "20 MB or more"
}
part() {
	number=1
	device_start 0
	daemon_start
	shown "started"
	ctl --json probe dut tcp.ports addresses=ipv4 ports=80 >/dev/null 2>&1
	shown "after a run"
	all_stop
}
