#!/bin/bash
# Two workers at the same time, on two segments: each with a user, process
# numbers and a network of its own; none sees, signals, traces or reads the
# other, the engine or a file, neither with the system calls of a probe nor as
# its user without them, nor in a constructor.
. tests/netns/lib.sh
needs_sandbox

## Two devices that only answer ARP and ping.

# plain_device NUMBER: 10.7(6+N).0.50 on the cable labN
plain_device() {
	unshare --net sleep infinity &
	devices+=("$!")
	has_own() { [ "$(readlink "/proc/$!/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
	await 5 has_own
	ip link add "lab$1" type veth peer name eth0 netns "$!"
	nsenter -t "$!" -n sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
	nsenter -t "$!" -n ip link set eth0 address "02:00:00:00:00:1$1"
	nsenter -t "$!" -n ip address add "10.7$((7 + $1)).0.50/24" dev eth0
	nsenter -t "$!" -n ip link set eth0 up
}
devices=()
plain_device 0
plain_device 1
mkdir "$dir/probes"
cp "$BUILD"/tests/probes/bad_neighbour.so "$dir/probes/"
PROBE_DIR=$dir/probes
daemon_conf <<-END
	  - name: wired1
	    kind: wired
	    interface: lab1
	    addresses: [10.78.0.1/24]
END
daemon_start
both_up() { ctl --json status | jq -e '[.segments[].up] == [true, true]'; }
await 20 both_up
ctl device add one --mac 02:00:00:00:00:10 --segment wired0 --profile "$profile" >/dev/null
ctl device add two --mac 02:00:00:00:00:11 --segment wired1 --profile "$profile" >/dev/null

## Both at work.

scenario_of "- probe: bad.neighbour" "  with: {lasts: 20s}" "  timeout: 30s"
first=$(ctl --json run one "$scenario" | jq .run)
second=$(ctl --json run two "$scenario" | jq .run)
# Those in the sandbox: not their inits, not one that is being described.
workers() {
	local p
	for p in $(pgrep -f assay-worker); do
		grep -q '^Seccomp_filters:\s*2' "/proc/$p/status" && echo "$p"
	done
}
two_at_work() { [ "$(workers | wc -l)" = 2 ]; }
await 20 two_at_work
read -r a b < <(workers | xargs)
engine=$(pid_of engine)

field() { sed -n "s/^$2:\s*//p" "/proc/$1/status"; }
uid() { field "$1" Uid | cut -f 1; }
differ() {
	[ -n "$2" ] && [ "$2" != "$3" ] || fail "$1: \"$2\" and \"$3\" are the same"
}
for other in "$b" "$engine"; do
	differ user "$(uid "$a")" "$(uid "$other")"
	for kind in net pid ipc uts; do
		[ "$other/$kind" != "$engine/uts" ] || continue
		differ "$kind namespace" "$(readlink "/proc/$a/ns/$kind")" \
		    "$(readlink "/proc/$other/ns/$kind")"
	done
done
for p in "$a" "$b"; do
	same "$(uid "$p")" "$(field "$p" Uid | cut -f 4)" "its only user"
	differ "its user and root" "$(uid "$p")" 0
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		same "$(field "$p" $set)" 0000000000000000 "$set of a worker"
	done
	same "$(field "$p" NoNewPrivs)" 1 "no new privileges"
	same "$(field "$p" Groups)" "" "supplementary groups"
	# Itself and its init, nobody else, is in its process numbers.
	same "$({ readlink /proc/[0-9]*/ns/pid || true; } 2>/dev/null |
	    grep -cFx "$(readlink "/proc/$p/ns/pid")")" 2 "processes in its namespace"
done

# As its user, with no seccomp or Landlock to hold it: the second fence.
as_worker() { setpriv --reuid "$(uid "$a")" --regid "$(uid "$a")" --clear-groups "$@"; }
refused() { ! as_worker "$@" >/dev/null 2>&1 || fail "as a worker's user: $*"; }
as_worker true
for other in "$b" "$engine" "$(pid_of store)" "$(pid_of capture)" "$daemon_pid"; do
	refused kill -0 "$other"
	refused head -c 1 "/proc/$other/environ"
	refused head -c 1 "/proc/$other/maps"
	refused dd if="/proc/$other/mem" bs=1 count=1
	refused ls "/proc/$other/fd/"
	refused readlink "/proc/$other/ns/net"
done
refused ls "$dir/state/store"
refused ls "$dir/state/captures/wired1"
refused ls "$dir/state/evidence"
refused socat -u OPEN:/dev/null "UNIX-CONNECT:$ASSAY_SOCKET"
# From inside its process numbers the other has none at all.
# shellcheck disable=SC2016
seen=$(nsenter -t "$a" -p -S "$(uid "$a")" -G "$(uid "$a")" bash -c \
    'for i in $(seq 1 400); do if kill -0 "$i" 2>/dev/null; then echo "$i"; fi; done' | wc -l)
[ "$seen" -le 3 ] || fail "$seen processes can be signalled from within"

## What the probe itself came to see.

ctl cancel "$first" >/dev/null
ctl cancel "$second" >/dev/null
is_over() { ctl --json runs | jq -e -s --argjson r "$1" \
    '[.. | objects | select(.run? == $r)][0].outcome != null'; }
await 20 is_over "$first"
await 20 is_over "$second"
{
	printf 'version: 1\nname: tries\nstate: operating\nsteps:\n'
	for what in look proc kill tgkill ptrace read write pidfd local exec; do
		printf '  - probe: bad.neighbour\n    with: {what: %s}\n' "$what"
	done
} >"$scenario"
"$BUILD/assayctl" --json run one "$scenario" --watch >"$records" || true
expect_no_pass
expect TEST-01 "error inconc"
same "$(all_records | jq -s -c '[.[] | select(.type == "observed") |
    .notes[] | select(.name == "opened") | .value] | unique')" "[0]" \
    "files opened by the constructor"
printf '%-8s %s\n' TRY ENDED
all_records | jq -r -s '
    ([.[] | select(.type == "job")] | map({key: (.seq | tostring),
	value: (.params.what // "look")}) | from_entries) as $what |
    .[] | select(.type == "jobend") |
    "\($what[.job | tostring]) \(.outcome) \(.last_words | rtrimstr("\n"))"' |
    tee "$dir/tries"
while read -r what words; do
	grep -qE "^$what $words" "$dir/tries" || fail "$what: not \"$words\""
done <<END
look done
proc error forbidden system call open
kill error forbidden system call kill
tgkill error forbidden system call tgkill
ptrace error forbidden system call ptrace
read error forbidden system call process_vm_readv
write error forbidden system call process_vm_writev
pidfd error forbidden system call pidfd_open
local error forbidden system call socket
exec error forbidden system call execve
END
daemon_stop
kill "${devices[@]}"
wait "${devices[@]}" 2>/dev/null || true
