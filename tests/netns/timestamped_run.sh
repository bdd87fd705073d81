#!/bin/bash
# A real authority (openssl ts behind an HTTP server) stamps each manifest; one
# that is away delays no run, and is asked again after a restart.
. tests/netns/lib.sh

busybox --list | grep -x httpd >/dev/null || skip "this busybox has no httpd"
ip link set lo up
mkdir -p "$dir/tsa/www/cgi-bin"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/tsa/tsa.key" \
    -out "$dir/tsa/tsa.pem" -days 2 -subj /CN=tsa \
    -addext extendedKeyUsage=critical,timeStamping \
    -addext keyUsage=critical,digitalSignature 2>/dev/null
cat >"$dir/tsa/tsa.cnf" <<END
[tsa]
default_tsa=a
[a]
serial=$dir/tsa/serial
signer_cert=$dir/tsa/tsa.pem
signer_key=$dir/tsa/tsa.key
signer_digest=sha256
default_policy=1.2.3.4
digests=sha256
ess_cert_id_chain=no
END
echo 01 >"$dir/tsa/serial"
cat >"$dir/tsa/www/cgi-bin/tsr" <<END
#!/bin/sh
printf 'Content-Type: application/timestamp-reply\r\n\r\n'
head -c "\$CONTENT_LENGTH" >$dir/tsa/query
openssl ts -reply -config $dir/tsa/tsa.cnf -queryfile $dir/tsa/query 2>/dev/null
END
chmod 755 "$dir/tsa/www/cgi-bin/tsr" "$dir" "$dir/tsa"
chmod 644 "$dir/tsa/tsa.pem"
authority_start() {
	busybox httpd -f -p 127.0.0.1:8318 -h "$dir/tsa/www" >>"$dir/tsa.log" 2>&1 &
	authority_pid=$!
}
authority_stop() {
	kill -TERM "$authority_pid"
	wait "$authority_pid" 2>/dev/null || true
}
stamps() { sqlite3 -readonly "$dir/state/store/assay.db" "select count(*) from timestamp"; }
stamps_are() { [ "$(stamps)" = "$1" ]; }

daemon_conf <<END
timestamp_url: "http://127.0.0.1:8318/cgi-bin/tsr"
timestamp_trust: $dir/tsa/tsa.pem
END
scenario_of '- probe: tcp.ports' '  with: {ports: "22-23"}'
authority_start
bench_start
run_whole
await 20 stamps_are 1
manifest=$(all_records | jq -r 'select(.type == "manifest") | .seq')
same "$(sqlite3 -readonly "$dir/state/store/assay.db" 'select seq from timestamp')" \
    "$manifest" "what was stamped"
# The authority's own program says so too, of the hash in the store.
sqlite3 -readonly "$dir/state/store/assay.db" \
    "select writefile('$dir/token.tsr', token) from timestamp" >/dev/null
digest=$(sqlite3 -readonly "$dir/state/store/assay.db" \
    "select sha256 from record where seq = $manifest")
openssl ts -verify -digest "$digest" -in "$dir/token.tsr" \
    -CAfile "$dir/tsa/tsa.pem" >"$dir/verified" 2>&1 ||
    fail "openssl does not verify the time-stamp: $(cat "$dir/verified")"

# And so does verify, of the run and of its bundle elsewhere.
run=$(all_records | jq -r 'select(.type == "run") | .seq')
ctl bundle "$run" -o "$dir/run.assay" >>"$dir/run.log"
verify() { status=0; ctl verify "$dir/run.assay" "$@" >"$dir/said" 2>&1 || status=$?; }
verify --tsa "$dir/tsa/tsa.pem"
has_line "$dir/said" 'the manifest existed at 20.*authority of --tsa' ||
    fail "no time: $(cat "$dir/said")"
verify
has_line "$dir/said" 'signature was not checked' || fail "$(cat "$dir/said")"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/tsa/other.key" \
    -out "$dir/tsa/other.pem" -days 2 -subj /CN=tsa 2>/dev/null
verify --tsa "$dir/tsa/other.pem"
same "$status" 2 "exit status with another authority"
has_line "$dir/said" 'unknown_signer: timestamps/' || fail "$(cat "$dir/said")"
verify --tsa "$dir/tsa/none.pem"
same "$status" 64 "exit status without the file"

authority_stop
run_whole
all_records | jq -e -s '.[-1].type == "manifest"' >/dev/null ||
    fail "the run waited for the authority"
await 10 has_line "$dir/daemon.log" 'stamp warning: http:.*Failed to connect'
same "$(stamps)" 1 "time-stamps"
ctl status >"$dir/status"
has_line "$dir/status" 'time-stamps waiting 1: .*Failed to connect' ||
    fail "the status does not say what waits: $(cat "$dir/status")"
daemon_stop
authority_start
daemon_start
await 20 stamps_are 2
authority_stop
bench_stop
