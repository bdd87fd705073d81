/*
 * wire: what our processes say to each other.
 *
 * Names say the receiver.  Each type's comment lists its fields in order, as
 * msg_put_* writes them (u8 u16 u32 u64 i64; str; bytes) and "+fd" for a
 * descriptor beside it.  From a worker, everything is suspect; a malformed
 * message from any other of our processes is fatal to the receiver (a broken
 * invariant), but for the warden, who ends the engine instead of itself.
 *
 *   segment   index of the segment in assayd.yaml, from 0
 *   request   chosen by the asker, given back in the answer
 *   family    u8 4 or 6; addr: bytes, 4 or 16; mac: bytes, 6
 *   position  count of frames a capture has handed on since it began
 *   stamp     u64 ns since 1970, the clock that stamps packets
 */
#ifndef ASSAY_WIRE_H
#define ASSAY_WIRE_H

#define WIRE_FRAME_MAX 65000u /* bytes of a frame that fit a message */
#define WIRE_NO_SEGMENT 0xffffffffu
#define WIRE_NONCE_SIZE 16u
#define WIRE_MARK_SIZE 32u
#define WIRE_NOTE_LATE "bench.late_ns" /* a worker's, of its timers */
#define WIRE_FD 3 /* where every role finds its socket to its parent */
#define WIRE_WORKER_LINK_FD 4  /* a worker's raw socket, if it has one */
#define WIRE_WORKER_PROBE_FD 5 /* a worker's .so, opened by the warden */
#define WIRE_WORKER_CALLS_FD \
	6 /* the device's calls come here, if it has them */
#define WIRE_WORKER_AUTHORITY_FD 7 /* and what it vouches with: PEM */

enum wire_type {
	/* -- warden to a role it has just started ------------------------ */
	/* every role: str process name for the log, u8 log level, str state
	 * directory, str run directory; then its own message below */
	ROLE_START = 0x0100,
	ROLE_PEER, /* u8 enum role, u32 segment, +fd: your socket to it; it
		      replaces an earlier one */
	ROLE_STOP, /* end in good order */

	/* -- to the engine, from the warden ------------------------------ */
	ENGINE_CONFIG = 0x0200, /* str its path, +fd assayd.yaml as it was when
				   the warden read it */
	ENGINE_CONTROL_SOCKET,  /* +fd the listening socket */
	ENGINE_EVIDENCE_DIR,    /* +fd directory of slices, to read */
	ENGINE_SEGMENT_UP,      /* u32 segment, str interface, mac, u32 mtu, u32
				   ifindex, u16 n, n times (family, addr, u8 prefix
				   length), link-local ones too: the bench's own */
	ENGINE_SEGMENT_DOWN,    /* u32 segment, str why */
	ENGINE_WORKER, /* u32 request, u32 worker, u32 pid, +fd its socket */
	ENGINE_WORKER_STDERR, /* u32 worker, +fd read end of its stderr */
	ENGINE_WORKER_EXITED, /* u32 worker, u8 0 exit / 1 signal, u32 status */
	ENGINE_HOOK_DONE, /* u32 request, u8 0 exit / 1 signal / 2 time limit,
			     u32 status, str tail of its output */
	ENGINE_REFUSED,   /* u32 request, str why: policy, an ordinary reply */
	ENGINE_CAPTURE_LOST,  /* u32 segment, str obituary; a new one follows */
	ENGINE_WATCH_LOST,    /* u32 segment, str obituary */
	ENGINE_SERVICES_LOST, /* u32 segment, str obituary */
	ENGINE_STORE_LOST,    /* str obituary */
	ENGINE_KEY,         /* str key id, str public key (PEM): the bench's */
	ENGINE_SIGNED,      /* u32 request, str key id, bytes signature */
	ENGINE_ROTATED,     /* u32 request (0: at the greeting, said again), str
			       rotation (JSON, signing/rotation.h); ENGINE_KEY
			       came before it */
	ENGINE_SECRET,      /* u32 request, bytes mark (WIRE_MARK_SIZE) */
	ENGINE_FENCE,       /* u32 request, str error ("": it is open), str why
			       not by IPv6 ("": by IPv6, too), u16 n, n times (str
			       host, u16 m, m times 4 or 16 bytes): where the hosts
			       are */
	ENGINE_FENCE_LOST,  /* u32 segment, str why: it shut by itself */
	ENGINE_CANARY_SENT, /* u32 request, u16 by how many interfaces, str
			       their names, as many as fit */

	/* -- to the warden, from the engine ------------------------------ */
	WARDEN_READY = 0x0300, /* the engine has its configuration */
	WARDEN_WORKER, /* u32 request, u32 segment or WIRE_NO_SEGMENT, str probe
			  name, u32 needs, u16 n, n times (family, addr), then
			  its sources of the segment's pool, likewise */
	WARDEN_KILL,   /* u32 worker */
	WARDEN_HOOK,   /* u32 request, str hook name from assayd.yaml */
	WARDEN_SIGN,   /* u32 request, u8 SIGN_MANIFEST or SIGN_TOMBSTONE, bytes
			  SHA-256 */
	WARDEN_ROTATE, /* u32 request, str newest manifest's SHA-256, or "" */
	WARDEN_SECRET, /* u32 request, str file of secret_dir, bytes nonce
			  (WIRE_NONCE_SIZE): its mark, ENGINE_SECRET */
	WARDEN_DUT,    /* u32 segment, mac: whom its workers may send to from
			  now on, until the next; u8 what it prints, too */
	WARDEN_WITHDRAW, /* u32 segment, family, addr: somebody else has this
			    address of the pool */
	WARDEN_FENCE,    /* u32 request, u32 segment, mac, u16 n, n times (str
			    host, u8 shut, u16 m, m times (u8 transport, 0
			    both, u16 first port, last)): open the way out for it;
			    ENGINE_FENCE */
	WARDEN_FENCE_CLOSE, /* u32 segment: it is shut again */
	WARDEN_CANARY, /* u32 request, bytes nonce: send it by every interface
			  of the machine (daemon/shared/canary.h) */

	/* -- to a worker, from the engine -------------------------------- */
	WORKER_DESCRIBE = 0x0400, /* answer ENGINE_DESCRIPTION and exit 0 */
	WORKER_PARAM,  /* str name, str value as the scenario wrote it */
	WORKER_TARGET, /* family, u8 scope, addr, mac, source addr, source mac,
			  u32 ifindex, str text */
	WORKER_DECLARED, /* u8 transport, u16 first, u16 last, u8 family,
			    str service, u8 optional */
	WORKER_DECLARES, /* u8 transport: the profile lists these, maybe none */
	WORKER_DECLARED_ROW,   /* str table, u8 n, n times (str cell, str text):
				  a row of the profile (profile_tables.h) */
	WORKER_DECLARES_TABLE, /* str table: the profile has it, maybe empty */
	WORKER_SOURCES, /* family, addr (of a target), u16 n, n times addr: the
			   bench speaks to it from these, too */
	WORKER_GO,      /* u64 job id, str state: everything said, begin */
	WORKER_HEALTH,  /* u8 enum assay_health */
	WORKER_CANCEL,
	/* To judge again: recorded observations, then WORKER_JUDGE, not GO */
	WORKER_RECORDED,         /* as ENGINE_OBSERVATION */
	WORKER_RECORDED_CONTROL, /* as ENGINE_CONTROL */
	WORKER_JUDGE,
	/* Stored frames, not GO: init, on_frame, on_end and judge, without run.
	 * u64 job id, str state, u16 link type of all frames, stamp at which
	 * the clock begins; then the frames, in order, and their end */
	WORKER_REPLAY,
	WORKER_FRAME, /* u64 number (counting up), stamp, u32 size on the wire,
			 u16 link type, u8 outgoing, bytes (at most
			 WIRE_FRAME_MAX of them) */
	WORKER_FRAMES_END,
	WORKER_RESUMED, /* before GO: u64 run, bytes: its newest checkpoint */

	/* -- to the engine, from a worker -------------------------------- */
	ENGINE_DESCRIPTION = 0x0500, /* str JSON of the descriptor */
	ENGINE_SANDBOX,     /* str what the kernel gave and what it lacked */
	ENGINE_OBSERVATION, /* u32 id, str field, subject, value, u8 n, n times
			       frames.  subject: u8 family (0: the DUT), addr
			       (bytes), u16 port.  value: u8 enum assay_type,
			       then u8 | u64 | i64 | str | str (ports as text)
			       | u64.  frames: u8 proto, u8 family (0: any),
			       addr (bytes), u16 local first, last, u16 remote
			       first, last, str comment */
	ENGINE_CONTROL,     /* u8 enum assay_phase, u8 good, u32 observation */
	ENGINE_NOTE,        /* str name, value */
	ENGINE_PROGRESS,    /* u64 done, u64 total, str what */
	ENGINE_LOG,         /* str line */
	ENGINE_RUN_OVER,    /* run has ended; judge comes next */
	ENGINE_VERDICT,    /* str check, u8 kind, u8 value, subject, str reason,
			      u8 n, n times (str name, value), u16 m, m times u32
			      observation */
	ENGINE_FAILED,     /* str text: the bench could not (assay_fail) */
	ENGINE_DONE,       /* the last word */
	ENGINE_CHECKPOINT, /* bytes, at most ASSAY_CHECKPOINT_MAX; none: it is
			      over */

	/* -- to a capture ------------------------------------------------- */
	/* from the warden, after ROLE_START: u32 segment, str segment name,
	 * str interface, u32 ring MiB, u32 segment file MiB, u32 first file
	 * number, +fd AF_PACKET socket not yet bound to a ring.  A second
	 * socket and directories follow. */
	CAPTURE_OPEN = 0x0600,
	CAPTURE_DIR,     /* u8 0 captures 1 evidence, +fd directory */
	CAPTURE_BARRIER, /* from the engine: u32 request */
	CAPTURE_RESOLVE, /* u32 request, u64 from position (excluded), u64 to
			    position (included), mac of the DUT, str slice name
			    ("12/57.pcapng": run and verdict), str headline, u16
			    n, n times (u32 observation, frames as in
			    ENGINE_OBSERVATION), str secrets (SSLKEYLOGFILE) */
	CAPTURE_RESOLVE_STORED, /* as CAPTURE_RESOLVE, over what the newest
				   CAPTURE_REPLAY read: positions from 1 */
	CAPTURE_REPLAY, /* u32 request, u64 stamp from which on, mac of the DUT,
			   +fd a worker's socket: it gets WORKER_FRAME of each
			   stored frame, and their end */
	CAPTURE_SEAL,   /* u32 request, u32 from: finish the file, if it has a
			   frame, and begin the next; then tell of each finished
			   file from this number on.  0: of none; a run begins,
			   and goes on until the next one of these */
	CAPTURE_LIST,   /* u32 request, u32 from: tell, and finish none; of the
			   one being written, too */
	CAPTURE_UNLINK, /* u32 request, str file, bytes SHA-256 it must have */
	CAPTURE_SECOND, /* from the warden: +fd, as the one of CAPTURE_OPEN, and
			   made after it */
	CAPTURE_KEEP,   /* from the engine: u16 n, n times (mac, u8 0 headers
			   alone / 1 all, for now): devices of which no payload
			   is to be kept; replaces.  Until the first one, of
			   nobody is any kept; all is over with the engine */

	/* -- to the engine, from a capture -------------------------------- */
	ENGINE_BARRIER = 0x0700, /* u32 request, u64 position, u64 dropped since
				    the capture began, stamp, str file, u64
				    frame number in it */
	ENGINE_EVIDENCE, /* u32 request, u32 observation, str file, u64 first
			    frame number, u64 last, u64 count, stamp of the
			    first, stamp of the last, bytes SHA-256 (of the
			    frame when count is 1, else of their digests in
			    order), frames (the selector that chose them) */
	ENGINE_RESOLVED, /* u32 request, u64 frames in all, str slice name, u64
			    slice size, bytes SHA-256 of it, str error ("":
			    none; the slice is durable) */
	ENGINE_CAPTURE_EVENT, /* u8 enum capture_event, u64 value, str detail */
	ENGINE_CAPTURE_FILE,  /* u32 request, u32 number, str file, u8 enum
				 capture_file_state, u64 size, bytes SHA-256 or
				 none, u64 frames, u64 dropped (each UINT64_MAX:
				 not known), u64 last written, ns since 1970 */
	ENGINE_SEALED, /* u32 request, u32 number of the file being written, str
			  error; behind the files */
	ENGINE_REPLAYED, /* u32 request, u64 last position, u64 frames given,
			    stamp of the first, of the last, u64 holes (a
			    capture began anew), u64 ns in them, u64 frames
			    lost, str error ("": none) */
	ENGINE_UNLINKED, /* u32 request, str error ("": it is gone) */

	/* -- to a watch ---------------------------------------------------- */
	/* from the warden, after ROLE_START: u32 segment, str interface, u32
	 * ifindex, mac, u16 n, n times (family, addr, u8 prefix length): the
	 * watch's own addresses, +fd AF_PACKET socket to send on */
	WATCH_OPEN = 0x0800,
	WATCH_FRAME, /* from capture: u64 position, stamp, u8 outgoing, bytes */
	WATCH_DUT,   /* from the engine: u32 dut, mac: observe it from now on */
	WATCH_FORGET,   /* u32 dut */
	WATCH_DISCOVER, /* u32 request, u32 dut: find its addresses, actively */
	WATCH_EXERCISE, /* u32 request, u32 dut, family, addr, u32 limit in ms:
			   one control exchange (ARP or ND, then echo) */
	WATCH_CONNECT,  /* u32 request, u32 dut, family, addr, u16 port, u32
			   limit in ms: a TCP handshake; ENGINE_EXERCISED */
	WATCH_CANARY,   /* u32 request, bytes nonce: prove that nothing gets
			   out; and listen for that frame from now on */
	/* Observed at rest, seldom asked (WATCH_DUT: asked every second). */
	WATCH_REST,     /* u32 dut, mac: no run is on it, or none any more */
	WATCH_BUSY,     /* u32 dut: something is done to it from now on */
	WATCH_BASELINE, /* u32 request, u32 dut: how is it at rest? */
	WATCH_CANARY_CLOUD, /* as WATCH_CANARY: nothing but the device's, by
			       the fence */
	WATCH_INWARD, /* u32 request, str by which interfaces the machine has
			 sent it: did it come in? ENGINE_CANARY */
	WATCH_CLAIMS, /* u32 request, u16 n, n times (family, addr): lent to a
			 job; does anybody answer for one? */
	WATCH_FENCE,  /* from the warden, u8 by IPv6 too, +fd: the socket that
			 the fence tells of flows on; without it, there is none
			 */

	/* -- to the engine, from a watch ----------------------------------- */
	ENGINE_PARTICIPANT = 0x0900, /* mac, family, addr, str how ("arp", "nd",
				      "dhcp", "dhcpv6"), stamp, str host name */
	ENGINE_ADDRESS_GONE,         /* mac, family, addr, str why */
	ENGINE_HEALTH, /* u32 dut, u8 enum assay_health, stamp, u64 rtt ns, str
			  detail */
	ENGINE_LINK,   /* u8 up, stamp */
	ENGINE_DISCOVERED, /* u32 request, u16 n addresses known */
	ENGINE_EXERCISED, /* u32 request, u8 good, u64 rtt ns, stamp, str how */
	ENGINE_CANARY,    /* u32 request, u8 good, u16 n, n times (str name, str
			     value, u8 as expected) */
	ENGINE_CLAIMS,    /* u32 request, u16 n, n times (mac, family, addr):
			     somebody does; each was asked for */
	ENGINE_BASELINE,  /* u32 request, u8 known; then the fields of struct
			     watch_rested in order, each u64 */
	ENGINE_FLOW, /* u8 FENCE_ALLOWED, FENCE_SHUT or FENCE_REFUSED, u8 host
			number, u8 transport, addr (4 or 16 bytes) and u16 port
			of the device, the same of the other side, stamp */
	ENGINE_FLOWS_LOST, /* u64 how many were not told of one by one */
	ENGINE_FOREIGN,    /* str what ("dhcp server", "router"), mac, family,
			      addr:   voids the isolation */

	/* -- services, from the warden ------------------------------------- */
	/* u32 segment, str segment name, str interface, u16 n, n times (family,
	 * addr, u8 prefix length): the bench's own; then str DHCP from, str
	 * DHCP to ("": none), u32 lease seconds, and the same three of DHCPv6;
	 * u8 the bench is the router, too */
	SERVICES_OPEN = 0x0a00,
	SERVICES_NAMES,  /* u16 n, n times (str host, addr (4 or 16 bytes)):
			    these names exist too, from now on; 0: no more */
	SERVICES_CATCH,  /* u8: from now on every name is the bench's; or not */
	ENGINE_SERVICES, /* u8 up, str detail: the servers' state */

	/* -- stamp: the time-stamp authority, when assayd.yaml names one --- */
	STAMP_OPEN = 0x0c00, /* from the warden: str URL, str path of its roots
				("": its signature is not checked) */
	STAMP_DIGEST,        /* from the engine: u32 request, bytes SHA-256 */
	ENGINE_STAMPED, /* u32 request, bytes RFC 3161 response, str error ("":
			   none, and it is over this digest) */
	ENGINE_STAMP_LOST, /* str obituary */

	/* -- uplink: one for each fence that is open --------------------------
	 */
	/* from the warden: str the machine's end, str interface to the world,
	 * u32 segment, u8 by IPv6 too, 4 bytes resolver, u16 n, n times str
	 * host */
	UPLINK_OPEN = 0x0d00,
	WARDEN_UPLINK, /* str error ("": ready), u16 n, n times (u16 host
			  number, 4 or 16 bytes) */

	/* -- to the store and back: daemon/store/store_wire.h
	 * -------------------- */
	STORE_FIRST = 0x0b00,
	STORE_LAST = 0x0bff,
};

enum role {
	ROLE_WARDEN = 0,
	ROLE_ENGINE,
	ROLE_STORE,
	ROLE_CAPTURE,
	ROLE_WATCH,
	ROLE_SERVICES,
	ROLE_WORKER,
	ROLE_STAMP,
	ROLE_UPLINK,
};

enum capture_file_state {
	CAPTURE_FILE_WRITING = 0,
	CAPTURE_FILE_FINISHED,
	CAPTURE_FILE_CUT, /* its capture was killed, or the disk refused */
};

enum capture_event {
	CAPTURE_ROTATED = 1, /* value: file number */
	CAPTURE_DROPPED,     /* value: frames lost in all */
	CAPTURE_LINK_DOWN,
	CAPTURE_CLOCK_STEP, /* value: ns, two's complement */
	CAPTURE_DISK,      /* detail: cannot write; frames are lost from here */
	CAPTURE_OFFLOADED, /* value: frames so far whose checksum was left to a
			      NIC: what was captured is not what was sent */
};

#endif
