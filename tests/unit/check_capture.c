/*
 * check_capture: the capture role on a real link (veth, in a network
 * namespace of its own): what was sent is behind the barrier, to the frame,
 * and what was lost is counted.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <check.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include "base/hex.h"
#include "base/msg.h"
#include "base/peer.h"
#include "captures/pcapng.h"
#include "captures/segment_index.h"
#include "daemon/shared/role.h"
#include "protocols/packet.h"
#include "tests/unit/capture_ground.h"
#include "tests/unit/capture_rig.h"

START_TEST(every_frame_sent_is_behind_the_barrier_to_the_frame)
{
	static const unsigned numbers[] = { 1, 0, 2, 17, 1, 500, 3000, 1, 1 };
	uint64_t sent = 0;
	struct capture_rig_answer a;
	size_t i;

	if (!capture_rig_start(8))
		return;
	for (i = 0; i < 10 * sizeof(numbers) / sizeof(numbers[0]); i++) {
		unsigned n = numbers[i % (sizeof(numbers) / sizeof(*numbers))];

		if (i % 2 == 0)
			capture_rig_send_syns(n, 1);
		else
			capture_rig_send_rsts(n, 1);
		sent += n;
		a = capture_rig_barrier(100 + (uint32_t)i);
		ck_assert_uint_eq(a.position, sent);
		ck_assert_uint_eq(a.dropped, 0);
	}
	ck_assert_uint_eq(capture_rig.heard[CAPTURE_DROPPED], 0);
	capture_rig_finish();
}
END_TEST

START_TEST(a_reader_held_up_loses_frames_and_says_how_many)
{
	struct capture_rig_answer a;

	if (!capture_rig_start(1))
		return;
	kill(capture_rig.pid, SIGSTOP);
	capture_rig_send_syns(30000, 1);
	kill(capture_rig.pid, SIGCONT);
	a = capture_rig_barrier(2);
	ck_assert_uint_gt(a.dropped, 0);
	ck_assert_uint_gt(a.position, 0);
	ck_assert_uint_eq(a.position + a.dropped, 30000);
	ck_assert_uint_eq(capture_rig.heard[CAPTURE_DROPPED], 1);
	ck_assert_uint_eq(capture_rig.events[CAPTURE_DROPPED], a.dropped);
	capture_rig_finish();
}
END_TEST

/* Reads the first capture file; *first: a copy of its first frame. */
static uint64_t
read_capture(struct pcapng_frame *first, uint8_t bytes[2048])
{
	int fd = openat(capture_rig.captures.dir, "000001.pcapng", O_RDONLY);
	struct pcapng_reader *r;
	struct pcapng_frame f;
	uint64_t n = 0;

	ck_assert_int_ne(fd, -1);
	r = pcapng_open(fd);
	while (pcapng_next(r, &f) == 1) {
		if (n++ > 0)
			continue;
		*first = f;
		ck_assert_uint_le(f.frame.size, 2048);
		memcpy(bytes, f.frame.data, f.frame.size);
	}
	ck_assert_str_eq(pcapng_why(r), "");
	pcapng_close(r);
	close(fd);
	return n;
}

START_TEST(frames_are_recorded_as_they_were_sent)
{
	uint8_t sent[128], bytes[2048];
	struct frame f = ground_rst(sent, 40000, 80, 0);
	struct pcapng_frame first;
	struct packet p;

	if (!capture_rig_start(4))
		return;
	capture_rig_send_frame(capture_rig.far, f.data, f.size);
	ck_assert_uint_eq(capture_rig_barrier(2).position, 1);
	ck_assert_uint_eq(read_capture(&first, bytes), 1);
	ck_assert_uint_eq(first.frame.size, f.size);
	ck_assert_mem_eq(bytes, sent, f.size);
	ck_assert_int_eq(first.frame.direction, FRAME_IN);
	ck_assert_int_eq(packet_dissect(&p, bytes, first.frame.size), 0);
	ck_assert(packet_checksums_are_good(&p));
	capture_rig_finish();
}
END_TEST

static void
tell_keep(bool is_asked)
{
	msg_start(&capture_rig.out, CAPTURE_KEEP);
	msg_put_u16(&capture_rig.out, 1);
	msg_put_bytes(&capture_rig.out, ground_dut_mac, 6);
	msg_put_u8(&capture_rig.out, is_asked);
	capture_rig_send_message(capture_rig.engine, -1);
}

/* A datagram of the device, or of another, with a payload. */
static size_t
datagram(uint8_t *out, const uint8_t *mac)
{
	const struct packet_ends e = { mac, ground_bench_mac, 4, ground_dut_ip,
		ground_bench_ip };

	return packet_build_udp(
	    out, &e, 40000, 5000, (const uint8_t *)"nightingale", 11);
}

/* The newest frame of the first file. */
static struct pcapng_frame
newest(char note[128])
{
	int fd = openat(capture_rig.captures.dir, "000001.pcapng", O_RDONLY);
	struct pcapng_reader *r = pcapng_open(fd);
	struct pcapng_frame f, last;

	memset(&last, 0, sizeof(last));
	note[0] = '\0';
	while (pcapng_next(r, &f) == 1) {
		last = f;
		snprintf(note, 128, "%.*s", (int)f.comment_size,
		    f.comment == NULL ? "" : (const char *)f.comment);
	}
	ck_assert_str_eq(pcapng_why(r), "");
	pcapng_close(r);
	close(fd);
	return last;
}

static void
send_and_expect(
    uint32_t request, const uint8_t *frame, size_t size, bool is_cut)
{
	char note[128], expected[128] = "", hex[SHA256_HEX_SIZE];
	struct pcapng_frame f;

	capture_rig_send_frame(capture_rig.far, frame, size);
	ck_assert_uint_eq(capture_rig_barrier(request).position, request - 1);
	f = newest(note);
	ck_assert_uint_eq(f.frame.wire_size, size);
	ck_assert_uint_eq(f.frame.size, is_cut ? 14 + 20 + 8 : size);
	if (is_cut)
		snprintf(expected, sizeof(expected),
		    "whole: %zu bytes, sha256 %s", size,
		    sha256_hex(frame, size, hex));
	ck_assert_str_eq(note, expected);
}

/* Headers of whom the engine says so, but while a job asks it; when the engine
 * is gone its jobs are. */
START_TEST(no_payload_is_kept_of_whom_the_engine_says_so)
{
	uint8_t its[256], others[256];
	size_t n, m;

	if (!capture_rig_start(4))
		return;
	n = datagram(its, ground_dut_mac);
	m = datagram(others, ground_other_mac);
	send_and_expect(2, its, n, false);
	tell_keep(false);
	send_and_expect(3, its, n, true);
	send_and_expect(4, others, m, false);
	tell_keep(true);
	send_and_expect(5, its, n, false);
	close(capture_rig.engine);
	capture_rig.engine = capture_rig_introduce(ROLE_ENGINE);
	ck_assert_uint_eq(capture_rig_barrier(1).position, 4);
	send_and_expect(6, its, n, true);
	send_and_expect(7, others, m, false);
	capture_rig_finish();
}
END_TEST

START_TEST(a_vlan_tag_that_the_kernel_took_off_is_put_back)
{
	uint8_t sent[128], tagged[132], bytes[2048];
	struct frame f = ground_rst(sent, 40000, 80, 0);
	static const uint8_t tag[4] = { 0x81, 0, 0x60, 42 };
	struct pcapng_frame first;

	if (!capture_rig_start(4))
		return;
	memcpy(tagged, sent, 12);
	memcpy(tagged + 12, tag, 4);
	memcpy(tagged + 16, sent + 12, f.size - 12);
	capture_rig_send_frame(capture_rig.far, tagged, f.size + 4);
	ck_assert_uint_eq(capture_rig_barrier(2).position, 1);
	read_capture(&first, bytes);
	ck_assert_uint_eq(first.frame.size, f.size + 4);
	ck_assert_mem_eq(bytes, tagged, f.size + 4);
	capture_rig_finish();
}
END_TEST

/* The kernel's own UDP, with the link's checksum offload on: what is captured
 * is not what a wire would have carried. */
START_TEST(a_checksum_left_to_a_nic_is_told_and_a_whole_one_is_not)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	const char *const neigh[] = { "ip", "neigh", "add", "10.7.0.16",
		"lladdr", "02:00:00:00:00:10", "dev", "near0", NULL };
	char out[256];
	int fd;

	if (!capture_rig_start(4))
		return;
	capture_rig_send_syns(5, 1);
	capture_rig_barrier(2);
	capture_rig_barrier(3);
	ck_assert_uint_eq(capture_rig.heard[CAPTURE_OFFLOADED], 0);
	ck_assert(
	    capture_rig_ip("addr", "add", "10.7.0.1/24", "dev", "near0", NULL));
	ck_assert_int_eq(ground_run(neigh, out, sizeof(out)), 0);
	to.sin_addr.s_addr = htonl(0x0a070010);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
	    sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
	close(fd);
	capture_rig_expect_event(CAPTURE_OFFLOADED);
	ck_assert_uint_eq(capture_rig.events[CAPTURE_OFFLOADED], 1);
	capture_rig_finish();
}
END_TEST

START_TEST(a_link_that_goes_is_told_and_one_that_returns_is_captured)
{
	if (!capture_rig_start(4))
		return;
	capture_rig_send_syns(3, 1);
	ck_assert(capture_rig_ip("link", "set", "near0", "down", NULL, NULL));
	capture_rig_expect_event(CAPTURE_LINK_DOWN);
	ck_assert_str_eq(
	    capture_rig.details[CAPTURE_LINK_DOWN], "Network is down");
	ck_assert(capture_rig_up("near0"));
	capture_rig_send_syns(4, 1);
	ck_assert_uint_eq(capture_rig_barrier(2).position, 7);
	ck_assert_uint_eq(capture_rig.heard[CAPTURE_LINK_DOWN], 1);
	ck_assert(capture_rig_ip("link", "del", "near0", NULL, NULL, NULL));
	/* It may be told of as down before it is told of as gone. */
	do {
		capture_rig_expect_event(CAPTURE_LINK_DOWN);
	} while (strcmp(capture_rig.details[CAPTURE_LINK_DOWN],
		     "Network is down") == 0);
	ck_assert_str_eq(
	    capture_rig.details[CAPTURE_LINK_DOWN], "No such device");
	ck_assert_uint_eq(capture_rig_barrier(3).position, 7);
	capture_rig_finish();
}
END_TEST

static void
ask(uint32_t request, uint64_t from, uint64_t to, uint16_t first, uint16_t last,
    const char *name)
{
	msg_start(&capture_rig.out, CAPTURE_RESOLVE);
	msg_put_u32(&capture_rig.out, request);
	msg_put_u64(&capture_rig.out, from);
	msg_put_u64(&capture_rig.out, to);
	msg_put_bytes(&capture_rig.out, ground_dut_mac, 6);
	msg_put_string(&capture_rig.out, name);
	msg_put_string(&capture_rig.out, "a headline");
	msg_put_u16(&capture_rig.out, 1);
	msg_put_u32(&capture_rig.out, 77);
	msg_put_u8(&capture_rig.out, 6);
	msg_put_u8(&capture_rig.out, 4);
	msg_put_bytes(&capture_rig.out, ground_dut_ip, 4);
	msg_put_u16(&capture_rig.out, 40000);
	msg_put_u16(&capture_rig.out, 40000);
	msg_put_u16(&capture_rig.out, first);
	msg_put_u16(&capture_rig.out, last);
	msg_put_string(&capture_rig.out, "why");
	msg_put_string(&capture_rig.out, "CLIENT_RANDOM 00 5ec2e7\n");
	capture_rig_send_message(capture_rig.engine, -1);
}

struct resolved {
	uint64_t entries, cited, frames, size;
	char name[64], error[256];
};

static struct resolved
expect_resolved(uint32_t request)
{
	struct resolved r = { 0 };
	uint32_t got, observation;
	uint64_t first, last, count;
	char file[SEGMENT_NAME_SIZE];
	const uint8_t *sum;
	size_t n;

	for (;;) {
		ck_assert(capture_rig_receive(capture_rig.engine, LIMIT_MS));
		if (capture_rig.m.type == ENGINE_CAPTURE_EVENT) {
			capture_rig_hear_event();
			continue;
		}
		msg_get_u32(&capture_rig.m, &got);
		ck_assert_uint_eq(got, request);
		if (capture_rig.m.type == ENGINE_RESOLVED)
			break;
		ck_assert_uint_eq(capture_rig.m.type, ENGINE_EVIDENCE);
		msg_get_u32(&capture_rig.m, &observation);
		msg_get_string(&capture_rig.m, file, sizeof(file));
		msg_get_u64(&capture_rig.m, &first);
		msg_get_u64(&capture_rig.m, &last);
		msg_get_u64(&capture_rig.m, &count);
		ck_assert_uint_eq(observation, 77);
		ck_assert_uint_le(first + count - 1, last);
		r.entries++;
		r.cited += count;
	}
	msg_get_u64(&capture_rig.m, &r.frames);
	msg_get_string(&capture_rig.m, r.name, sizeof(r.name));
	msg_get_u64(&capture_rig.m, &r.size);
	msg_get_bytes(&capture_rig.m, &sum, &n);
	msg_get_string(&capture_rig.m, r.error, sizeof(r.error));
	ck_assert_int_eq(msg_end(&capture_rig.m), 0);
	ck_assert_uint_eq(n, SHA256_SIZE);
	return r;
}

START_TEST(evidence_and_slice_come_from_the_very_frames)
{
	struct resolved r;
	struct stat st;

	if (!capture_rig_start(8))
		return;
	capture_rig_send_syns(50, 100);
	capture_rig_send_rsts(50, 100);
	capture_rig_barrier(2);
	ask(3, 0, 100, 103, 104, "5/6.pcapng");
	r = expect_resolved(3);
	ck_assert_str_eq(r.error, "");
	ck_assert_uint_eq(r.entries, 4);
	ck_assert_uint_eq(r.frames, 4);
	ck_assert_str_eq(r.name, "5/6.pcapng");
	ck_assert_int_eq(
	    fstatat(capture_rig.evidence.dir, "5/6.pcapng", &st, 0), 0);
	ck_assert_uint_eq((uint64_t)st.st_size, r.size);
	ck_assert(capture_rig_slice_has("5/6.pcapng", "00 5ec2e7\n"));
	ask(4, 0, 50, 103, 104, "5/7.pcapng");
	ck_assert_uint_eq(expect_resolved(4).frames, 2);
	ask(5, 0, 100, 500, 500, "5/8.pcapng");
	r = expect_resolved(5);
	ck_assert_uint_eq(r.entries, 0);
	ck_assert_str_eq(r.name, "");
	ask(6, 0, 100, 103, 104, "../8.pcapng");
	ck_assert_str_ne(expect_resolved(6).error, "");
	capture_rig_finish();
}
END_TEST

START_TEST(a_long_resolve_loses_no_frame_meanwhile)
{
	struct resolved r;

	if (!capture_rig_start(8))
		return;
	capture_rig_send_syns(40000, 1);
	ck_assert_uint_eq(capture_rig_barrier(2).position, 40000);
	ask(3, 0, 40000, 0, 0, "1/2.pcapng");
	capture_rig_send_syns(20000, 1);
	r = expect_resolved(3);
	ck_assert_str_eq(r.error, "");
	ck_assert_uint_eq(r.frames, 40000);
	ck_assert_uint_eq(r.cited, 40000);
	ck_assert_uint_eq(capture_rig_barrier(4).position, 60000);
	ck_assert_uint_eq(capture_rig_barrier(5).dropped, 0);
	capture_rig_finish();
}
END_TEST

START_TEST(a_new_engine_takes_the_old_ones_place)
{
	int old;

	if (!capture_rig_start(4))
		return;
	capture_rig_send_syns(10, 1);
	ck_assert_uint_eq(capture_rig_barrier(2).position, 10);
	old = capture_rig.engine;
	capture_rig.engine = capture_rig_introduce(ROLE_ENGINE);
	capture_rig_expect_event(CAPTURE_ROTATED);
	ck_assert_uint_eq(capture_rig.events[CAPTURE_ROTATED], 1);
	ck_assert_uint_eq(capture_rig_barrier(3).position, 10);
	ck_assert(!capture_rig_receive(old, LIMIT_MS)); /* closed */
	/* One that dies takes nothing with it. */
	close(capture_rig.engine);
	capture_rig_send_syns(10, 1);
	capture_rig.engine = capture_rig_introduce(ROLE_ENGINE);
	ck_assert_uint_eq(capture_rig_barrier(4).position, 20);
	capture_rig_finish();
}
END_TEST

START_TEST(the_watch_sees_arp_and_not_tcp)
{
	uint8_t bytes[128];
	uint64_t position, stamp;
	uint8_t outgoing;
	const uint8_t *p;
	size_t n, size;

	if (!capture_rig_start(4))
		return;
	capture_rig_send_syns(3, 1);
	size = packet_build_arp(bytes, ground_bench_mac, 2, ground_dut_mac,
	    ground_dut_ip, ground_bench_mac, ground_bench_ip);
	capture_rig_send_frame(capture_rig.far, bytes, size);
	ck_assert(capture_rig_receive(capture_rig.watch, LIMIT_MS));
	ck_assert_uint_eq(capture_rig.m.type, WATCH_FRAME);
	msg_get_u64(&capture_rig.m, &position);
	msg_get_u64(&capture_rig.m, &stamp);
	msg_get_u8(&capture_rig.m, &outgoing);
	msg_get_bytes(&capture_rig.m, &p, &n);
	ck_assert_int_eq(msg_end(&capture_rig.m), 0);
	ck_assert_uint_eq(position, 4);
	ck_assert_uint_eq(outgoing, 0);
	ck_assert_uint_eq(n, size);
	ck_assert_mem_eq(p, bytes, n);
	capture_rig_barrier(2);
	ck_assert(
	    !capture_rig_receive(capture_rig.watch, 0)); /* nothing else came */
	capture_rig_finish();
}
END_TEST

START_TEST(when_the_warden_goes_the_file_is_finished_with_all_that_came)
{
	struct segment_index x = { 0 };
	struct segment_summary s;
	struct err e;
	struct stat st;

	if (!capture_rig_start(4))
		return;
	capture_rig_send_syns(123, 1);
	close(capture_rig.warden);
	ck_assert_int_eq(capture_rig_wait_for_end(), 0);
	ck_assert_int_eq(
	    segment_index_load(capture_rig.captures.dir, 1, &x, &s, &e), 0);
	ck_assert_int_eq(s.whole, 1);
	ck_assert_uint_eq(s.frames, 123);
	ck_assert_int_eq(
	    fstatat(capture_rig.captures.dir, "000001.pcapng", &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0440);
	segment_index_free(&x);
	ground_end(&capture_rig.captures);
	ground_end(&capture_rig.evidence);
}
END_TEST

START_TEST(killed_it_leaves_all_that_was_behind_a_barrier)
{
	struct pcapng_frame first;
	uint8_t bytes[2048];
	int status;

	if (!capture_rig_start(4))
		return;
	capture_rig_send_syns(777, 1);
	ck_assert_uint_eq(capture_rig_barrier(2).position, 777);
	capture_rig_send_syns(5, 1);
	kill(capture_rig.pid, SIGKILL);
	status = capture_rig_wait_for_end();
	ck_assert(WIFSIGNALED(status));
	ck_assert_uint_ge(read_capture(&first, bytes), 777);
	ground_end(&capture_rig.captures);
	ground_end(&capture_rig.evidence);
}
END_TEST

/* One CAPTURE_SEAL to its end; returns how many files were told of, the last
 * one's state and frames in *state and *frames. */
static unsigned
seal(uint32_t request, uint32_t from, uint8_t *state, uint64_t *frames)
{
	struct msg_in *m = &capture_rig.m;
	unsigned files = 0;
	uint32_t got, number;
	const uint8_t *sum;
	char name[64];
	uint64_t size;
	size_t n;

	msg_start(&capture_rig.out, CAPTURE_SEAL);
	msg_put_u32(&capture_rig.out, request);
	msg_put_u32(&capture_rig.out, from);
	capture_rig_send_message(capture_rig.engine, -1);
	for (;;) {
		ck_assert(capture_rig_receive(capture_rig.engine, LIMIT_MS));
		if (m->type == ENGINE_CAPTURE_EVENT)
			continue;
		msg_get_u32(m, &got);
		ck_assert_uint_eq(got, request);
		msg_get_u32(m, &number);
		if (m->type == ENGINE_SEALED)
			return files;
		ck_assert_uint_eq(m->type, ENGINE_CAPTURE_FILE);
		msg_get_string(m, name, sizeof(name));
		msg_get_u8(m, state);
		msg_get_u64(m, &size);
		msg_get_bytes(m, &sum, &n);
		msg_get_u64(m, frames);
		ck_assert_uint_eq(n, SHA256_SIZE);
		files++;
	}
}

START_TEST(a_seal_finishes_the_file_and_tells_of_it_with_its_hash)
{
	uint64_t frames = 0;
	uint8_t state = 99;

	if (!capture_rig_start(4))
		return;
	capture_rig_send_syns(50, 1);
	ck_assert_uint_eq(capture_rig_barrier(2).position, 50);
	ck_assert_uint_eq(seal(3, 0, &state, &frames), 0);
	capture_rig_send_syns(7, 1);
	ck_assert_uint_eq(capture_rig_barrier(4).position, 57);
	ck_assert_uint_eq(seal(5, 2, &state, &frames), 1);
	ck_assert_uint_eq(state, CAPTURE_FILE_FINISHED);
	ck_assert_uint_eq(frames, 7);
	ck_assert_uint_eq(seal(6, 1, &state, &frames), 2);
	capture_rig_finish();
}
END_TEST

/* What a capture killed before it has left. */
START_TEST(a_successor_hashes_what_was_cut_short)
{
	static const char index[] = "assay-index 1 000001.pcapng\n"
				    "block 1 200 96 2 1 5 5 1 0\nblo";
	uint64_t frames = 0;
	uint8_t state = 99;
	int fd;

	if (!capture_rig_start(4))
		return;
	capture_rig_send_syns(1, 1);
	capture_rig_barrier(2);
	ck_assert_uint_eq(seal(3, 0, &state, &frames), 0);
	fd = openat(capture_rig.captures.dir, "000001.idx", O_RDONLY);
	ck_assert_int_eq(fchmod(fd, 0640), 0);
	close(fd);
	fd = openat(capture_rig.captures.dir, "000001.idx", O_WRONLY | O_TRUNC);
	ck_assert_int_eq(write(fd, index, strlen(index)), (int)strlen(index));
	close(fd);
	ck_assert_uint_eq(seal(4, 1, &state, &frames), 1);
	ck_assert_uint_eq(state, CAPTURE_FILE_CUT);
	ck_assert_uint_eq(frames, 2);
	capture_rig_finish();
}
END_TEST

static bool
unlinked(uint32_t request, const char *name, const uint8_t sum[SHA256_SIZE])
{
	struct msg_in *m = &capture_rig.m;
	char error[256];
	uint32_t got;

	msg_start(&capture_rig.out, CAPTURE_UNLINK);
	msg_put_u32(&capture_rig.out, request);
	msg_put_string(&capture_rig.out, name);
	msg_put_bytes(&capture_rig.out, sum, SHA256_SIZE);
	capture_rig_send_message(capture_rig.engine, -1);
	do
		ck_assert(capture_rig_receive(capture_rig.engine, LIMIT_MS));
	while (m->type != ENGINE_UNLINKED);
	msg_get_u32(m, &got);
	ck_assert_uint_eq(got, request);
	msg_get_string(m, error, sizeof(error));
	ck_assert_int_eq(msg_end(m), 0);
	return error[0] == '\0';
}

START_TEST(only_a_finished_file_of_that_hash_is_unlinked)
{
	int dir;
	struct segment_summary s;
	uint8_t state, other[SHA256_SIZE] = { 1 };
	uint64_t frames;
	struct err e;

	if (!capture_rig_start(4))
		return;
	dir = capture_rig.captures.dir;
	capture_rig_send_syns(3, 1);
	capture_rig_barrier(2);
	ck_assert_uint_eq(seal(3, 1, &state, &frames), 1);
	ck_assert_int_eq(segment_index_tail(dir, 1, &s, &e), 0);
	ck_assert(!unlinked(4, "000001.pcapng", other));
	ck_assert(!unlinked(5, "000002.pcapng", s.sha256));
	ck_assert_int_eq(faccessat(dir, "000001.pcapng", F_OK, 0), 0);
	ck_assert_int_eq(faccessat(dir, "000002.pcapng", F_OK, 0), 0);
	ck_assert(unlinked(6, "000001.pcapng", s.sha256));
	ck_assert_int_eq(faccessat(dir, "000001.pcapng", F_OK, 0), -1);
	ck_assert(unlinked(7, "000001.pcapng", s.sha256));
	capture_rig_finish();
}
END_TEST

START_TEST(a_malformed_message_ends_it_with_status_1)
{
	int status;

	if (!capture_rig_start(4))
		return;
	msg_start(&capture_rig.out, CAPTURE_BARRIER);
	msg_put_u16(&capture_rig.out, 1);
	capture_rig_send_message(capture_rig.engine, -1);
	status = capture_rig_wait_for_end();
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 1);
	ground_end(&capture_rig.captures);
	ground_end(&capture_rig.evidence);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("capture");
	TCase *t = tcase_create("all");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 30);
	tcase_add_test(t, every_frame_sent_is_behind_the_barrier_to_the_frame);
	tcase_add_test(t, a_reader_held_up_loses_frames_and_says_how_many);
	tcase_add_test(t, frames_are_recorded_as_they_were_sent);
	tcase_add_test(t, no_payload_is_kept_of_whom_the_engine_says_so);
	tcase_add_test(t, a_vlan_tag_that_the_kernel_took_off_is_put_back);
	tcase_add_test(
	    t, a_checksum_left_to_a_nic_is_told_and_a_whole_one_is_not);
	tcase_add_test(
	    t, a_link_that_goes_is_told_and_one_that_returns_is_captured);
	tcase_add_test(t, evidence_and_slice_come_from_the_very_frames);
	tcase_add_test(t, a_long_resolve_loses_no_frame_meanwhile);
	tcase_add_test(t, a_new_engine_takes_the_old_ones_place);
	tcase_add_test(t, the_watch_sees_arp_and_not_tcp);
	tcase_add_test(
	    t, when_the_warden_goes_the_file_is_finished_with_all_that_came);
	tcase_add_test(t, killed_it_leaves_all_that_was_behind_a_barrier);
	tcase_add_test(
	    t, a_seal_finishes_the_file_and_tells_of_it_with_its_hash);
	tcase_add_test(t, a_successor_hashes_what_was_cut_short);
	tcase_add_test(t, only_a_finished_file_of_that_hash_is_unlinked);
	tcase_add_test(t, a_malformed_message_ends_it_with_status_1);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
