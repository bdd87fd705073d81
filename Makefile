# assay: one GNU Makefile, no recursion, everything under $(B).
#
#   make demo            sets up, builds, and shows one device tested (root)
#   make check           sets up, builds, and runs every test (root)
#   make check-vm        those that need Debian's own kernel, in QEMU (root)
#   make | make install DESTDIR=… | make lint | make format | make bench
#   make SAN=address,undefined check | make coverage | make fuzz T=60
#
# A new probe, codec, report, role, test or scenario needs no edit here: the
# folder is the registry.  A probe's extra library: PKGS_<file> := <pkg>.

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
SBINDIR ?= $(PREFIX)/sbin
LIBDIR ?= $(PREFIX)/lib/assay
DATADIR ?= $(PREFIX)/share/assay
SYSCONFDIR ?= /etc/assay
MANDIR ?= $(PREFIX)/share/man
UNITDIR ?= $(PREFIX)/lib/systemd/system
INSTALL ?= install
PKG_CONFIG ?= pkg-config
CLANG ?= clang
CFLAGS ?= -O2 -g
SAN ?=
COV ?=
V ?=
T ?= 60

# Each kind of build has a folder of its own, so that none mixes with another.
comma := ,
KIND := $(if $(SAN),-san-$(subst $(comma),-,$(SAN)))$(if $(COV),-cov)$(if $(filter clang%,$(CC)),-clang)
B ?= build$(if $(KIND),/kind$(KIND))

PKGS := libevent libnl-3.0 libnl-route-3.0 libpcap sqlite3 openssl jansson \
	yaml-0.1 libseccomp libcap libarchive libcurl
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wwrite-strings -Wpointer-arith -Wformat=2 \
	-Wundef -Wvla -Wcast-qual -Wswitch-enum -Wimplicit-fallthrough \
	$(if $(WERROR),-Werror)
HARDEN := -fstack-protector-strong -D_FORTIFY_SOURCE=2
LINK := -Wl,-z,relro,-z,now -Wl,--as-needed
ifneq ($(SAN),)
HARDEN := -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=undefined \
	-DASSAY_SANITIZED
LINK += -fsanitize=$(SAN)
endif
ifneq ($(COV),)
HARDEN := --coverage -DASSAY_COVERAGE
LINK += --coverage
endif
VERSION := $(shell sed -n 's/^\#\# \([0-9.]*\).*/\1/p' CHANGES.md 2>/dev/null | head -n 1)
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
CHECK_LIBS := $(shell $(PKG_CONFIG) --libs check 2>/dev/null)
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DASSAY_VERSION='"$(VERSION)"' -I. -fPIC \
	-fvisibility=hidden $(WARN) $(HARDEN) -MMD -MP $(PKG_CFLAGS) $(CFLAGS)
LIBS := $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null)
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$@';)

objs = $(patsubst %.c,$(B)/%.o,$(1))
ROOMS := base protocols captures scenarios catalogue documents records signing bundles judging reports
WORKER_SRC := $(wildcard daemon/worker/*.c)
DAEMON_SRC := $(filter-out $(WORKER_SRC),$(wildcard daemon/*/*.c))
PROBES := $(patsubst probes/%.c,$(B)/probes/%.so,$(wildcard probes/*.c))
TEST_PROBES := $(patsubst tests/probes/%.c,$(B)/tests/probes/%.so,$(wildcard tests/probes/*.c))
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(wildcard tests/unit/check_*.c))
TEST_LIB_SRC := $(filter-out tests/unit/check_%,$(wildcard tests/unit/*.c))
TOOLS := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/bench/*.c tests/netns/*.c tests/devices/*.c))
# The device of a small stack is built where liblwip-dev is.
PKGS_lwip-device := lwip
ifeq ($(shell $(PKG_CONFIG) --exists $(PKGS_lwip-device) && echo yes),)
TOOLS := $(filter-out $(B)/tests/devices/lwip-device,$(TOOLS))
endif
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
PROGRAMS := $(B)/assayd $(B)/assay-worker $(B)/assayctl

all: $(PROGRAMS) $(PROBES)

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# What the compiler says of a file, without the code of it: for the second
# compiler of lint.
$(B)/%.said: %.c Makefile
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MF $@.d -fsyntax-only $< && touch $@

# The rooms as archives: a program takes from each what it needs.
define room
$(B)/lib$(1).a: $$(call objs,$$(wildcard $(1)/*.c))
endef
$(foreach r,$(ROOMS),$(eval $(call room,$(r))))
$(B)/libdaemon.a: $(call objs,$(DAEMON_SRC))
$(B)/libworker.a: $(call objs,$(filter-out daemon/worker/worker.c,$(WORKER_SRC)))
$(B)/libclient.a: $(call objs,$(filter-out client/assayctl.c,$(wildcard client/*.c)))
$(B)/libtest.a: $(call objs,$(TEST_LIB_SRC))
$(B)/lib%.a:
	@mkdir -p $(@D); rm -f $@
	$(call say,AR)$(AR) rcs $@ $^

ROOM_LIBS := $(B)/libbundles.a $(B)/libsigning.a $(B)/librecords.a $(B)/libcaptures.a \
	$(B)/libcatalogue.a $(B)/libdocuments.a $(B)/libscenarios.a $(B)/libprotocols.a $(B)/libbase.a
$(B)/assayd: $(B)/daemon/assayd.o $(B)/libdaemon.a $(ROOM_LIBS)
	$(call say,LINK)$(CC) $(LINK) -pie $(LDFLAGS) -o $@ $^ $(LIBS)
$(B)/assay-worker: $(B)/daemon/worker/worker.o $(call objs,$(filter-out daemon/worker/worker.c,$(WORKER_SRC))) $(ROOM_LIBS)
	$(call say,LINK)$(CC) $(LINK) -pie $(LDFLAGS) -Wl,--export-dynamic-symbol='assay_*' -o $@ $^ $(LIBS) -ldl
$(B)/assayctl: $(B)/client/assayctl.o $(B)/libclient.a $(B)/libjudging.a $(B)/libreports.a $(B)/libdaemon.a $(ROOM_LIBS)
	$(call say,LINK)$(CC) $(LINK) -pie $(LDFLAGS) -o $@ $^ $(LIBS)

# A probe takes the codecs it needs with it; the contract's functions come
# from the worker.
# One that outgrows its file has a folder of its name beside it.
PKGS_tls_flaws := openssl
.SECONDEXPANSION:
$(B)/%.so: $(B)/%.o $$(call objs,$$(wildcard $$*/*.c)) $(B)/libprotocols.a
	$(call say,LINK)$(CC) $(LINK) -shared $(LDFLAGS) -o $@ $^ $(if $(PKGS_$(notdir $*)),$(shell $(PKG_CONFIG) --libs $(PKGS_$(notdir $*))))

TEST_LIBS = $(B)/libtest.a $(B)/libclient.a $(B)/libjudging.a $(B)/libdaemon.a $(B)/libworker.a $(B)/libreports.a $(ROOM_LIBS)
$(B)/tests/unit/check_%: $(B)/tests/unit/check_%.o $(TEST_LIBS)
	$(call say,LINK)$(CC) $(LINK) $(LDFLAGS) -o $@ $< $(TEST_LIBS) $(TEST_LIBS) $(LIBS) $(CHECK_LIBS) -ldl
$(B)/tests/devices/lwip-device.o $(B)/tests/devices/lwip-device.said: ALL_CFLAGS += $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags $(PKGS_lwip-device) 2>/dev/null))
$(TOOLS): $(B)/tests/%: $(B)/tests/%.o $(ROOM_LIBS)
	$(call say,LINK)$(CC) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS) $(if $(PKGS_$(notdir $*)),$(shell $(PKG_CONFIG) --libs $(PKGS_$(notdir $*))))

# Fuzzers: the same file with tests/fuzz/replay.c runs the corpus anywhere, and
# with libFuzzer searches on from it: a kind of build of its own, see fuzz.
# A probe that is fuzzed runs in the fake job of the unit tests.
FAKE_JOB := $(call objs,$(wildcard tests/unit/fake_*.c))
FUZZ_LIBS = $(B)/libfake.a $(B)/libjudging.a $(B)/libdaemon.a $(B)/libworker.a $(ROOM_LIBS)
$(B)/libfake.a: $(FAKE_JOB)
$(B)/fuzz/%: $(B)/tests/fuzz/%.o $(FUZZ_LIBS)
	@mkdir -p $(@D)
	$(call say,LINK)$(CC) $(LINK) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(LIBS)
$(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/replay.o $(FUZZ_LIBS)
	$(call say,LINK)$(CC) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS)

setup-%:
	@tools/setup $*

tests-built: all $(UNIT) $(TEST_PROBES) $(TOOLS) $(FUZZERS:%=$(B)/tests/fuzz/%)
SOURCES := $(shell git ls-files --cached --others --exclude-standard -- '*.c' 2>/dev/null)
ifeq ($(filter %/lwip-device,$(TOOLS)),)
SOURCES := $(filter-out %/lwip-device.c,$(SOURCES))
endif
warnings: $(patsubst %.c,$(B)/%.said,$(SOURCES))
demo: setup-demo
	@$(MAKE) --no-print-directory all $(B)/.demo-ready
	@tests/devices/demo $(B)
$(B)/.demo-ready: $(TOOLS)
	@touch $@
check: setup-check
	@$(MAKE) --no-print-directory tests-built
	@tests/run $(B)
# Debian's own kernel, in QEMU; `make check` runs it too.
check-vm: setup-vm
	@$(MAKE) --no-print-directory tests-built
	@tests/vm/run $(B) || [ $$? = 77 ]
bench: setup-bench
	@$(MAKE) --no-print-directory tests-built
	@tests/bench/run $(B)
lint: setup-lint
	@tools/lint $(B)
format:
	@clang-format -i $$(git ls-files --cached --others --exclude-standard '*.c' '*.h')
coverage: setup-check
	@$(MAKE) --no-print-directory COV=1 tests-built
	@tools/coverage build/kind-cov
fuzz: setup-fuzz
	@$(MAKE) --no-print-directory CC=$(CLANG) SAN=fuzzer-no-link,address,undefined \
	  B=build/kind-fuzz fuzzers
	@tests/fuzz/run build/kind-fuzz $(T)
fuzzers: $(FUZZERS:%=$(B)/fuzz/%)

# make probe NAME=proto.claim [CHECK=NET-02]: a skeleton that builds and passes
probe:
	@tools/new-probe $(NAME) $(CHECK)

install: all
	$(INSTALL) -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR)/probes \
	  $(DESTDIR)$(DATADIR)/scenarios $(DESTDIR)$(DATADIR)/messages $(DESTDIR)$(DATADIR)/schemas \
	  $(DESTDIR)$(DATADIR)/profiles $(DESTDIR)$(DATADIR)/methods $(DESTDIR)$(DATADIR)/catalogue/schemes $(DESTDIR)$(DATADIR)/catalogue/checks $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(SYSCONFDIR) $(DESTDIR)$(UNITDIR) $(DESTDIR)$(PREFIX)/lib/sysusers.d
	$(INSTALL) -m 0755 $(B)/assayd $(DESTDIR)$(SBINDIR)/assayd
	$(INSTALL) -m 0755 $(B)/assayctl $(DESTDIR)$(BINDIR)/assayctl
	$(INSTALL) -m 0755 $(B)/assay-worker $(DESTDIR)$(LIBDIR)/assay-worker
	$(INSTALL) -m 0644 $(PROBES) $(DESTDIR)$(LIBDIR)/probes
	$(INSTALL) -m 0644 $(wildcard scenarios/*.yaml) $(DESTDIR)$(DATADIR)/scenarios
	$(INSTALL) -m 0644 $(wildcard etc/messages/*.yaml) $(DESTDIR)$(DATADIR)/messages
	$(INSTALL) -m 0644 $(wildcard etc/schemas/*.json) $(DESTDIR)$(DATADIR)/schemas
	$(INSTALL) -m 0644 $(wildcard etc/profiles/*.yaml) $(DESTDIR)$(DATADIR)/profiles
	$(INSTALL) -m 0644 $(wildcard etc/methods/*.yaml) $(DESTDIR)$(DATADIR)/methods
	$(INSTALL) -m 0644 $(wildcard etc/catalogue/*.yaml) $(DESTDIR)$(DATADIR)/catalogue
	$(INSTALL) -m 0644 $(wildcard etc/catalogue/schemes/*.yaml) $(DESTDIR)$(DATADIR)/catalogue/schemes
	$(INSTALL) -m 0644 $(wildcard etc/catalogue/checks/*.yaml) $(DESTDIR)$(DATADIR)/catalogue/checks
	$(INSTALL) -m 0644 client/assayctl.1 $(DESTDIR)$(MANDIR)/man1
	sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@LIBDIR@|$(LIBDIR)|g' -e 's|@DATADIR@|$(DATADIR)|g' etc/assayd.yaml > $(DESTDIR)$(SYSCONFDIR)/assayd.yaml.example
	sed -e 's|@SBINDIR@|$(SBINDIR)|g' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g' etc/assayd.service > $(DESTDIR)$(UNITDIR)/assayd.service
	$(INSTALL) -m 0644 etc/sysusers.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/assay.conf

clean:
	rm -rf build

.PHONY: all demo probe check check-vm bench lint format coverage fuzz fuzzers install clean tests-built warnings
.DELETE_ON_ERROR:
.SECONDARY:
-include $(shell [ -d $(B) ] && find $(B) -name '*.d' -type f 2>/dev/null)
