#!/bin/bash
# Another process holds the store's write lock: for a moment the bench waits and
# nothing is lost; for longer it says so, nobody is shown what is not durable,
# and with the lock gone the next run passes.
. tests/netns/lib.sh
needs_sandbox

plain_bench sample_slow
scenario_of "- probe: sample.slow"
run_whole
same "$run_status" 0 "exit status with nobody else at the store"

# hold: takes the write lock; release: lets it go.
hold() {
	mkfifo "$dir/hold"
	sqlite3 "$dir/state/store/assay.db" <"$dir/hold" >"$dir/held" &
	holder=$!
	exec 8>"$dir/hold"
	printf 'BEGIN IMMEDIATE;\nSELECT 1;\n' >&8
	await 5 test -s "$dir/held"
}
release() {
	echo 'ROLLBACK;' >&8
	exec 8>&-
	wait "$holder"
	rm "$dir/hold" "$dir/held"
}

# A moment: it waits, says why, and goes on.
hold
: >"$records"
"$BUILD/assayctl" --json run dut "$scenario" --watch >"$records" 2>>"$dir/run.log" &
run_pid=$!
locked='the database is locked by another process'
await 10 has_line "$dir/daemon.log" "$locked.*retrying"
same "$(all_records | wc -l)" 0 "records shown while none can be durable"
release
run_end
same "$run_status" 0 "exit status after a moment's lock"

# Longer than it waits: an error, said to the client and in the log.
hold
run_status=0
: >"$records"
timeout 30 "$BUILD/assayctl" run dut "$scenario" --watch \
    >"$dir/said" 2>&1 || run_status=$?
same "$run_status" 3 "exit status with the store locked (124: waited for ever)"
grep -q "$locked" "$dir/said" || fail "the client is not told: $(cat "$dir/said")"
has_line "$dir/daemon.log" "not stored: .*$locked" || fail "the log does not say it"
daemon_answers || fail "the daemon does not answer"
release
works() { run_whole && [ "$run_status" = 0 ]; }
await 30 works
daemon_stop
same "$(sqlite3 "$dir/state/store/assay.db" 'PRAGMA integrity_check')" ok "the store"
plain_stop
