# All TCP ports: a device that drops all but the twelve, no delay.
# shellcheck shell=bash disable=SC2154
. tests/bench/tcp.sh
needs nmap ethtool nft jq ping

part() {
	measure 0 "${FULL:+1}" drop 6
}
