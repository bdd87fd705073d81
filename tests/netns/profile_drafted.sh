#!/bin/bash
# A profile drafted from what a run saw: every open port is in it, a person is
# told to check it, our own loader takes it, and no file is replaced.
. tests/netns/lib.sh

bench_start undeclared-port
status=0
ctl profile new --from dut >/dev/null 2>"$dir/said" || status=$?
same "$status" 2 "exit status before any run"
status=0
ctl profile new --from nobody >/dev/null 2>"$dir/said" || status=$?
same "$status" 64 "exit status of a device that is not known"
ctl probe dut tcp.ports >/dev/null || true
ctl profile new --from dut -o "$dir/draft.yaml" || fail "no draft"
ctl validate "$dir/draft.yaml" >/dev/null || fail "not a profile"
grep -q 'check each line' "$dir/draft.yaml" || fail "nobody is told to check"
grep -q 'transport: tcp, port: 2323[,}]' "$dir/draft.yaml" ||
    fail "port 2323 was open: $(cat "$dir/draft.yaml")"
grep -q 'No UDP port was asked for' "$dir/draft.yaml" || fail "what was not asked"
sum=$(sha256sum <"$dir/draft.yaml")
status=0
ctl profile new --from dut -o "$dir/draft.yaml" 2>/dev/null || status=$?
same "$status" 64 "exit status of a file that is there"
same "$(sha256sum <"$dir/draft.yaml")" "$sum" "the file that was there"
bench_stop
