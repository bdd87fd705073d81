# All TCP ports: a device that answers RST, no delay.
# shellcheck shell=bash disable=SC2154
. tests/bench/tcp.sh
needs nmap ethtool nft jq ping

part() {
	measure 0 "$pairs" open 1.5 1.5
}
