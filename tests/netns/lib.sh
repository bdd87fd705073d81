# What every case uses: the reference device, the daemon, the client, and ways
# to wait and to compare.  A case is started by tests/netns/alone as the only
# thing in its namespaces, in the project's folder, with BUILD set; it sources
# this file, and fails at the first thing that is not as it says.
# shellcheck shell=bash disable=SC2034,SC2317
set -eEu
set -o pipefail
exec 5>&1 # where a failure is told, whatever is redirected

top=$PWD
dir=/run/case
export ASSAY_SOCKET=$dir/run/assayd.sock
export LANG=C.UTF-8 LC_ALL=C.UTF-8
scenario=$top/scenarios/baseline.yaml
profile=$top/etc/profiles/reference-device.yaml
# The same without a word on TLS: what is undeclared where something is fails.
undeclare_crypto() {
	grep -vE '^crypto:|role: server' "$profile" >"$dir/no-crypto.yaml"
	profile=$dir/no-crypto.yaml
}
records=$dir/run.jsonl
device_pid='' daemon_pid='' run_pid='' run_status=''
device_mac=02:00:00:00:00:10 # of the next one that is started
mkdir -p "$dir"

fail() {
	trap - ERR
	{
		echo "FAILED: $*"
		for log in daemon device run; do
			[ -s "$dir/$log.log" ] || continue
			echo "-- $log.log"
			tail -n 40 "$dir/$log.log"
		done
		if [ -s "$records" ]; then
			echo "-- verdicts"
			verdicts || true
			echo "-- ends"
			all_records | jq -c 'select(.type == "jobend") |
			    {outcome, reason, detail, exit, last_words}' || true
		fi
	} >&5 2>&1
	exit 1
}
skip() { echo "skipped: $*"; exit 77; }
trap 'fail "${BASH_SOURCE[0]##*/} line $LINENO: $BASH_COMMAND"' ERR

for program in assayd assayctl assay-worker; do
	[ -x "$BUILD/$program" ] || fail "there is no $BUILD/$program"
done
is_sanitized() { nm -D "$BUILD/assayd" 2>/dev/null | grep "__asan\|__ubsan" >/dev/null; }
needs_sandbox() { ! is_sanitized || skip "a sanitized build has no sandbox"; }

# await SECONDS COMMAND…: until it succeeds; the case fails at the limit, which
# is longer on a machine that is $SLOWER times as slow.
await() {
	local limit=$(($1 * ${SLOWER:-1})) end
	shift
	end=$((SECONDS + limit))
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || fail "not within $limit s: $*"
		sleep 0.05
	done
}
is_gone() { ! kill -0 "$1" 2>/dev/null; }
has_line() { grep -qE -e "$2" "$1"; }
# lines_at_least FILE PATTERN COUNT
lines_at_least() { [ "$(grep -cE -e "$2" "$1")" -ge "$3" ]; }
same() { [ "$1" = "$2" ] || fail "$3: expected \"$2\", got \"$1\""; }

## The device.

# device_start [FLAW…]
device_start() {
	local flaws=() f
	for f in "$@"; do flaws+=(--flaw "$f"); done
	: >"$dir/device.log" # now, not when the shell behind the & gets to it
	tests/devices/reference --link lab0 --build "$BUILD" \
	    --mac "$device_mac" --control "$dir/control" "${flaws[@]}" >>"$dir/device.log" 2>&1 &
	device_pid=$!
	await 20 has_line "$dir/device.log" '^(ready|not ready)'
	has_line "$dir/device.log" '^ready' || fail "the device is not ready"
}
# small_start lwip|raw [FLAW…]: a device that is one small stack; without
# liblwip-dev there is none of lwip, and the case is skipped.
small_start() {
	local stack=$1 flaws=() f
	shift
	[ "$stack" != lwip ] || [ -x "$BUILD/tests/devices/lwip-device" ] ||
	    skip "no lwip-device: liblwip-dev is not installed"
	for f in "$@"; do flaws+=(--flaw "$f"); done
	: >"$dir/device.log"
	tests/devices/small --stack "$stack" --link lab0 --build "$BUILD" \
	    --control "$dir/control" "${flaws[@]}" >>"$dir/device.log" 2>&1 &
	device_pid=$!
	await 20 has_line "$dir/device.log" '^(ready|not ready)'
	has_line "$dir/device.log" '^ready' || fail "the device is not ready"
}
# With IPv4, link-local, ULA and global address.
device_addressed() {
	await 25 has_line "$dir/device.log" '^address '
	await 25 has_line "$dir/device.log" '^address6 fd77:'
	await 25 has_line "$dir/device.log" '^address6 2001:'
}
device_ipv4() { sed -n 's/^address //p' "$dir/device.log" | tail -n 1; }
# device_word WORD…: and wait for its answer.
device_word() {
	local n
	n=$(wc -l <"$dir/device.log")
	echo "$*" >"$dir/control"
	[ "$1" != address ] || return 0
	case $1 in
	freeze) set -- frozen ;;
	thaw) set -- thawed ;;
	reboot) set -- rebooted ;;
	update) set -- updated ;;
	die) set -- died ;;
	esac
	answered() { tail -n "+$((n + 1))" "$dir/device.log" | grep -x "$1" >/dev/null; }
	await 10 answered "$1"
}
cable_is_gone() { ! ip link show dev lab0; }
device_stop() {
	[ -n "$device_pid" ] || return 0
	kill -KILL "$device_pid" 2>/dev/null || true
	wait "$device_pid" 2>/dev/null || true
	await 10 cable_is_gone
	device_pid=
}

## The daemon and its client.

ctl() { "$BUILD/assayctl" "$@"; }

# More of assayd.yaml on standard input, if wanted: daemon_conf </dev/null
daemon_conf() {
	cat >"$dir/assayd.yaml" <<-END
	version: 1
	bench: bench-test
	state_dir: $dir/state
	run_dir: $dir/run
	worker: $BUILD/assay-worker
	probe_dir: ${PROBE_DIR:-$BUILD/probes}
	scenario_dir: $top/scenarios
	message_dir: $top/etc/messages
	catalogue_dir: $top/etc/catalogue
	run_group: ""
	view_group: ""
	segments:
	  - name: wired0
	    kind: wired
	    interface: ${SEGMENT_LINK:-lab0}
	    addresses: [10.77.0.1/24, "fd77::1/64", "2001:db8:77::1/64"]
	    dhcp: {from: 10.77.0.100, to: 10.77.0.199, lease: 1h}
	    capture: {ring_mib: 32, file_mib: 64}
	END
	cat >>"$dir/assayd.yaml"
}
daemon_start() {
	[ -e "$dir/assayd.yaml" ] || daemon_conf </dev/null
	"$BUILD/assayd" -c "$dir/assayd.yaml" "$@" >>"$dir/daemon.log" 2>&1 &
	daemon_pid=$!
	await 20 daemon_answers
}
daemon_answers() {
	! is_gone "$daemon_pid" || fail "the daemon ended at its start"
	ctl --json status
}
segment_is_up() { ctl --json status | jq -e '.segments[0].up' >/dev/null; }
ours='(^|/)(assayd|assay-worker|dnsmasq)( |$)'
no_process_of_ours() { ! pgrep -f "$ours" >/dev/null; }
# In good order; whoever is left after it is a fault.
daemon_stop() {
	local status=0
	kill -TERM "$daemon_pid"
	await 15 is_gone "$daemon_pid"
	wait "$daemon_pid" || status=$?
	same "$status" 0 "exit status of the daemon"
	no_process_of_ours || fail "processes are left: $(pgrep -a -f "$ours")"
	[ ! -e "$ASSAY_SOCKET" ] || fail "the socket is left"
	daemon_pid=
}
# pid_of ROLE: engine, store, capture, watch, services; or worker, the newest.
pid_of() {
	case $1 in
	worker) pgrep -n -f assay-worker ;;
	*) pgrep -o -f -- "-x $1" ;;
	esac
}

# Device and daemon, and the device known: bench_start [FLAW…]
bench_start() {
	device_start "$@"
	daemon_start
	await 20 segment_is_up
	device_addressed
	device_add
	await 20 bench_knows_addresses 4
}
device_add() { ctl device add dut --mac 02:00:00:00:00:10 --profile "${1:-$profile}" >>"$dir/run.log"; }
# bench_knows_addresses COUNT
bench_knows_addresses() {
	ctl --json device show dut | jq -e --argjson n "$1" '.addresses | length >= $n'
}
# small_bench lwip|raw [FLAW…]: the same with a small device.
small_bench() {
	small_start "$@"
	daemon_start
	await 20 segment_is_up
	device_addressed
	cat >"$dir/small.yaml" <<-END
	version: 1
	product: {name: Small device, model: SML-1, vendor: assay}
	firmware: "1.0"
	ports:
	  - {transport: tcp, port: 7, service: echo}
	  - {transport: tcp, port: 80, service: http}
	END
	device_add "$dir/small.yaml"
	await 20 bench_knows_addresses 4
}
bench_stop() {
	daemon_stop
	device_stop
}

## A device that is there at once, for cases that are about the daemon: a
## kernel which answers ARP and ping, and nothing behind it.

# The device and its cable lab0.
plain_start() {
	unshare --net sleep infinity &
	device_pid=$!
	await 5 plain_has_network
	plain_cable
}
plain_has_network() {
	[ "$(readlink "/proc/$device_pid/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}
on_plain() { nsenter -t "$device_pid" -n "$@"; }
# Once more, when the cable went with the daemon's namespace.
plain_cable() {
	ip link add lab0 type veth peer name eth0 netns "$device_pid"
	on_plain sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
	on_plain ip link set eth0 address 02:00:00:00:00:10
	on_plain ip address add 10.77.0.50/24 dev eth0
	on_plain ip link set eth0 up
}
# plain_bench PROBE…: device and daemon with these test probes, device added.
plain_bench() {
	local probe
	mkdir -p "$dir/probes"
	for probe in "$@"; do cp "$BUILD/tests/probes/$probe.so" "$dir/probes/"; done
	PROBE_DIR=$dir/probes
	plain_start
	daemon_start
	await 20 segment_is_up
	device_add
}
plain_stop() {
	kill "$device_pid"
	wait "$device_pid" 2>/dev/null || true
	device_pid=
}

## Runs.

# scenario_of STEP-LINES…: writes a scenario with these steps and uses it.
scenario_of() {
	scenario=$dir/scenario.yaml
	{
		printf 'version: 1\nname: case\nstate: operating\nsteps:\n'
		printf '  %s\n' "$@"
	} >"$scenario"
}
run_begin() {
	: >"$records"
	"$BUILD/assayctl" --json run dut "$scenario" --watch >"$records" 2>>"$dir/run.log" &
	run_pid=$!
	await 15 run_number
}
run_number() {
	jq -e -n 'first(inputs | .. | objects | .run? // empty | numbers)' "$records"
}
# The job's record is there, and its worker is at it.
run_is_testing() {
	has_line "$records" '"type": *"job"' && pid_of worker
}
run_end() {
	local limit=${1:-90}
	await "$limit" is_gone "$run_pid"
	run_status=0
	wait "$run_pid" || run_status=$?
}
# Whole run, to its end; $run_status is what the client said.
run_whole() {
	run_begin
	run_end "${1:-90}"
}

# Every record of the run, one a line, whatever it is wrapped in.
all_records() {
	jq -c '.. | objects | select(has("type") and has("seq") and has("prev"))' \
	    "$records"
}
# Lines "CHECK CLAIM ADDRESS VERDICT REASON".
verdicts() {
	all_records | jq -r 'select(.type == "verdict") |
	    "\(.check) \(.claim) \(.subject.addr) \(.verdict) \(.reason)"'
}
# expect PREFIX VERDICT: at least one verdict whose line begins with PREFIX,
# and all of those are VERDICT.
expect() {
	local got
	got=$(verdicts | grep -E "^$1" | awk '{ print $4 }' | sort -u | tr '\n' ' ')
	same "$got" "$2 " "verdicts on $1"
}
expect_no_pass() {
	[ -z "$(verdicts | grep -E "${1:-.}" | awk '$4 == "pass"')" ] ||
	    fail "a false pass"
}
# expect_port_named PREFIX PORT: a fail whose values name this port and none of
# the declared ones.
expect_port_named() {
	all_records | jq -e -s --arg p "$1" --arg port "$2" '
	    [.[] | select(.type == "verdict" and .verdict == "fail" and
		("\(.check) \(.claim)" == $p))] as $v |
	    ($v | length > 0) and ($v | all(.values | to_entries |
		any(.value | tostring | test("(^|[^0-9])" + $port + "($|[^0-9])"))))
	    ' >/dev/null || fail "no fail on $1 that names port $2"
}
has_event() {
	all_records | jq -e -s --arg w "$1" --arg c "${2:-.}" '
	    any(.[]; .type == "event" and (.what == $w) and
		((.code // "") | tostring | test($c)))' >/dev/null
}
# noted NAME: the probe left a note of this name, above zero.
noted() {
	all_records | jq -e -s --arg n "$1" 'any(.[]; .type == "observed" and
	    any(.notes[]; .name == $n and .value > 0))' >/dev/null
}
outcome_of_job() { all_records | jq -r 'select(.type == "jobend") | .outcome'; }

## A run that goes on another day.

checkpoint_is_kept() { # it is, every few seconds
	[ "$(sqlite3 "$dir/state/store/assay.db" "SELECT count(*) FROM checkpoint")" = 1 ]
}
first_run_has_ended() {
	ctl --json runs | jq -e -s --argjson r "$first" \
	    '[.. | objects | select(.run? == $r)][0].outcome != null'
}
# run_interrupted: begins the scenario's run and kills the engine in its midst,
# when a checkpoint is kept; sets $first, the run, which has then ended.
run_interrupted() {
	run_begin
	first=$(run_number)
	await 20 run_is_testing
	await 30 checkpoint_is_kept
	kill -KILL "$(pid_of engine)"
	await 20 is_gone "$run_pid"
	wait "$run_pid" || true
	await 20 daemon_answers
	await 30 first_run_has_ended
	await 20 segment_is_up
	await 20 bench_knows_addresses 1
}
