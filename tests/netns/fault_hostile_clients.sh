#!/bin/bash
# Control clients that flood, never read, hold a half line, send a line without
# end or take every connection, all of them during a run: others are served
# meanwhile, the engine's memory stays bounded, and the run passes.
. tests/netns/lib.sh
needs_sandbox

plain_bench sample_slow
scenario_of "- probe: sample.slow" "  with: {lasts: 500ms}" "  repeat: 20"
run_begin
await 20 run_is_testing
engine=$(pid_of engine)
memory() { sed -n 's/^VmRSS:\s*\([0-9]*\) kB/\1/p' "/proc/$engine/status"; }
before=$(memory)
most=$before
served=0
# served_during WHAT: somebody else asks, and has an answer in time.
served_during() {
	local now
	timeout 5 "$BUILD/assayctl" --json status >/dev/null ||
	    fail "nobody else is served while a client $1"
	served=$((served + 1))
	now=$(memory)
	[ "$now" -le "$most" ] || most=$now
}
ask='{"jsonrpc":"2.0","id":1,"method":"status"}'
socket=UNIX-CONNECT:$ASSAY_SOCKET

# 100,000 requests, the answers read.
yes "$ask" | head -n 100000 | timeout 60 socat -t 30 - "$socket" >"$dir/answers" &
flood=$!
while ! is_gone "$flood"; do served_during "sends 100,000 requests"; done
wait "$flood" || true
[ "$(grep -c '"result"' "$dir/answers")" -ge 1000 ] || fail "the flood was not served at all"

# The same from ten which never read an answer.
stalled=()
for _ in 1 2 3 4 5 6 7 8 9 10; do
	yes "$ask" | head -n 100000 | timeout 60 socat -u - "$socket" 2>/dev/null &
	stalled+=("$!")
done
for _ in 1 2 3 4 5 6 7 8; do served_during "does not read"; done

# Half a line, and nothing more; ten of them.
half=()
for _ in 1 2 3 4 5 6 7 8 9 10; do
	{ printf '{"jsonrpc":'; exec sleep 61; } | socat - "$socket" >/dev/null 2>&1 &
	half+=("$!")
done
for _ in 1 2 3; do served_during "holds half a line"; done

# 10 MiB without a newline: told, and closed.
timeout 30 "$BUILD/tests/netns/hostile_client" "$ASSAY_SOCKET" long 10485760 >"$dir/long"
grep -q 'longer than 1 MiB' "$dir/long" || fail "a line without end: $(head -c 200 "$dir/long")"
served_during "sends a line without end"

# One process takes every connection it can get.
for p in "${stalled[@]}" "${half[@]}"; do kill "$p" 2>/dev/null || true; done
pkill -f '^sleep 61$' || true # what held the half lines open
"$BUILD/tests/netns/hostile_client" "$ASSAY_SOCKET" many 200 >"$dir/many.log" 2>&1 &
many=$!
await 10 has_line "$dir/many.log" '^holding'
for _ in 1 2 3; do served_during "holds all the connections that it gets"; done
grep -q 'turned away: .*has 40 connections open already' "$dir/many.log" ||
    fail "who is too many is not told: $(cat "$dir/many.log")"
kill "$many"
wait "$many" 2>/dev/null || true

run_end 60
same "$run_status" 0 "exit status of the run"
same "$(pid_of engine)" "$engine" "the engine"
[ $((most - before)) -lt 131072 ] || fail "the engine grew by $((most - before)) KiB"
echo "report: others were served $served times; the engine grew by at most $((most - before)) KiB"
daemon_stop
plain_stop
