# What a fresh Debian 12 machine lacks. `make deps` is the only step that uses the network; the other
# targets run it only when a package is missing, and say so.
RUN_PACKAGES  := g++ binutils make python3 nasm qemu-system-x86 busybox-static e2fsprogs grub-common grub-pc-bin \
                 xorriso mtools
TEST_PACKAGES := libgtest-dev libgmock-dev python3-pytest python3-pytest-xdist musl-tools
LINT_PACKAGES := clang-format clang-tidy
BENCH_PACKAGES := cpio
BENCH_KERNEL  := linux-image-cloud-amd64
DEPS := $(RUN_PACKAGES) $(TEST_PACKAGES)

.PHONY: deps deps-quiet
deps: WANTED := $(DEPS) $(LINT_PACKAGES) $(BENCH_PACKAGES)
deps:
	@tools/install-packages $(WANTED)
	@tools/fetch-linux $(BENCH_KERNEL)
deps-quiet:
	@tools/install-packages $(DEPS)
