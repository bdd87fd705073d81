#!/bin/bash
# Versions and suites that are found equal those that nmap, sslscan and testssl
# find, on every server of the reference device.  Where a peer finds less, it is
# at a server that ends after its first flight, and the packets show the server
# choosing what the peer lacks.
. tests/netns/lib.sh
for peer in nmap sslscan testssl; do
	command -v "$peer" >/dev/null || skip "$peer is not there"
done

# Real servers, then those made by hand: sslscan wants a whole handshake, which
# none of these has.
real="443 4430 4431 4432 4433 4434 4435 4436 4437 4438 4439 4448 8883"
by_hand="4450 4451 4452 4453 4454 4460 4462 4468"
bench_start tls-good tls-old tls-weak-suites tls-cbc-only tls-static-rsa \
    tls-dh1024 tls-no13 tls-no-ems tls-rsa1024 tls-sha1 tls-renegotiates \
    tls-ssl2 tls-ssl3 tls-export tls-compression tls-no-renegotiation-info \
    tls-ignores-fallback tls-flawless tls-logjam
scenario_of '- probe: tls.suites' '  with: {addresses: ipv4, answer: 1s}'
run_whole
address=$(all_records | jq -r 'select(.type == "verdict") | .subject.addr' | sort -u)
in_device() { nsenter -t "$device_pid" -n "$@"; }

# Each of these says "PORT VERSION SUITE", sorted; a suite by number or by name.
ours() { # ours number|name [PORT]…
	local how=$1
	shift
	all_records | jq -r 'select(.type == "observed") | .observations[] |
	    select(.field == "suite") | "\(.subject.port) \(.value)"' |
	    awk -v how="$how" -v ports=" ${*:-all} " '
		index(ports, " " $1 " ") || ports == " all " {
			print $1, $2, how == "name" ? $4 : $3 }' | sort -u
}
of_nmap() {
	local IFS=,
	in_device nmap -n -Pn -sT -p "$*" --script ssl-enum-ciphers,sslv2 "$address" |
	    tr -d '|' | awk '
		/^[0-9]+\/tcp/ { port = $1; sub("/tcp", "", port) }
		{ sub("^[ _]*", "") }
		/^(SSLv3|TLSv1\.[0-3]): *$/ { version = $1; sub(":", "", version) }
		/^SSLv2 supported/ { version = "SSLv2" }
		/^(TLS|SSL2|SSL)_/ {
			sub("^TLS_AKE_WITH", "TLS", $1) # its name for those of 1.3
			print port, version, $1
		}' | sort -u
}
of_sslscan() {
	local port
	for port; do
		in_device timeout 60 sslscan --xml=- "$address:$port" 2>/dev/null |
		    sed -nE "s/.*<cipher .*sslversion=\"([^\"]*)\".* id=\"0x([0-9A-F]*)\".*/$port \\1 0x\\L\\2/p"
	done | sort -u
}
of_testssl() { # of_testssl PORT
	in_device timeout 120 testssl --warnings off --color 0 -q --ip one -E "$address:$1" |
	    awk -v port="$1" '
		/^SSLv[23] *$/ { version = $1 }
		/^TLS 1/ { version = "TLSv" $2 (index($2, ".") ? "" : ".0") }
		/^ x[0-9a-f]+ / {
			number = substr($1, 2)
			while (length(number) < 4)
				number = "0" number
			print port, version, "0x" number
		}' | sort -u
}
# What the device chose, in packets of the run: "PORT NUMBER".
chosen() {
	find "$dir/state" -name '*.pcapng' -exec tshark -n -r {} -T fields \
	    -e tcp.srcport -e tls.handshake.ciphersuite \
	    -Y 'tls.handshake.type == 2' \; 2>/dev/null | sort -u
}

# shellcheck disable=SC2086
{
	ours number $real >"$dir/ours.number"
	ours number $by_hand >"$dir/ours.by_hand"
	ours name >"$dir/ours.name"
	of_nmap $real $by_hand >"$dir/nmap"
	of_sslscan $real >"$dir/sslscan"
	of_sslscan $by_hand >"$dir/sslscan.by_hand"
}
[ "$(wc -l <"$dir/ours.number")" -gt 100 ] || fail "only $(wc -l <"$dir/ours.number") suites"
diff "$dir/ours.number" "$dir/sslscan" || fail "sslscan finds something else (>)"
diff "$dir/ours.name" "$dir/nmap" || fail "nmap finds something else (>)"
# It takes a quarter of a minute for each server.
of_testssl 4431 >"$dir/testssl"
diff <(ours number 4431) "$dir/testssl" || fail "testssl finds something else (>)"

# Nothing that only sslscan finds; what only we find was chosen in packets.
same "$(comm -13 "$dir/ours.by_hand" "$dir/sslscan.by_hand")" "" "found by sslscan alone"
chosen >"$dir/chosen"
comm -23 "$dir/ours.by_hand" "$dir/sslscan.by_hand" | while read -r port version suite; do
	[ "$version" != SSLv2 ] || continue # nmap has found these
	has_line "$dir/chosen" "^${port}[[:space:]]$suite\$" ||
	    fail "no packet in which $port chose $version $suite"
done
bench_stop
