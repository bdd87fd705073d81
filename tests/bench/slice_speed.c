/*
 * slice_speed: how long the evidence of a full port sweep takes.
 *
 * 131,070 frames of 60 bytes, one selector that takes all: written, then
 * resolved to ranges and a slice.  Prints one line for each.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "captures/clock_step.h"
#include "captures/recording.h"
#include "captures/slice.h"
#include "protocols/packet.h"

#define FRAMES 131070u
#define ROUNDS 5

static const uint8_t dut[6] = { 2, 0, 0, 0, 0, 2 },
		     bench[6] = { 2, 0, 0, 0, 0, 1 };

static void
on_rotated(void *arg, uint32_t number, const struct recording_file *f)
{
	(void)arg;
	(void)number;
	(void)f;
}

static void
on_disk(void *arg, const char *why, uint64_t lost)
{
	(void)arg;
	fatal("slice_speed: %s, %" PRIu64 " frames lost", why, lost);
}

static void
record(struct recording *r)
{
	static const uint8_t from[4] = { 10, 0, 0, 1 }, to[4] = { 10, 0, 0, 2 };
	struct packet_ends e = { bench, dut, 4, from, to };
	uint8_t bytes[128] = { 0 };
	struct frame f = { bytes, 60, 60, 0, LINKTYPE_ETHERNET_NUMBER,
		FRAME_OUT };
	unsigned i;

	for (i = 0; i < FRAMES; i++) {
		packet_build_tcp(bytes, &e, 40000, (uint16_t)i, i, 0, TCP_SYN,
		    1024, NULL, 0);
		f.stamp_ns = 1700000000000000000u + i;
		recording_add(r, &f);
	}
	recording_flush(r);
}

static double
ms_since(uint64_t start)
{
	return (double)(clock_monotonic_ns() - start) / 1e6;
}

static void
resolve(int dir, const struct recording *r)
{
	struct slice_choice c;
	struct slice_request q;
	struct slice_result result;
	struct slice *s;
	uint64_t start = clock_monotonic_ns(), longest = 0, step;

	memset(&c, 0, sizeof(c));
	memset(&q, 0, sizeof(q));
	c.select.proto = 6;
	c.select.remote_last = 65535;
	c.comment = "sweep";
	q.to = UINT64_MAX;
	memcpy(q.dut_mac, dut, sizeof(dut));
	q.name = "slice.pcapng";
	q.choices = &c;
	q.nchoices = 1;
	s = slice_new(dir, dir, recording_index(r), &q);
	do {
		step = clock_monotonic_ns();
		if (!slice_step(s))
			break;
		step = clock_monotonic_ns() - step;
		longest = step > longest ? step : longest;
	} while (true);
	slice_result(s, &result);
	printf("slice_speed: resolve %.1f ms (longest step %.2f ms, then the "
	       "last with fsync), %" PRIu64 " frames, %" PRIu64 " bytes%s\n",
	    ms_since(start), (double)longest / 1e6, result.frames, result.size,
	    result.error);
	if (result.frames != FRAMES)
		fatal("slice_speed: frames are missing");
	slice_free(s);
}

int
main(void)
{
	static const struct recording_hooks hooks = { on_rotated, on_disk };
	char path[] = "/tmp/assay-slice-speed-XXXXXX";
	struct recording_config c = { 0, 1, 64 << 20, "bench", 1, 0, 0 };
	struct recording *r;
	uint64_t start;
	int i;

	if (mkdtemp(path) == NULL)
		fatal("slice_speed: no directory");
	c.dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = recording_new(&c, &hooks, NULL);
	start = clock_monotonic_ns();
	record(r);
	printf("slice_speed: record %.1f ms\n", ms_since(start));
	for (i = 0; i < ROUNDS; i++)
		resolve(c.dir, r);
	recording_free(r);
	unlinkat(c.dir, "slice.pcapng", 0);
	unlinkat(c.dir, "000001.pcapng", 0);
	unlinkat(c.dir, "000001.idx", 0);
	close(c.dir);
	return rmdir(path) == 0 ? 0 : 1;
}
