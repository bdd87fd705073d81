# Verdicts made durable a second, one by one and in groups, on this disk.
# shellcheck shell=bash disable=SC2154

per_second() { sed -n "s/^store: $2 *\([0-9]*\) .*/\1/p" "$1"; }
work_us() { sed -n "s/^store: $2 .* \([0-9.]*\) us of work.*/\1/p" "$1"; }
# flush_us FOLDER: what one small write in place takes to be on the disk; the
# floor.
flush_us() {
	local began
	dd if=/dev/zero of="$1/flush" bs=4k count=200 conv=fsync 2>/dev/null
	began=$EPOCHREALTIME
	dd if=/dev/zero of="$1/flush" bs=4k count=200 conv=notrunc oflag=dsync 2>/dev/null
	rm -f "$1/flush"
	awk -v s="$(seconds_since "$began")" 'BEGIN { printf "%.0f", s / 200 * 1e6 }'
}
measure() { # measure WHERE FOLDER
	local i what median least most work
	local -A found=() worked=()
	mkdir -p "$2"
	for ((i = 0; i < pairs; i++)); do
		TMPDIR=$2 "$build/tests/bench/store_speed" "$build/assayd" \
		    >"$dir/store.log" 2>&1 || die "store_speed"
		for what in "one by one" "in groups"; do
			found[$what]+=" $(per_second "$dir/store.log" "$what")"
			worked[$what]+=" $(work_us "$dir/store.log" "$what")"
		done
	done
	flush=$(flush_us "$2")
	echo "  $1: a flush takes $flush us"
	for what in "one by one" "in groups"; do
		# shellcheck disable=SC2086
		read -r median least most <<<"$(figures ${found[$what]})"
		# shellcheck disable=SC2086
		read -r work _ <<<"$(figures ${worked[$what]})"
		printf '  %-11s %6.0f verdicts a second [%.0f-%.0f], %d runs, %.1f us of processor time each\n' \
		    "$what" "$median" "$least" "$most" "$pairs" "$work"
		medians[$what]=${median%.*}
	done
}

part() {
	local -A medians=()
	local flush bound lone
	measure "disk" "$dir/store"
	bound=$((1000000 / (flush + 1))) lone=${medians[one by one]}
	echo "  one by one each has a flush of its own: $bound a second, were there nothing else; $((100 * lone / bound)) % of that is reached"
	if [ "$lone" -lt 5000 ]; then
		[ "$bound" -ge 5000 ] || echo "  this disk cannot make 5,000 a second durable one by one"
		short "under 5,000 a second one by one"
	fi
	[ "${medians[in groups]}" -ge 50000 ] || short "under 50,000 a second in groups"
	measure "memory, where a flush is none" /run/store
}
