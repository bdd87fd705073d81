# Coverage and diff of a device on a store with 1,000 runs: under 100 ms each.
# shellcheck shell=bash disable=SC2154
. tests/bench/filled.sh

catalogue="--catalogue-dir etc/catalogue --message-dir etc/messages"
# shellcheck disable=SC2086
part() {
	filled_start 1000 10 0
	timed "assayctl coverage" 100 ctl coverage dut $catalogue
	timed "assayctl coverage --scheme" 100 ctl coverage dut --scheme USCTM $catalogue
	timed "assayctl runs" 100 ctl runs
	await 60 ctl baseline set dut 1
	timed "assayctl diff" 100 ctl diff dut
	all_stop
}
