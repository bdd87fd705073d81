# Capture without loss: frames to memory at a rate, beside tcpdump and dumpcap.
# shellcheck shell=bash disable=SC2154,SC2086
needs ethtool tcpdump dumpcap jq

bench_mac=02:00:00:00:00:01
dut_mac=02:00:00:00:00:10
store=/run/capture # memory

plain() { ethtool -K "$1" tx off rx off tso off gso off gro off >/dev/null && ip link set "$1" up; }
cable() { # the bench's side is lab0
	ip link add lab0 address $bench_mac type veth peer name far0 netns dut
	ip netns exec dut ethtool -K far0 tx off rx off tso off gso off gro off >/dev/null
	ip -n dut address add 10.77.0.10/24 dev far0
	ip -n dut link set far0 address $dut_mac up
	plain lab0 || die "ethtool lab0"
}
blast() { # blast SIZE PPS SECONDS: frames sent, and the time it took
	ip netns exec dut taskset -c 1 "$build/tests/bench/blaster" far0 \
	    $bench_mac "$1" "$(awk -v r="$2" -v s="$3" 'BEGIN { print r * s }')" "$2"
}
cpu_ms() { awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); printf "%d", ($12 + $13) * 1000 / hz }' "/proc/$1/stat"; }
count() { # of our frames in these files
	local file n=0
	for file in "$@"; do
		n=$((n + $(tcpdump -nr "$file" --count 'udp dst port 5001' 2>/dev/null | awk '/packet/ { print $1 }')))
	done
	echo $n
}
# It has read what there is: its CPU time stands still.
settle() {
	local before=-1 now
	until now=$(cpu_ms "$pid") && [ "$now" = "$before" ]; do
		before=$now
		sleep 0.5
	done
}
# take NAME SIZE PPS SECONDS: one run; adds "NAME sent tail kept cpu_ms seconds
# seal_ms".
take() {
	local sent tail took cpu seal=0
	mkdir -p $store
	"start_$1"
	cpu=$(cpu_ms "$pid")
	read -r sent took <<<"$(blast "$2" "$3" "$4")"
	settle
	cpu=$(($(cpu_ms "$pid") - cpu))
	[ "$1" != assay ] || { seal=$(cpu_ms "$pid"); seal_assay; seal=$(($(cpu_ms "$pid") - seal)); }
	# And some more, with the stop right behind the last one.
	read -r tail _ <<<"$(blast "$2" "$3" 0.1)"
	"stop_$1"
	echo "$1 $sent $tail $(count "${files[@]}") $cpu $took $seal" >>"$dir/capture.$2"
	rm -rf $store
}

start_assay() {
	cable
	cat >"$dir/capture.yaml" <<-END2
	version: 1
	bench: bench
	state_dir: $store/state
	run_dir: $store/run
	worker: $build/assay-worker
	probe_dir: $build/probes
	scenario_dir: $tree/scenarios
	message_dir: $tree/etc/messages
	catalogue_dir: $tree/etc/catalogue
	run_group: ""
	view_group: ""
	segments:
	  - {name: wired0, kind: wired, interface: lab0, addresses: [10.77.0.1/24]}
	END2
	"$build/assayd" -c "$dir/capture.yaml" >"$dir/assayd.log" 2>&1 &
	daemon=$!
	export ASSAY_SOCKET=$store/run/assayd.sock
	await 20 ctl --json status
	await 20 segment_is_up
	pid=$(pgrep -f -- '-x capture')
	# A run, which stays at rest: with it comes the ring that the peers have.
	printf 'version: 1\nproduct: {name: Source, model: S-1}\nfirmware: "1"\n' >"$dir/profile.yaml"
	ctl device add dut --mac $dut_mac --profile "$dir/profile.yaml" >/dev/null || die "device add"
	ctl probe dut tcp.ports --quiet 600s >"$dir/run.log" 2>&1 &
	await 20 ring_is_wide
}
ring_is_wide() {
	awk '/^[0-9a-f]+-/ { ring = /socket:/ }
	    ring && $1 == "Size:" && $2 >= 65536 { found = 1 }
	    END { exit !found }' "/proc/$pid/smaps"
}
# Its run ends: the files get their SHA-256.
seal_assay() {
	ctl cancel 1 >/dev/null || die "cancel"
	await 30 run_has_ended
}
run_has_ended() { ctl --json runs | jq -e '.manifest != null'; }
segment_is_up() { ctl --json status | jq -e '.segments[0].capture.up' >/dev/null; }
# At once: what is in the ring is its to write.
stop_assay() {
	kill -TERM "$daemon"
	wait "$daemon"
	files=("$store"/state/captures/wired0/*.pcapng)
	ip link del lab0 2>/dev/null
}
peer() { # peer COMMAND…
	cable
	"$@" >"$dir/peer.log" 2>&1 &
	pid=$!
	await 10 grep -qiE 'listening|File:' "$dir/peer.log"
	files=("$store/peer.pcap")
}
start_tcpdump() { peer tcpdump -n -Z root -B 65536 -i lab0 -w $store/peer.pcap; }
start_dumpcap() { peer dumpcap -q -B 64 -i lab0 -w $store/peer.pcap; }
stop_peer() {
	kill -INT "$pid"
	wait "$pid"
	ip link del lab0
}
stop_tcpdump() { stop_peer; }
stop_dumpcap() { stop_peer; }

line() { # line NAME SIZE: of all its runs
	awk -v name="$1" -v out="$dir/line.$1" '$1 == name {
		runs++; kpps = $2 / $6 / 1000; lost += $2 + $3 - $4
		if ($4 == $2 + $3) whole++
		if (runs == 1 || kpps < least) least = kpps
		cpu += $5 * 1000 / $2; seal += $7 * 1000 / $2
	} END {
		printf "  %-8s %d of %d runs without loss (%d frames lost in all); %.3f us of CPU a frame; at %.0f k/s at least\n",
		    name, whole, runs, lost, cpu / runs, least
		if (seal > 0)
			printf "           and %.3f us a frame for the SHA-256 of the files, when the run is over\n", seal / runs
		printf "%d %d %.4f %.0f\n", runs, whole, cpu / runs, least >out
	}' "$dir/capture.$2"
}
measure() { # measure SIZE PPS SECONDS
	local name i runs whole cpu rate other
	: >"$dir/capture.$1"
	for ((i = 0; i < pairs; i++)); do
		for name in assay tcpdump dumpcap; do take $name "$@"; done
	done
	echo "  $1 bytes, $2 a second asked for, $3 s, $pairs runs of each in turn, to memory"
	for name in assay tcpdump dumpcap; do line $name "$1"; done
	read -r runs whole cpu rate <"$dir/line.assay"
	[ "$whole" = "$runs" ] || short "frames were lost in $((runs - whole)) of $runs runs"
	[ $((rate * 1000 * 20)) -ge $(($2 * 19)) ] ||
	    echo "  (the sender reached $rate k/s on this machine)"
	for name in tcpdump dumpcap; do
		read -r _ _ other _ <"$dir/line.$name"
		awk -v a="$cpu" -v b="$other" -v n=$name 'BEGIN {
			printf "  CPU a frame: %.2f of that of %s\n", a / b, n
			exit a > b }' || short "more CPU a frame than $name"
	done
}

part() {
	ip netns add dut
	measure 64 500000 4
	measure 1400 300000 2
}
