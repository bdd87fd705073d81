# All TCP ports: the same device at 5 ms round trip.
# shellcheck shell=bash disable=SC2154
. tests/bench/tcp.sh
needs nmap ethtool nft jq ping

part() {
	measure 2500 "$pairs" open 4 1.5
}
