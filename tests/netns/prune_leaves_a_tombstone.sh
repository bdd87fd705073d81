#!/bin/bash
# Raw captures that nothing speaks for go, and leave a tombstone that openssl
# verifies; what a verdict cites stays under a ceiling of 1 MiB, what is held
# stays, and a crash between tombstone and file is made good.
. tests/netns/lib.sh

captures=$dir/state/captures/wired0
report() { ctl --json prune "$@" >"$dir/prune.json"; }
why_of() { jq -r --arg f "wired0/$1" '.files[] | select(.file == $f) | .why' "$dir/prune.json"; }
goes() { jq -r '.files[] | select(.goes) | .file' "$dir/prune.json"; }
files_of() { jq -r --argjson r "$1" '.captures[].file' <<<"$(manifest_of "$1")"; }
manifest_of() {
	ctl --json watch --from 1 --run "$1" 2>/dev/null |
	    jq -c 'first(.. | objects | select(.type? == "manifest"))'
}
# A run that is over before a probe begins: it has a file and no verdict.
idle_run() {
	scenario_of "- action: nothing"
	run_whole
	run_number
}
old() { touch -h -d '40 days ago' "$captures/$1"; }

daemon_conf <<-END
	prune: {after: 30d}
END
device_start
daemon_start
await 20 segment_is_up
device_addressed
device_add
await 20 bench_knows_addresses 4

scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole
same "$run_status" 0 "exit status of the run"
cited=$(run_number)
read -r -a cited_files < <(files_of "$cited" | tr '\n' ' ')
[ "${#cited_files[@]}" -ge 1 ] || fail "the manifest names no file"
for f in "${cited_files[@]}"; do
	sum=$(sha256sum "$captures/$f" | cut -d ' ' -f 1)
	manifest_of "$cited" | jq -e --arg f "$f" --arg s "$sum" \
	    'any(.captures[]; .file == $f and .sha256 == $s and .frames > 0)' \
	    >/dev/null || fail "the manifest does not name $f by its SHA-256"
done
held=$(idle_run)
read -r -a held_files < <(files_of "$held" | tr '\n' ' ')
idle=$(idle_run)
read -r -a idle_files < <(files_of "$idle" | tr '\n' ' ')
idle_run >/dev/null # so that none of these is the newest
[ "${#held_files[@]}" -ge 1 ] && [ "${#idle_files[@]}" -ge 1 ] ||
    fail "a run without a file: ${held_files[*]} / ${idle_files[*]}"

# Nothing is old: nothing goes.
report
same "$(goes)" "" "what goes while all is new"
same "$(why_of "${cited_files[0]}")" cited "what keeps a cited file"
for f in "$captures"/*.pcapng; do old "${f##*/}"; done
ctl hold "$held" --reason "a question is open" >"$dir/out"
ctl --json holds | jq -e --arg n "run/$held" \
    '[.holds[].name] == [$n] and .holds[0].reason == "a question is open"' >/dev/null ||
    fail "the hold is not listed"
! ctl hold 999999 2>"$dir/err" || fail "a run that is not there is held"

# Said, and not done.
report --dry-run
same "$(why_of "${cited_files[0]}")" cited "an old cited file"
same "$(why_of "${held_files[0]}")" held "an old held file"
same "$(why_of "${idle_files[0]}")" age "an old file"
[ -e "$captures/${idle_files[0]}" ] || fail "a dry run removed a file"
sum=$(sha256sum "$captures/${idle_files[0]}" | cut -d ' ' -f 1)

# Done, with a tombstone.
report
same "$(why_of "${idle_files[0]}")" age "what went"
[ ! -e "$captures/${idle_files[0]}" ] || fail "${idle_files[0]} is still there"
for f in "${cited_files[@]}" "${held_files[@]}"; do
	[ -e "$captures/$f" ] || fail "$f is gone"
done
ctl status >"$dir/out"
has_line "$dir/out" '^captures [0-9]+ files, .*; kept for 720 h; pruned [1-9]' ||
    fail "status: $(cat "$dir/out")"

tombstone=$dir/tombstone.json
store_says() { sqlite3 -readonly "$dir/state/store/$(ls "$dir/state/store" | grep -m 1 '\.\(db\|sqlite\)$')" "$1"; }
if command -v sqlite3 >/dev/null; then
	store_says "SELECT statement FROM tombstone_signature WHERE file = 'wired0/${idle_files[0]}'" |
	    tr -d '\n' >"$tombstone"
	store_says "SELECT hex(sig) FROM tombstone_signature WHERE file = 'wired0/${idle_files[0]}'" >"$dir/sig.hex"
else
	ctl bundle "$idle" -o "$dir/idle/" >"$dir/out"
	jq -j --arg f "wired0/${idle_files[0]}" \
	    'select(.statement | fromjson | .file == $f) | .statement' \
	    "$dir/idle/tombstones.jsonl" >"$tombstone"
	jq -r --arg f "wired0/${idle_files[0]}" \
	    'select(.statement | fromjson | .file == $f) | .sig' \
	    "$dir/idle/tombstones.jsonl" >"$dir/sig.hex"
fi
jq -e --arg f "wired0/${idle_files[0]}" --arg s "$sum" '.file == $f and .sha256 == $s and
    .reason == "age" and .type == "tombstone" and .v == 1 and .frames > 0 and
    .bench == "bench-test"' "$tombstone" >/dev/null || fail "tombstone: $(cat "$tombstone")"
ctl --json key show | jq -r .public >"$dir/bench.pem"
unhex() { # shellcheck disable=SC2059
	printf "$(sed 's/../\\x&/g')"
}
tr -d '\n' <"$dir/sig.hex" | unhex >"$dir/sig"
{
	printf 'assay 1 tombstone\0'
	sha256sum "$tombstone" | cut -d ' ' -f 1 | tr -d '\n' | unhex
} >"$dir/signed"
openssl pkeyutl -verify -rawin -pubin -inkey "$dir/bench.pem" -in "$dir/signed" \
    -sigfile "$dir/sig" >"$dir/out" || fail "openssl does not verify the tombstone"

# Killed between tombstone and unlink: the file lies there again, and goes when
# the capture is back.
cp "$dir/run.log" "$dir/run.kept"
crash() { # FILE HASH-IS-SAME: what lies there when the daemon starts again
	daemon_stop
	cp "$dir/again.pcapng" "$captures/${idle_files[0]}"
	cp "$dir/again.idx" "$captures/${idle_files[0]%.pcapng}.idx"
	chown --reference="$captures/${cited_files[0]}" \
	    "$captures/${idle_files[0]}" "$captures/${idle_files[0]%.pcapng}.idx"
	daemon_start
}
