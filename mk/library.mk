# A static library of the system's own: LIBRARY names it.
include $(TOP)/mk/common.mk
include $(TOP)/mk/objects.mk

ARCHIVE := $(BUILD)/lib/lib$(LIBRARY).a
all: $(ARCHIVE)
$(ARCHIVE): $(OBJECTS)
	@mkdir -p $(@D)
	@rm -f $@
	@$(AR) rcs $@ $(OBJECTS)
.PHONY: all
