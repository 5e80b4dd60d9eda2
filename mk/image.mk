# Root file system, boot archive, GRUB ISO.
ROOT_PROGRAMS ?= $(shell $(MAKE) -s -C commands programs)
$(ROOT): commands FORCE
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
