# `make demo`: boots, shows what the system is for, and switches itself off.
.PHONY: demo
demo: deps-quiet
	@$(MAKE) $(KERNEL) $(ARCHIVE)
	@APPEND="$(APPEND) init=/demo" tools/run $(KERNEL) $(ARCHIVE)
