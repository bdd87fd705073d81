#!/bin/bash
# Real DTLS servers and some of our own, one fault a port: libcoap's passes by
# IPv4 and IPv6, its associations too, each fault fails on its port, and nothing else does.
. tests/netns/lib.sh

# failed PORTS: what fails of these, and where: "DTL-01 reason port, …".
failed() {
	scenario_of "- probe: dtls.hello" "  with: {addresses: ipv4, ports: '$1', window: 300ms}"
	run_whole
	all_records | jq -rs '[.[] | select(.type == "verdict" and .verdict == "fail" and
	    .frames > 0 and .slice.size > 0) |
	    "\(.check) \(.reason) \(.values.ports)"] | join(", ")'
}

bench_start dtls-old dtls-no-cookie dtls-any-cookie
scenario_of "- probe: dtls.hello" "- probe: dtls.association" \
    "  with: {identity: lamp, key: assay-reference}"
run_whole
same "$run_status" 0 "exit status"
expect "DTL-01 behaviour" pass
expect "DTL-02 behaviour" pass
for check in DTL-03 DTL-04 DTL-05; do expect "$check behaviour" pass; done
same "$(verdicts | grep -c ' fe80:')" 5 "verdicts of the link-local address"
same "$(failed 4434,4436)" "DTL-01 dtls.old_taken 4434, DTL-02 dtls.wrong_cookie_taken 4436" \
    "DTLS 1.0, and any cookie"
same "$(failed 4435)" "DTL-02 dtls.no_cookie 4435" "no cookie"
bench_stop
