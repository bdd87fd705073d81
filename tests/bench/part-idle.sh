# What all processes of an idle daemon hold in memory together.
# shellcheck shell=bash disable=SC2154
. tests/bench/tcp.sh
needs nmap ethtool nft jq ping

# memory FIELD: kB of all processes of ours together.
memory() {
	local pid sum=0 kb
	for pid in $(pgrep -f '(^|/)(assayd|dnsmasq)( |$)'); do
		kb=$(awk -v f="$1:" '$1 == f { print $2 }' "/proc/$pid/smaps_rollup")
		sum=$((sum + ${kb:-0}))
	done
	echo "$sum"
}
# The kernel's packet rings, which capture and workers map; of a fixed size.
rings() {
	local pid sum=0 kb
	for pid in $(pgrep -f '(^|/)assayd( |$)'); do
		kb=$(awk '/^[0-9a-f]+-/ { ring = /socket:/ }
		    ring && $1 == "Pss:" { sum += $2 } END { print sum + 0 }' "/proc/$pid/smaps")
		sum=$((sum + kb))
	done
	echo "$sum"
}
part() {
	local pss rss n
	number=1
	device_start 0
	daemon_start
	pss=$(memory Pss) rss=$(memory Rss)
	n=$(pgrep -fc '(^|/)(assayd|dnsmasq)( |$)')
	echo "  $n processes, dnsmasq among them if there is one: $((pss / 1024)) MiB resident, shared pages counted once ($((rss / 1024)) MiB counted for each)"
	echo "    of that $(($(rings) / 1024)) MiB packet ring, the narrow one"
	[ $((pss * 1024)) -lt 20000000 ] || short "20 MB or more"
	all_stop
}
