#!/bin/bash
# Real clients call their cloud, time and again, each its own host: curl and
# openssl, which look at everything, at nothing, or at all but one thing.  Each
# believes those impostors at whose fault it does not look, and no others: the
# whole matrix.  Each check passes for who looks at everything; no more than was
# seen is said of who does not trust the bench, or calls nobody.
. tests/netns/lib.sh
. tests/netns/impostors

impostors_start
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
said C0{1,2,3,4,5,8,9}=fail:accepted C10=fail:offers_weak C13=fail:fell_back \
    C07=info:never_asks C11=pass:refused C12=pass:took
same "$(believed good.example.com)" "common_name" "by who looks at everything"
same "$(believed 192.0.2.9)" "common_name" "by curl, of an address"
same "$(believed name.example.com)" "common_name nul other_kind wildcard wrong_name" "by who does not look at names"
same "$(believed date.example.com)" "common_name expired not_yet" "by who does not look at dates"
same "$(believed purpose.example.com)" "common_name for_clients" "by who does not look at purposes"
same "$(believed weak.example.com)" "common_name md5 rsa1024 sha1" "by who does not look at keys"
same "$(believed old.example.com)" "common_name tls10 tls11" "by who speaks old versions"
same "$(believed none.example.com)" \
    "common_name critical expired for_clients issuer_usage leaf_issued md5 name_constraints no_constraints not_yet nul other_kind path_length rsa1024 self_signed sha1 tls10 tls11 untrusted wildcard wrong_name" \
    "by who does not look"

run_called good
same "$run_status" 0 "exit status when all are refused"
of_all pass:refused pass:offers pass:by_tls_alone info:never_asks pass:took
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
said C0{1,2,9}=pass:refused C10=pass:offers C13=pass:by_tls_alone C0{3,4,5,8}=inconc:no_trust \
    C1{1,2}=inconc:no_trust C07=info:never_asks

# It is over with the job: names do not exist, and nobody answers.
calls_are_free() {
	! nsenter -t "$(pid_of watch)" -n nft list tables | grep assay_impostor &&
	    ! on_plain busybox nslookup any.example.com 10.77.0.1
}
await 10 calls_are_free
daemon_stop
plain_stop
