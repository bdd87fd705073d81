# What the parts share that ask a full store: a daemon with one real run, ended,
# its store filled by store_fill, and started again.
# Sourced by part-*.sh, after the frame (tests/bench/run).
# shellcheck shell=bash disable=SC2034,SC2154
. tests/bench/tcp.sh
needs nmap ethtool nft jq ping

daemon_again() {
	"$build/assayd" -c "$dir/assayd.yaml" >>"$dir/daemon.log" 2>&1 &
	daemon=$!
	await 60 daemon_answers
}
# filled_start RUNS VERDICTS CAPTURE_MB: sets $last, the newest run.
filled_start() {
	local state=$dir/part1/state
	number=1
	device_start 0
	daemon_start
	run_ours
	[ "$found" = "$want" ] || die "the run that is multiplied found $found"
	kill -TERM "$daemon"
	await 20 is_gone "$daemon"
	wait "$daemon"
	last=$("$build/tests/bench/store_fill" "$build/assayd" "$state" 1 \
	    "$1" "$2" "$3" 2>"$dir/fill.log") || die "store_fill"
	daemon_again
	echo "  $1 runs of $2 verdicts: a store of $(du -sm "$state/store" | cut -f 1) MB"
}
# timed NAME MS COMMAND…: the median of $runs calls, and it is under MS.
timed() {
	local name=$1 most_ms=$2 began i took=() median least most
	shift 2
	for ((i = 0; i < runs; i++)); do
		began=$EPOCHREALTIME
		"$@" >"$dir/out" 2>"$dir/ours.log" || [ $? -le 2 ] || die "$*"
		took+=("$(seconds_since "$began")")
	done
	read -r median least most < <(figures "${took[@]}")
	printf '  %-34s %7.3f s [%.3f-%.3f]  n=%d\n' "$name" "$median" \
	    "$least" "$most" "$runs"
	awk -v m="$median" -v l="$most_ms" 'BEGIN { exit m * 1000 >= l }' ||
	    short "$name takes $most_ms ms or more"
}
