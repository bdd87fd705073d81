# What the parts that measure TCP sweeps share: a plain device of twelve open
# ports with two equal cables to it, the daemon on one, nmap on the other.
# Sourced by part-*.sh, after the frame (tests/bench/run).
# shellcheck shell=bash disable=SC2034,SC2086,SC2154

ports="1 22 23 80 443 1883 5683 5684 8080 8883 49152 65535"
want=1,22,23,80,443,1883,5683,5684,8080,8883,49152,65535
mac=02:00:00:00:00:10
number=0 pids='' daemon='' dut=''

## The device, and two equal cables to it: one for assayd, one for nmap.

plain() { # plain NAMESPACE INTERFACE: frames as on a wire
	ip netns exec "$1" ethtool -K "$2" tx off rx off tso off gso off \
	    gro off >/dev/null || die "ethtool $2"
	ip -n "$1" link set "$2" up
}
cable() { # cable NAME NETWORK MAC DELAY_US
	if [ "$4" = 0 ]; then
		ip link add "$1" type veth peer name "far-$1" netns "$dut"
	else
		ip netns add "mid-$1"
		ip link add "$1" type veth peer name near netns "mid-$1"
		ip -n "mid-$1" link add far type veth peer name "far-$1" \
		    netns "$dut"
		plain "mid-$1" near
		plain "mid-$1" far
		ip netns exec "mid-$1" "$build/tests/bench/delaybox" near far \
		    "$4" >"$dir/cable-$1.log" 2>&1 &
		pids="$pids $!"
		await 10 grep -q ready "$dir/cable-$1.log"
	fi
	ip -n "$dut" link set "far-$1" address "$3"
	ip -n "$dut" address add "$2.10/24" dev "far-$1"
	plain "$dut" "far-$1"
	ethtool -K "$1" tx off rx off tso off gso off gro off >/dev/null
	ip link set "$1" up
}
drop_the_rest() {
	ip netns exec "$dut" nft -f - <<-END || die "nft"
	table inet filter {
		chain input {
			type filter hook input priority 0; policy drop;
			tcp dport { ${ports// /, } } accept
			meta l4proto { icmp, ipv6-icmp } accept
		}
	}
	END
}
device_start() { # device_start DELAY_US
	dut=dut$number
	ip netns add "$dut"
	ip -n "$dut" link set lo up
	cable "assay$number" 10.77.0 "$mac" "$1"
	cable "nmap$number" 10.78.0 02:00:00:00:00:11 "$1"
	ip address add 10.78.0.1/24 dev "nmap$number"
	ip netns exec "$dut" "$build/tests/bench/listener" $ports \
	    >"$dir/device.log" 2>&1 &
	pids="$pids $!"
	await 10 grep -q ready "$dir/device.log"
}

## The daemon.

daemon_files() {
	mkdir -p "$dir/part$number"
	cat >"$dir/assayd.yaml" <<-END
	version: 1
	bench: bench
	state_dir: $dir/part$number/state
	run_dir: /run/assay$number
	worker: $build/assay-worker
	probe_dir: $build/probes
	scenario_dir: $tree/scenarios
	message_dir: $tree/etc/messages
	catalogue_dir: $tree/etc/catalogue
	run_group: ""
	view_group: ""
	segments:
	  - name: wired0
	    kind: wired
	    interface: assay$number
	    addresses: [10.77.0.1/24]
	${more_conf:-}
	END
	{
		printf 'version: 1\nproduct: {name: Twelve ports, model: B-12}\n'
		printf 'firmware: "1"\nports:\n'
		printf '  - {transport: tcp, port: %s}\n' ${want//,/ }
	} >"$dir/profile.yaml"
}
daemon_answers() {
	! is_gone "$daemon" || die "the daemon ended at its start"
	ctl --json status | jq -e '.store.up and .segments[0].up and .segments[0].watch.up'
}
# The device speaks up, as one that has just been plugged in does.
address_is_known() {
	ip netns exec "$dut" ping -c 1 -W 1 -q 10.77.0.1 || true
	ctl --json device show dut |
	    jq -e '.addresses | any(. == "10.77.0.10")'
}
daemon_start() {
	daemon_files
	export ASSAY_SOCKET=/run/assay$number/assayd.sock
	"$build/assayd" -c "$dir/assayd.yaml" >"$dir/daemon.log" 2>&1 &
	daemon=$!
	await 20 daemon_answers
	await 10 ctl device add dut --mac "$mac" --profile "$dir/profile.yaml"
	await 20 address_is_known
}
all_stop() {
	local p
	kill -TERM "$daemon"
	await 20 is_gone "$daemon"
	wait "$daemon"
	for p in $pids; do
		kill -TERM "$p" 2>/dev/null
		wait "$p" 2>/dev/null
	done
	pids=
	# A cable that lost frames makes the measurement worthless.
	grep -h dropped "$dir"/cable-*.log 2>/dev/null |
	    grep -v 'dropped 0$' | sed 's/^/  the cable: /'
	rm -f "$dir"/cable-*.log
	rm -rf "$dir/part$number"
	ip netns del "$dut"
}
## One run of each.  Sets $took and $found; ours $took_job and $took_probe too.

run_nmap() { # run_nmap -sS|-sT
	local began=$EPOCHREALTIME
	nmap -n -Pn -p- "$1" -T4 10.78.0.10 >"$dir/nmap.log" 2>&1
	took=$(seconds_since "$began")
	found=$(sed -n 's|^\([0-9]*\)/tcp *open .*|\1|p' "$dir/nmap.log" |
	    paste -sd ,)
}
run_ours() {
	local began=$EPOCHREALTIME status=0
	ctl --json probe dut tcp.ports addresses=ipv4 >"$dir/ours.jsonl" \
	    2>"$dir/ours.log" || status=$?
	took=$(seconds_since "$began")
	found=$(jq -rn 'first(inputs | .. | objects | select(.type? == "verdict"
	    and .check == "NET-01" and .claim == "completeness") |
	    .values.ports)' "$dir/ours.jsonl" | spread)
	# Of that: the job with all its evidence, and the probe in it.
	read -r took_job took_probe < <(jq -rn '[inputs | .. | objects |
	    select(has("type") and has("seq") and has("time"))] |
	    (map(select(.type == "job"))[0].time) as $from |
	    (map(select(.type == "observed"))[-1].time) as $to |
	    "\(map(select(.type == "jobend"))[0].took_ns / 1e9) \(($to - $from) / 1e9)"
	    ' "$dir/ours.jsonl")
	if [ "$status" != 0 ]; then
		found="exit status $status, ports $found"
		cp "$dir/ours.jsonl" "$dir/ours-bad.jsonl"
	fi
}
# "22-23,80" as "22,23,80"
spread() {
	tr , '\n' | awk -F- '{ for (i = $1; i <= $NF; i++) print i }' |
	    paste -sd ,
}
## Figures.

# line NAME GOOD RUNS SECONDS…
line() {
	local name=$1 good=$2 runs=$3
	shift 3
	read -r median least most < <(figures "$@")
	printf '  %-34s %7.3f s [%.3f-%.3f]  n=%d, all 12 ports in %d of %d\n' \
	    "$name" "$median" "$least" "$most" $# "$good" "$runs"
}
# ratio NMAP ASSAY JOB PROBE LEAST: medians, and what nmap / assay must reach
ratio() {
	awk -v n="$1" -v a="$2" -v j="$3" -v p="$4" -v t="$5" 'BEGIN {
		printf "  nmap / assay %.2f (wanted: %s), nmap / the job %.2f, " \
		    "nmap / the probe %.2f\n", n / a, t, n / j, n / p
		exit n < t * a }' ||
	    short "nmap / assay is below $5"
}
# of_that NAME SECONDS…
of_that() {
	local name=$1
	shift
	read -r median least most < <(figures "$@")
	printf '    %-32s %7.3f s [%.3f-%.3f]\n' "$name" "$median" "$least" "$most"
}
note_ours() {
	run_ours
	took_ours+=("$took")
	jobs+=("${took_job:-0}")
	probes+=("${took_probe:-0}")
	if [ "$found" = "$want" ]; then
		good_ours=$((good_ours + 1))
	else
		bad=1
		echo "  MISSED by assay: found $found"
	fi
}
note_nmap() { # note_nmap -sS|-sT
	run_nmap "$1"
	if [ "$1" = -sT ]; then
		took_connect+=("$took")
		[ "$found" != "$want" ] || good_connect=$((good_connect + 1))
		return
	fi
	took_nmap+=("$took")
	[ "$found" != "$want" ] || good_nmap=$((good_nmap + 1))
}

# pairs_shown LEAST LEAST_CONNECT: after the pairs, what they took.
pairs_shown() {
	local nmap whole job
	line "nmap -n -Pn -p- -sS -T4" "$good_nmap" "${#took_nmap[@]}" \
	    "${took_nmap[@]}"
	nmap=$median
	line "assayctl probe dut tcp.ports" "$good_ours" "${#took_ours[@]}" \
	    "${took_ours[@]}"
	whole=$median
	of_that "of that, the job" "${jobs[@]}"
	job=$median
	of_that "of that, the probe" "${probes[@]}"
	ratio "$nmap" "$whole" "$job" "$median" "$1"
	[ -n "$2" ] || return 0
	local probe=$median
	line "nmap -n -Pn -p- -sT -T4" "$good_connect" "${#took_connect[@]}" \
	    "${took_connect[@]}"
	ratio "$median" "$whole" "$job" "$probe" "$2"
}

# measure DELAY_US PAIRS open|drop LEAST [LEAST_CONNECT]: nmap and ours in
# turn, then ours alone; LEAST: nmap / assay must reach it.
measure() {
	local i pairs=${2:-0} median
	number=$((number + 1))
	echo "  $(nmap --version | head -n 1 | cut -d ' ' -f 1-3)"
	took_ours=() took_nmap=() took_connect=() jobs=() probes=()
	good_ours=0 good_nmap=0 good_connect=0
	device_start "$1"
	[ "$3" != drop ] || drop_the_rest
	daemon_start
	for ((i = 0; i < pairs; i++)); do
		note_nmap -sS
		note_ours
		[ -z "${5:-}" ] || note_nmap -sT
	done
	[ "$pairs" = 0 ] || pairs_shown "$4" "${5:-}"
	for ((i = pairs; i < runs; i++)); do note_ours; done
	line "assayctl, every run" "$good_ours" "${#took_ours[@]}" \
	    "${took_ours[@]}"
	of_that "of that, the job" "${jobs[@]}"
	of_that "of that, the probe" "${probes[@]}"
	all_stop
}
