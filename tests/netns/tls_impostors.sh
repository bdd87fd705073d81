#!/bin/bash
# Real clients call their cloud, time and again, each its own host: curl and
# openssl, which look at everything, at nothing, or at all but one thing.  Each
# believes those impostors at whose fault it does not look, and no others: the
# whole matrix.  Each check passes for who looks at everything; no more than was
# seen is said of who does not trust the bench, or calls nobody.
. tests/netns/lib.sh
for program in curl openssl busybox; do
	command -v "$program" >/dev/null || skip "$program is not there"
done

authority=$dir/state/keys/authority.crt
declare -A callers=()

# calls KIND HOST:PORT: until calls_end.
calls() {
	: >"$dir/$1.calls"
	nsenter -t "$device_pid" -n tests/devices/tls-client "$@" "$authority" 10.77.0.1 >>"$dir/$1.calls" &
	callers[$1]=$!
}
calls_end() {
	kill "${callers[@]}"
	wait "${callers[@]}" 2>/dev/null || true
	callers=()
}
has_called() { has_line "$dir/$1.calls" called; }
# The rules are there, and names lead to the bench.
calls_are_taken() {
	nsenter -t "$(pid_of watch)" -n nft list tables | grep assay_impostor &&
	    on_plain busybox nslookup any.example.com 10.77.0.1
}
# run_called KIND [HOST:PORT]: a run in which it alone calls.
run_called() {
	run_begin
	await 20 calls_are_taken
	calls "$1" "${2:-$1.example.com:8883}"
	run_end
	calls_end
}
# Which impostors were believed: of this host.
believed() {
	all_records | jq -r --arg h "$1" 'select(.type == "observed") | .. | objects |
	    select((.field? // "") | startswith("impostor.")) |
	    (.value | split(" ")) as $v |
	    select(($v[0] | split(":")[0]) == $h and ($v[1] == "accepted" or $v[1] == "held")) |
	    .field[9:]' | sort | xargs
}
# Each word: CHECK=VERDICT:REASON
said() {
	local word check value
	for word in "$@"; do
		check=${word%%=*} value=${word#*=}
		same "$(verdicts | awk -v c="TLS-$check" '$1 == c { print $4 ":" $5 }')" \
		    "${value/:/:tls_client.}" "verdict on $check"
	done
}
of_all() { said C0{1,2,3,4,5,8,9}="$1" "C10=${2:-$1}" "C13=${3:-$1}"; }

# By names it calls over IPv6, which is what a resolver puts first.
plain_start
on_plain sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0
on_plain ip address add fd77::50/64 dev eth0 nodad
on_plain ip route add default via 10.77.0.1
daemon_start
await 20 segment_is_up
device_add

scenario_of '- probe: tls.client' '  with: {patience: 300ms, watch: 0s}'
run_whole
same "$run_status" 2 "exit status when nobody calls"
of_all inconc:never_called
[ -s "$authority" ] || fail "no certificate for a device to trust"

# One of them begins, and waits until all the others are under way: else the run
# might end before the last is known.
scenario_of '- probe: tls.client' '  with: {patience: 60s, watch: 0s, listen: 20s, hello: 20s}'
run_begin
await 20 calls_are_taken
calls good good.example.com:8883
await 20 has_called good
kill -STOP "${callers[good]}"
calls clear 192.0.2.9:443 # whom nobody told it, by its router; asks without TLS, then
for kind in none name date purpose weak old; do calls $kind $kind.example.com:443; done
for kind in clear none name date purpose weak old; do await 40 has_called $kind; done
kill -CONT "${callers[good]}"
run_end
calls_end
same "$run_status" 1 "exit status when impostors are believed"
of_all fail:accepted fail:offers_weak fail:fell_back
same "$(believed good.example.com)" "common_name" "by who looks at everything"
same "$(believed 192.0.2.9)" "common_name" "by curl, of an address"
same "$(believed name.example.com)" "common_name wrong_name" "by who does not look at names"
same "$(believed date.example.com)" "common_name expired not_yet" "by who does not look at dates"
same "$(believed purpose.example.com)" "common_name for_clients" "by who does not look at purposes"
same "$(believed weak.example.com)" "common_name rsa1024 sha1" "by who does not look at keys"
same "$(believed old.example.com)" "common_name tls10 tls11" "by who speaks old versions"
same "$(believed none.example.com)" \
    "common_name expired for_clients leaf_issued no_constraints not_yet rsa1024 self_signed sha1 tls10 tls11 untrusted wrong_name" \
    "by who does not look"

run_called good
same "$run_status" 0 "exit status when all are refused"
of_all pass:refused pass:offers pass:by_tls_alone
all_records | jq -e -s 'any(.. | objects; .field? == "tls.keys" and
    (.value | test("TRAFFIC_SECRET")))' >/dev/null || fail "no keys"
all_records | jq -e -s '[.[] | select(.type == "verdict") | .evidence | length] | all(. > 0)' \
    >/dev/null || fail "a verdict without frames"

# With the secrets in its slice, what was encrypted can be read by anyone.
if command -v tshark >/dev/null; then
	ctl evidence "$(all_records | jq 'select(.type == "verdict" and .check == "TLS-C04") | .seq')" \
	    -o "$dir/dates.pcapng" >/dev/null
	read_in() { tshark -n -r "$dir/dates.pcapng" -d tcp.port==8883,tls -d tls.port==8883,http -Y "$1" 2>/dev/null | wc -l; }
	same "$(read_in 'tls.alert_message.desc == 45')" 1 "alerts that say certificate_expired"
	[ "$(read_in 'tls.alert_message.desc == 48')" = 0 ] || fail "frames of another attempt"
	[ "$(read_in 'ipv6 && http.request')" -ge 2 ] || fail "what was said behind the controls cannot be read"
fi

run_called distrust
same "$run_status" 2 "exit status without trust in the bench"
said C0{1,2,9}=pass:refused C10=pass:offers C13=pass:by_tls_alone C0{3,4,5,8}=inconc:no_trust

# It is over with the job: names do not exist, and nobody answers.
calls_are_free() {
	! nsenter -t "$(pid_of watch)" -n nft list tables | grep assay_impostor &&
	    ! on_plain busybox nslookup any.example.com 10.77.0.1
}
await 10 calls_are_free
daemon_stop
plain_stop
