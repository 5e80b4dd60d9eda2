# Axolotl: `make run` boots to a shell, `make test` proves the system. `make` alone lists the targets.
TOP      := .
KIND     ?= release
BUILD    ?= $(CURDIR)/build/$(KIND)
CHECKED  ?= $(if $(filter test,$(KIND)),1,0)
ACCEL    ?= tcg
MACHINE  ?= pc
MEMORY   ?= 256
CPU      ?= $(if $(filter kvm,$(ACCEL)),host,max)
ROOT_MB  ?= 32
OVERLAY  ?=
APPEND   ?=
PYTHON   ?= /usr/bin/python3
MAKEFLAGS += --no-print-directory --silent
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif
export BUILD CHECKED PYTHON

LIBRARIES := base sys sef driver fs vdso
SERVERS   := rs vm pm vfs ds ext2 tmpfs procfs
DRIVERS   := tty memory log hello random pci edu
KERNEL    := $(BUILD)/kernel/axolotl.elf
ARCHIVE   := $(BUILD)/boot.axo
ROOT      := $(BUILD)/root.img
ISO       := $(BUILD)/axolotl.iso

.PHONY: help
help:
	@echo "Axolotl targets:"
	@echo "  make run      install what is missing, build, boot in QEMU to a root shell (poweroff ends it)"
	@echo "  make demo     boot and watch drivers being crashed, hung and updated, unattended"
	@echo "  make test     host unit tests and system tests in QEMU"
	@echo "  make deps     install the Debian packages that are needed; the only step that uses the network"
	@echo "  make image    kernel, boot archive, root image (OVERLAY=dir copies a tree into it) and GRUB ISO"
	@echo "  make iso-run  boot the GRUB ISO instead of the kernel directly"
	@echo "  make bench    instruction counts beside stock Linux"
	@echo "  make profile  where the instructions of one row of the benchmark go: ROW=syscall_getppid"
	@echo "  make replay   run a recorded failure again: TEST=name, GDB=1 (docs/testing.md)"
	@echo "  make soak     long campaigns"
	@echo "  make sdk      headers and libraries for drivers outside the tree (docs/writing-a-driver.md)"
	@echo "  make lint     clang-format and clang-tidy"
	@echo "  make debug    boot stopped, with QEMU's gdb stub on port 1234"
	@echo "  make clean    remove everything that was built"
	@echo "Variables: ACCEL=kvm MACHINE=q35 MEMORY=64 CPU=qemu64 ROOT_MB=8 OVERLAY=dir APPEND='init=/bin/sh' QEMU_FLAGS=..."

include mk/deps.mk
include mk/parts.mk
include mk/image.mk
include mk/sdk.mk
include mk/demo.mk
include mk/test.mk

.PHONY: all image run iso-run debug clean
all: $(KERNEL) services
image: deps-quiet
	@$(MAKE) $(ISO)

run: deps-quiet
	@$(MAKE) $(KERNEL) $(ARCHIVE)
	@tools/run $(KERNEL) $(ARCHIVE)
iso-run: image
	@tools/run --iso $(ISO)
debug: deps-quiet
	@$(MAKE) $(KERNEL) $(ARCHIVE)
	@echo "gdb $(KERNEL).debug -ex 'target remote :1234'"
	@QEMU_FLAGS="-s -S $(QEMU_FLAGS)" tools/run $(KERNEL) $(ARCHIVE)
export ACCEL MACHINE MEMORY CPU APPEND QEMU_FLAGS

clean:
	rm -rf build
