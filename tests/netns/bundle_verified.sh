#!/bin/bash
# A run is taken elsewhere and verified there by nobody in particular, with no
# daemon: trusted by its bench's key; changed, cut, or sealed anew by somebody
# else it is not; redacted it still is, and shows no frame.
. tests/netns/lib.sh
command -v setpriv >/dev/null || skip "setpriv is not there"

scenario_of '- probe: tcp.ports' '  with: {ports: 1-3000}'
bench_start undeclared-port=2323
run_whole
same "$run_status" 1 "exit status of the run"
run=$(run_number)
all_records | jq -e -s '.[-1].type == "manifest" and (.[-1].signer | type) == "string"' \
    >/dev/null || fail "the manifest names no signer"

ends() {
	local want=$1 status=0
	shift
	"$@" >"$dir/out" 2>"$dir/err" || status=$?
	same "$status" "$want" "exit status of $*: $(cat "$dir/out" "$dir/err")"
}
says() { has_line "$dir/out" "$1" || fail "it does not say $1: $(cat "$dir/out")"; }

hex() { od -An -v -tx1 "$@" | tr -d ' \n'; }
unhex() { # shellcheck disable=SC2059
	printf "$(sed 's/../\\x&/g')"
}

# From the bench, by number: nothing stays behind.
mkdir "$dir/tmp"
export TMPDIR=$dir/tmp
ctl --json key show | jq -r .public >"$dir/bench.pem"
ends 0 ctl verify "$run" --trust "$dir/bench.pem"
says 'intact and trusted'
ends 2 ctl verify "$run"
says 'intact, but signer unknown'
ends 64 ctl verify 999999
has_line "$dir/err" 'there is no run' || fail "no run: $(cat "$dir/err")"
ends 0 ctl bundle "$run" -o "$dir/whole.tar" --captures
ends 0 ctl bundle "$run" -o "$dir/plain/"
ends 0 ctl bundle "$run" -o "$dir/redacted.tar" --redacted
ends 0 ctl bundle "$run" -o "$dir/again.tar" --captures
cmp "$dir/whole.tar" "$dir/again.tar" || fail "two bundles of one run differ"
ends 0 ctl bundle "$run" -o "$dir/whole.zip"
/usr/bin/python3 -m zipfile -t "$dir/whole.zip" >"$dir/said" || fail "$(cat "$dir/said")"
ends 64 ctl bundle "$run" -o "$dir/whole.tar"
ends 64 ctl bundle "$run" -o "$dir/x.tar" --redacted --captures
same "$(ls -A "$TMPDIR")" "" "what is left in TMPDIR"
bench_stop

# Elsewhere: another user, no daemon, no way to one.
unset TMPDIR
place=$dir/elsewhere
mkdir "$place"
cp -r "$dir/whole.tar" "$dir/whole.zip" "$dir/redacted.tar" "$dir/plain" "$dir/bench.pem" "$place"
cp "$BUILD/assayctl" "$place/assayctl"
chown -R 65534:65534 "$place"
chmod 755 "$dir" "$place"
nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups \
	    env -i PATH="$PATH" TMPDIR="$place" LANG=C.UTF-8 \
	    ASSAY_SOCKET=/nonexistent "$place/assayctl" "$@"
}
for bundle in whole.tar whole.zip plain redacted.tar; do
	ends 0 nobody verify "$place/$bundle" --trust "$place/bench.pem"
	says 'intact and trusted'
	ends 2 nobody verify "$place/$bundle"
	says 'intact, but signer unknown'
	nobody --json verify "$place/$bundle" --trust "$place/bench.pem" |
	    jq -e '.outcome == "trusted" and .verdicts >= 8 and .frames > 0 and
		(.manifest | length) == 64 and .bench == "bench-test"' >/dev/null ||
	    fail "--json on $bundle"
done
# Another lab's key is nobody to us.
openssl genpkey -algorithm ed25519 2>/dev/null | openssl pkey -pubout >"$place/other.pem"
ends 2 nobody verify "$place/whole.tar" --trust "$place/other.pem"
# The system's own tools agree.
mkdir "$place/unpacked"
tar -xf "$place/whole.tar" -C "$place/unpacked"
first_in() { (cd "$place/unpacked" && find "$1" -type f | sort | head -n 1); }
[ -n "$(first_in captures)" ] || fail "no raw capture in it"
(cd "$place/unpacked/documents" && for f in *; do
	echo "$f  $f"
done | sha256sum --quiet -c) || fail "a document is not what its name says"

# Redacted, there is no frame in it: not the device's MAC, no pcapng.
mkdir "$place/less"
tar -xf "$place/redacted.tar" -C "$place/less"
[ -z "$(find "$place/less" -name '*.pcapng')" ] || fail "a slice in a redacted bundle"
! grep -rlaP '\x02\x00\x00\x00\x00\x10' "$place/less" || fail "a frame in a redacted bundle"
grep -rlaP '\x02\x00\x00\x00\x00\x10' "$place/unpacked/slices" >/dev/null ||
    fail "the search for frames finds none in the whole one either"

# One byte, anywhere.
changed() {
	local file=$1 size at
	rm -rf "$place/changed"
	cp -r "$place/unpacked" "$place/changed"
	size=$(stat -c %s "$place/changed/$file")
	at=$((size * $2 / 100))
	printf %02x $((0x$(hex -j "$at" -N 1 "$place/changed/$file") ^ 1)) | unhex |
	    dd of="$place/changed/$file" bs=1 seek="$at" conv=notrunc status=none
	chmod -R a+rX "$place/changed"
	ends 1 nobody verify "$place/changed" --trust "$place/bench.pem"
	says 'broken'
}
for at in 0 13 77; do
	changed records.jsonl "$at"
	changed "$(first_in slices)" "$at"
	changed "$(first_in captures)" "$at"
	changed "$(first_in documents)" "$at"
done
# A verdict turned into a pass.
rm -rf "$place/changed"
cp -r "$place/unpacked" "$place/changed"
sed -i 's/"verdict":"fail"/"verdict":"pass"/' "$place/changed/records.jsonl"
ends 1 nobody verify "$place/changed" --trust "$place/bench.pem"
# Its end taken away.
sed -i '$d' "$place/changed/records.jsonl"
cp "$place/unpacked/records.jsonl" "$place/changed/records.jsonl"
sed -i '$d' "$place/changed/records.jsonl"
ends 2 nobody verify "$place/changed" --trust "$place/bench.pem"
says 'unsealed'
# A file cut short.
head -c 100000 "$place/whole.tar" >"$place/cut.tar"
ends 1 nobody verify "$place/cut.tar" --trust "$place/bench.pem"

# Written anew by somebody else: each fail a pass, every hash, the chain and the
# signature good, with a key of his own; with nothing but the system's tools.
forge() {
	local line prev='' sha='' key id
	cp -r "$1" "$2"
	key=$2.key
	openssl genpkey -algorithm ed25519 -out "$key" 2>/dev/null
	id=$(openssl pkey -in "$key" -pubout -outform DER | sha256sum | cut -d ' ' -f 1)
	while IFS= read -r line; do
		line=${line//'"verdict":"fail"'/'"verdict":"pass"'}
		if [ -n "$sha" ]; then
			prev=$(sed -n 's/.*"prev":"\([0-9a-f]*\)".*/\1/p' <<<"$line")
			line=${line//"$prev"/"$sha"} # the manifest's head, too
		fi
		case $line in *'"type":"manifest"'*)
			line=$(jq -cS --arg id "$id" '.signer = $id' <<<"$line") ;;
		esac
		sha=$(printf %s "$line" | sha256sum | cut -d ' ' -f 1)
		printf '%s\n' "$line"
	done <"$1/records.jsonl" >"$2/records.jsonl"
	{ printf 'assay 1 manifest\0'; unhex <<<"$sha"; } >"$2.message"
	openssl pkeyutl -sign -rawin -inkey "$key" -in "$2.message" -out "$2.sig"
	jq -n -c --arg id "$id" --arg sig "$(hex "$2.sig")" \
	    --argjson seq "$(sed -n '$s/.*"seq":\([0-9]*\).*/\1/p' "$2/records.jsonl")" \
	    '{key: $id, purpose: "manifest", seq: $seq, sig: $sig}' >"$2/signatures.jsonl"
	jq -n -c --arg id "$id" --arg pem "$(openssl pkey -in "$key" -pubout)" \
	    '{key: $id, public: ($pem + "\n"), certificate: null}' >"$2/keys.jsonl"
	rm -f "$2/rotations.jsonl"
}
forge "$place/unpacked" "$place/forged"
chmod -R a+rX "$place/forged"
ends 2 nobody verify "$place/forged" --trust "$place/bench.pem"
says 'intact, but signer unknown'
ends 2 nobody verify "$place/forged"
has_line "$place/forged/records.jsonl" '"verdict":"pass"' ||
    fail "the forger changed nothing"
same "$(find "$place" -maxdepth 1 -name 'assay-bundle.*')" "" "what is left behind"
