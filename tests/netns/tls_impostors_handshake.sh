#!/bin/bash
# Clients that look at every certificate, and at all of the handshake but one
# thing; one that asks whether a certificate was revoked and does not listen, and
# one that does; one that is stopped by tiny records.
. tests/netns/lib.sh
command -v gnutls-cli >/dev/null || skip "gnutls-cli is not there"
. tests/netns/impostors

impostors_start
scenario_of '- probe: tls.client' '  with: {patience: 300ms, watch: 0s}'
run_whole # which makes whom the device trusts

scenario_of '- probe: tls.client' '  with: {patience: 60s, watch: 0s, listen: 20s, hello: 20s}'
run_begin
await 20 calls_are_taken
kinds=(signature mac downgrade revoked status)
for kind in "${kinds[@]}"; do calls "$kind" "$kind.example.com:443"; done
for kind in "${kinds[@]}"; do await 40 has_called "$kind"; done
run_end
calls_end
same "$run_status" 1 "exit status"
said C0{1,2,4,5,8}=pass:refused C0{7,9}=fail:accepted C11=fail:accepted C12=pass:took
same "$(believed signature.example.com)" "common_name no_key" "by who does not look at who signs"
same "$(believed mac.example.com)" "bad_mac common_name" "by who does not look at MACs"
same "$(believed downgrade.example.com)" "common_name downgrade" "by who does not look at the random"
same "$(believed revoked.example.com)" "common_name no_staple revoked" "by who asks and does not listen"
same "$(believed status.example.com)" "common_name" "by who listens"

scenario_of '- probe: tls.client' '  with: {patience: 60s, watch: 0s, listen: 500ms, hello: 20s}'
run_called pieces
same "$run_status" 1 "exit status when records are tiny"
said C12=fail:hung C0{1,2,3,4,5,8,9}=pass:refused
daemon_stop
plain_stop
