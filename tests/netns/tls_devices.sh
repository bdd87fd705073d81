#!/bin/bash
# Each TLS flaw of the reference device is there, and tls-good has none of them:
# asked by openssl, gnutls-cli and bare bytes, not by assay.
. tests/netns/lib.sh

device_start no-dhcp=10.77.0.10/24 tls-good tls-old tls-weak-suites tls-cbc-only \
    tls-static-rsa tls-dh1024 tls-no13 tls-no-ems tls-rsa1024 tls-sha1 \
    tls-expired tls-not-yet tls-wrong-name tls-no-server-eku tls-shared-key \
    tls-no-key-usage tls-mtls tls-mtls-any tls-mtls-none tls-mtls-mqtt \
    tls-renegotiates tls-ssl2 tls-ssl3 tls-export tls-compression \
    tls-no-renegotiation-info
ip link set lab0 up
ip address add 10.77.0.1/24 dev lab0
host=10.77.0.10
await 10 ping -c 1 -W 1 "$host"

# s_client PORT [OPTIONS]: what openssl says of it, into $dir/said.
s_client() {
	local port=$1
	shift
	timeout 10 openssl s_client -connect "$host:$port" -cipher ALL:COMPLEMENTOFALL:@SECLEVEL=0 \
	    "$@" >"$dir/said" 2>&1 </dev/null || true
}
# speaks PORT [OPTIONS]; refuses PORT [OPTIONS]
speaks() { s_client "$@"; grep -E '^New, (TLS|SSL)' "$dir/said" >/dev/null || fail "$* is refused: $(tail -n 3 "$dir/said")"; }
refuses() { s_client "$@"; ! grep -E '^New, (TLS|SSL)' "$dir/said" >/dev/null || fail "$* is accepted"; }
says() { grep -E -- "$1" "$dir/said" >/dev/null || fail "\"$1\" is not in: $(cat "$dir/said")"; }
says_not() { ! says_it "$1" || fail "\"$1\" is in: $(cat "$dir/said")"; }
says_it() { grep -E -- "$1" "$dir/said" >/dev/null; }
# certificate PORT: its text, into $dir/said
certificate() {
	s_client "$1"
	openssl x509 -in "$dir/said" -noout -text >"$dir/text"
	mv "$dir/text" "$dir/said"
}

weak_suite=ECDHE-ECDSA-AES128-SHA256
speaks 4430 -tls1_3
speaks 4430 -tls1_2
says 'Extended master secret: yes'
refuses 4430 -tls1_1
refuses 4430 -tls1_2 -cipher "$weak_suite:@SECLEVEL=0"
speaks 4431 -tls1
speaks 4431 -tls1_1
speaks 4431 -tls1_3
# OpenSSL has no RC4 any more, so it is GnuTLS that asks for it.
for weak in ARCFOUR-128 3DES-CBC NULL; do
	gnutls-cli --insecure --priority "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+$weak:+SHA1" \
	    -p 4432 "$host" </dev/null >"$dir/said" 2>&1 || true
	says 'Handshake was completed'
done
speaks 4432 -tls1_2 -cipher aNULL:@SECLEVEL=0
speaks 4433 -tls1_2 -cipher "$weak_suite"
refuses 4433 -tls1_2 -cipher ECDHE+AESGCM:ECDHE+CHACHA20
speaks 4434 -tls1_2 -cipher AES128-GCM-SHA256
speaks 4435 -tls1_2 -cipher DHE:@SECLEVEL=0
says 'Server Temp Key: DH, 1024 bits'
refuses 4436 -tls1_3
speaks 4436 -tls1_2
speaks 4437 -tls1_2
says 'Extended master secret: no'
# renegotiates PORT: a second handshake in the first, which shows the
# certificate once more.
renegotiates() {
	: >"$dir/said"
	mkfifo "$dir/typed"
	timeout 10 openssl s_client -connect "$host:$1" -tls1_2 <"$dir/typed" >"$dir/said" 2>&1 &
	local asker=$! before
	exec 6>"$dir/typed"
	rm "$dir/typed"
	await 10 says_it '^New, '
	before=$(grep -c '^depth=0' "$dir/said")
	echo R >&6
	again() { [ "$(grep -c '^depth=0' "$dir/said")" -gt "$1" ] || is_gone "$asker"; }
	await 10 again "$before"
	exec 6>&-
	wait "$asker" || true
	[ "$(grep -c '^depth=0' "$dir/said")" -gt "$before" ]
}
renegotiates 4448 || fail "no renegotiation: $(tail -n 5 "$dir/said")"
! renegotiates 4430 || fail "the good one renegotiates"

certificate 4430
says 'TLS Web Server Authentication'
says 'DNS:reference.test'
certificate 4438
says 'Public-Key: \(1024 bit\)'
certificate 4439
says 'Signature Algorithm: ecdsa-with-SHA1'
certificate 4440
says 'Not After : Jan +1 00:00:00 2021'
certificate 4441
says 'Not Before: Jan +1 00:00:00 2090'
certificate 4442
says 'DNS:other.test'
certificate 4443
says_not 'TLS Web Server Authentication'
certificate 4449
says_not 'Digital Signature'
# The key of the series is the same on each device.
s_client 4444
same "$(openssl x509 -in "$dir/said" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1)" \
    5d148ebe86d1cc95da91089d5d1029d23702179183d49a2d59de1d49ae202b5c "the key of the series"

# Clients: nginx answers one without a certificate in words, mosquitto by an
# alert.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 \
    -subj /CN=nobody -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
# asks PORT STATUS [OPTIONS]
asks() {
	local port=$1 status=$2
	shift 2
	printf 'GET / HTTP/1.0\r\n\r\n' | timeout 10 openssl s_client -connect "$host:$port" \
	    -quiet -ign_eof "$@" >"$dir/said" 2>&1 || true
	says "^HTTP/1.1 $status"
}
asks 4445 400
asks 4445 400 -cert "$dir/cert.pem" -key "$dir/key.pem"
asks 4446 403
asks 4446 200 -cert "$dir/cert.pem" -key "$dir/key.pem"
asks 4447 200
printf '\x10\x0c\0\4MQTT\4\2\0\x3c\0\0' | timeout 10 openssl s_client -connect "$host:8884" \
    -ign_eof -tls1_2 >"$dir/said" 2>&1 || true
says 'alert'

# What has no program any more: the first bytes of the answer.
# hello PORT BYTES COUNT
hello() {
	printf '%b' "$2" | timeout 10 socat -t 5 - "TCP:$host:$1" 2>/dev/null |
	    head -c "$3" | od -An -v -tx1 | tr -d ' \n'
}
random=$(printf '\\x11%.0s' {1..32})
# client_hello VERSION SUITE COMPRESSIONS
client_hello() {
	local body="$1$random\\0\\0\\2$2$3"
	printf '\\x16%s\\0\\x%02x\\1\\0\\0\\x%02x%s' "$1" \
	    "$(($(printf '%b' "$body" | wc -c) + 4))" "$(printf '%b' "$body" | wc -c)" "$body"
}
same "$(hello 4450 '\x80\x1c\1\0\2\0\3\0\0\0\x10\1\0\x80\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1' 4 | cut -c5-8)" \
    0400 "SSL 2's SERVER-HELLO"
same "$(hello 4451 "$(client_hello '\3\0' '\0\x2f' '\1\0')" 11 | cut -c1-6,11-12,19-22)" \
    160300020300 "SSL 3.0"
server_suite() { hello "$1" "$2" 47 | cut -c89-94; }
same "$(server_suite 4452 "$(client_hello '\3\3' '\0\3' '\1\0')")" 000300 "an export suite"
same "$(server_suite 4453 "$(client_hello '\3\3' '\0\x9c' '\2\1\0')")" 009c01 "compression"
same "$(server_suite 4454 "$(client_hello '\3\3' '\0\x9c' '\1\0')")" 009c00 "a suite"
same "$(hello 4452 "$(client_hello '\3\3' '\0\4' '\1\0')" 7)" 15030300020228 "an alert"
device_stop
