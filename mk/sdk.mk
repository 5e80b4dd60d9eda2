# build/sdk: all that a driver outside the tree is built with (docs/writing-a-driver.md).
SDK ?= $(CURDIR)/build/sdk
SDK_LIBRARIES := base sys sef driver
.PHONY: sdk
sdk: deps-quiet libraries
	@echo "  SDK   $(SDK)"
	@rm -rf $(SDK) && mkdir -p $(SDK)/mk $(SDK)/tools
	@cp -r include $(SDK)/
	@for name in $(SDK_LIBRARIES); do \
	    mkdir -p $(SDK)/lib/$$name && cp lib/$$name/*.hpp $(SDK)/lib/$$name/ && cp $(BUILD)/lib/lib$$name.a $(SDK)/lib/; done
	@cp lib/sys/service.ld $(SDK)/lib/sys/
	@cp mk/common.mk mk/objects.mk mk/service.mk $(SDK)/mk/ && cp mk/driver.mk $(SDK)/
	@cp tools/make_schema.py tools/dwarf.py tools/embed_symbols.py tools/symbol_table.py $(SDK)/tools/
	@echo "CHECKED := $(CHECKED)  # as the libraries here were built" >$(SDK)/mk/settings.mk
