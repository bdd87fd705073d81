#!/bin/bash
# What the profile does not allow is not begun: inconclusive, "not allowed", with
# what stood against it; the run goes on, and its exit status is 2.
. tests/netns/lib.sh

# profile_says LINES…: the device's profile from now on.
profile_says() {
	{ cat "$top/etc/profiles/reference-device.yaml"; printf '%s\n' "$@"; } \
	    >"$dir/profile.yaml"
	device_add "$dir/profile.yaml"
}
# told: "VERDICT REASON TEXT" of each verdict, on one line.
told() {
	all_records | jq -r 'select(.type == "verdict") |
	    "\(.verdict) \(.reason) \(.values.text // "-")"' | paste -s -d,
}
now=$(date +%H)
hour() { printf '%02d:00' $(((10#$now + $1) % 24)); }

plain_bench sample_ok sample_state sample_load

# Hours: none of the run's jobs begins, and none does without its reason; nor is
# a person asked for anything.
scenario_of '- probe: sample.ok' '- manual: press reset' '- probe: sample.load'
profile_says "hours: \"$(hour 2)-$(hour 3)\""
run_whole
same "$run_status" 2 "exit status outside the hours"
refused="inconc not_allowed.hours $(hour 2)-$(hour 3)"
same "$(told)" "$refused,$refused" "outside the hours"
same "$(all_records | jq -c 'select(.type == "jobend") | .sandbox' | sort -u)" null \
    "what the workers said of their sandbox: there was none"
has_event manual not_allowed.hours || fail "the step by hand was not refused"
! has_event manual prompt || fail "a person was asked for it"
scenario_of '- probe: sample.ok' '- probe: sample.load'
profile_says "hours: \"$(hour 23)-$(hour 2)\""
run_whole
same "$(told)" "fail sample.bad -,fail sample.bad -" "within the hours"

# Consents: to what drives the device, and to an action's own hazards.
scenario_of '- probe: sample.state' '- action: door.open' '- probe: sample.ok'
door='actions: {door.open: {by: person, prompt: open it, limit: 1s, check: {kind: up}, hazards: [moves]}}'
profile_says 'hazards: [unlocks]' "$door"
run_whole
same "$(told)" "inconc not_allowed.consent unlocks,fail sample.bad -" "without a consent"
has_event action not_allowed.consent || fail "the action was not refused"
! has_event action begin || fail "the action began"
profile_says 'hazards: [unlocks]' 'consents: [{hazard: unlocks, by: J. Doe, until: 2020-01-01}]' "$door"
run_whole
same "$(told)" "inconc not_allowed.consent unlocks,fail sample.bad -" "a consent that ran out"
scenario_of '- action: door.open'
run_whole
same "$run_status" 2 "exit status when an action was refused"
scenario_of '- probe: sample.state' '- probe: sample.ok'
profile_says 'hazards: [unlocks]' 'consents: [{hazard: unlocks, by: J. Doe}]'
run_whole
same "$(told)" "fail sample.bad -,fail sample.bad -" "with a consent"

# Budgets: the third of three is one too many; other steps go on.
scenario_of '- probe: sample.load' '  repeat: 3' '- probe: sample.ok'
profile_says 'budgets: {load: 2}'
run_whole
same "$(told)" "fail sample.bad -,fail sample.bad -,inconc not_allowed.budget load 2,fail sample.bad -" budgets
profile_says 'budgets: {frames: 1}'
run_whole
same "$(told)" "fail sample.bad -,inconc not_allowed.budget frames 1,inconc not_allowed.budget frames 1,inconc not_allowed.budget frames 1" frames

# Budgets over a time: what other runs drew counts, what was refused does not,
# and a restart of the daemon forgets none of it.
scenario_of '- probe: sample.state' '- probe: sample.ok'
profile_says 'budgets: {state: 2, over: 24h}'
run_whole
refused="inconc not_allowed.budget state 2 in 1440 min,fail sample.bad -"
same "$(told)" "fail sample.bad -,fail sample.bad -" "the second of the day"
run_whole
same "$(told)" "$refused" "the third of the day"
run_whole
same "$(told)" "$refused" "and the next"
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null || true
await 10 no_process_of_ours
cable_has_gone() { ! on_plain ip link show dev eth0; }
await 10 cable_has_gone
plain_cable
daemon_start
await 20 segment_is_up
run_whole
same "$(told)" "$refused" "after the daemon was killed"
profile_says 'budgets: {state: 3, over: 24h}'
run_whole
same "$(told)" "fail sample.bad -,fail sample.bad -" "with one more"

daemon_stop
plain_stop
