# Root file system, boot archive, GRUB ISO.
# FILE=/place for each program on it. Drivers here are started by `service`, not from the archive.
at_place = $(foreach name,$(1),$(BUILD)/services/$(name)=$(2)/$(name))
DRIVER_PROGRAMS = $(call at_place,hello hello2 random pci edu,/usr/sbin) $(BOOT_PROGRAMS)
# Of the boot archive's services those that can be updated; not in the shell's path, where another `tty` is.
BOOT_PROGRAMS   = $(call at_place,log memory tty procfs vfs ds,/usr/lib/services)
BROKEN_HELLOS   = $(addprefix hello_,crash fail hang waits never scribbles late unsaved refuses migrate_fails migrate_crashes \
                    migrate_hangs loses_state) $(addprefix hello2_,crash fail hang)
BROKEN_PROGRAMS = $(call at_place,$(BROKEN_HELLOS),/test)
BROKEN_VFS      = $(addprefix vfs_,crash fail hang unsaved never changed)
TEST_SERVICES   = $(call at_place,mapper probe $(BROKEN_VFS),/test)
DEMO_PROGRAMS   = etc/demo.sh=/demo $(call at_place,hello2_crash,/usr/lib/demo)
ROOT_PROGRAMS ?= $(shell MAKEFLAGS= $(MAKE) -s -C commands programs) $(DRIVER_PROGRAMS) $(DEMO_PROGRAMS)
$(ROOT): commands services FORCE
	@echo "  ROOT  $(ROOT_MB) MiB"
	@$(PYTHON) tools/make_root.py --output $@ --megabytes $(ROOT_MB) --etc etc/root \
	    $(if $(OVERLAY),--overlay $(OVERLAY)) $(ROOT_PROGRAMS:%=--program %)
$(ARCHIVE): services $(ROOT) etc/boot.conf tools/make_archive.py
	@$(PYTHON) tools/make_archive.py --table etc/boot.conf --services $(BUILD)/services --root $(ROOT) --output $@
$(ISO): kernel $(ARCHIVE) etc/grub.cfg
	@echo "  ISO   $(notdir $@)"
	@rm -rf $(BUILD)/iso && mkdir -p $(BUILD)/iso/boot/grub
	@cp $(KERNEL) $(ARCHIVE) $(BUILD)/iso/boot/ && cp etc/grub.cfg $(BUILD)/iso/boot/grub/
	@grub-mkrescue -o $@ $(BUILD)/iso >$(BUILD)/grub.log 2>&1 || { cat $(BUILD)/grub.log; exit 1; }
.PHONY: commands
commands:
	@$(MAKE) -C commands all

.PHONY: FORCE
FORCE:
