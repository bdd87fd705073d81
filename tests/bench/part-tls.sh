# Versions and suites of a TLS port, beside nmap ssl-enum-ciphers and sslscan.
# shellcheck shell=bash disable=SC2154
. tests/bench/tcp.sh
needs nmap sslscan nginx openssl ethtool jq ping

tls_port=4433
tls_pairs=126 # nginx of Debian 12, with all that its OpenSSL has
tls_connections=140

# An nginx that takes everything, with an RSA key and one of a curve.
tls_server() {
	local at=$dir/nginx$number
	mkdir -p "$at"
	openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=a -days 30 \
	    -keyout "$at/rsa.key" -out "$at/rsa.crt" 2>/dev/null
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj /CN=a -days 30 -keyout "$at/ec.key" -out "$at/ec.crt" 2>/dev/null
	openssl dhparam -dsaparam -out "$at/dh" 1024 2>/dev/null
	cat >"$at/openssl" <<-END
	openssl_conf = all
	[all]
	ssl_conf = ssl
	[ssl]
	system_default = everything
	[everything]
	MinProtocol = None
	CipherString = ALL:COMPLEMENTOFALL:@SECLEVEL=0
	END
	cat >"$at/conf" <<-END
	user root;
	pid $at/pid;
	error_log $at/errors;
	worker_processes 1;
	daemon off;
	events { worker_connections 1024; }
	http {
		access_log off;
		client_body_temp_path $at/body;
		proxy_temp_path $at/proxy;
		fastcgi_temp_path $at/fastcgi;
		uwsgi_temp_path $at/uwsgi;
		scgi_temp_path $at/scgi;
		server {
			listen $tls_port ssl;
			ssl_certificate $at/rsa.crt;
			ssl_certificate_key $at/rsa.key;
			ssl_certificate $at/ec.crt;
			ssl_certificate_key $at/ec.key;
			ssl_dhparam $at/dh;
			ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
			ssl_ciphers ALL:COMPLEMENTOFALL:@SECLEVEL=0;
		}
	}
	END
	OPENSSL_CONF=$at/openssl ip netns exec "$dut" nginx -c "$at/conf" \
	    >"$at/log" 2>&1 &
	pids="$pids $!"
	await 10 tls_answers
}
tls_answers() {
	ip netns exec "$dut" openssl s_client -connect "127.0.0.1:$tls_port" </dev/null
}
# Connections that the device has taken by now.
taken() {
	ip netns exec "$dut" cat /proc/net/snmp |
	    awk '/^Tcp:/ && $7 ~ /^[0-9]/ { print $7 }'
}

# measured NAME COMMAND…: sets $took, $connections; what it says in $dir/said.
measured() {
	local before began
	before=$(taken)
	began=$EPOCHREALTIME
	"$@" >"$dir/said" 2>"$dir/said.log"
	took=$(seconds_since "$began")
	connections=$(($(taken) - before))
}
by_nmap() {
	measured nmap -n -Pn "-p$tls_port" --script ssl-enum-ciphers 10.78.0.10
	found=$(grep -c '^|  *TLS_' "$dir/said")
}
by_sslscan() {
	measured sslscan --no-colour "10.78.0.10:$tls_port"
	found=$(grep -cE '^(Preferred|Accepted) ' "$dir/said")
}
by_assay() {
	measured ctl --json probe dut tls.suites addresses=ipv4 "ports=$tls_port"
	read -r found took_job took_probe < <(jq -rn '[inputs | .. | objects |
	    select(has("type") and has("seq") and has("time"))] |
	    (map(select(.type == "job"))[0].time) as $from |
	    (map(select(.type == "observed"))[-1].time) as $to |
	    "\([.[] | select(.type == "observed") | .. | objects |
		select(.field? == "suite")] | length) \(
	    map(select(.type == "jobend"))[0].took_ns / 1e9) \(($to - $from) / 1e9)"
	    ' "$dir/said")
}

# shown NAME PAIRS CONNECTIONS SECONDS…: sets $median
shown() {
	local name=$1 pairs=$2 made=$3
	shift 3
	read -r median least most < <(figures "$@")
	printf '  %-34s %7.3f s [%.3f-%.3f]  n=%d, %d pairs, %d connections\n' \
	    "$name" "$median" "$least" "$most" $# "$pairs" "$made"
}
# faster NAME PEER OURS WANTED
faster() {
	awk -v p="$2" -v a="$3" -v t="$4" -v name="$1" 'BEGIN {
		printf "  %s / the probe %.1f (wanted: %s)\n", name, p / a, t
		exit p < t * a }' || short "$1 / the probe is below $4"
}
# tls_at DELAY_US NMAP SSLSCAN: ratios wanted
tls_at() {
	local i n=${pairs:-5} with_nmap=() with_sslscan=() whole=() jobs=() probes=()
	local nmap sslscan nmap_found sslscan_found nmap_made sslscan_made made=0
	[ "$n" -gt 0 ] || n=1
	number=$((number + 1))
	echo "  $(nmap --version | head -n 1 | cut -d ' ' -f 1-3), sslscan, at $1 us each way"
	device_start "$1"
	tls_server
	daemon_start
	by_assay # the very first also looks for the device
	for ((i = 0; i < n; i++)); do
		by_nmap
		with_nmap+=("$took") nmap_found=$found nmap_made=$connections
		by_sslscan
		with_sslscan+=("$took") sslscan_found=$found sslscan_made=$connections
		by_assay
		whole+=("$took") jobs+=("$took_job") probes+=("$took_probe")
		[ "$connections" -le "$made" ] || made=$connections
		[ "$found" = "$tls_pairs" ] || short "assay found $found pairs"
	done
	shown "nmap --script ssl-enum-ciphers" "$nmap_found" "$nmap_made" "${with_nmap[@]}"
	nmap=$median
	shown "sslscan" "$sslscan_found" "$sslscan_made" "${with_sslscan[@]}"
	sslscan=$median
	shown "assayctl probe dut tls.suites" "$found" "$made" "${whole[@]}"
	of_that "of that, the job" "${jobs[@]}"
	of_that "of that, the probe" "${probes[@]}"
	faster nmap "$nmap" "$median" "$2"
	faster sslscan "$sslscan" "$median" "$3"
	[ "$made" -le "$tls_connections" ] ||
	    short "assay made $made connections, more than $tls_connections"
	all_stop
}
part() {
	tls_at 0 5 8
	tls_at 2500 5 5
}
