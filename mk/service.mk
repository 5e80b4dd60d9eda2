# A server or driver: SERVICE names it, LIBRARIES are those it is linked with, in link order.
include $(TOP)/mk/common.mk
include $(TOP)/mk/objects.mk

LIBRARIES ?= sef sys base
ARCHIVES := $(patsubst %,$(BUILD)/lib/lib%.a,$(LIBRARIES))
PROGRAM := $(BUILD)/services/$(SERVICE)

all: $(PROGRAM)
$(PROGRAM): $(OBJECTS) $(ARCHIVES) $(TOP)/lib/sys/service.ld
	@mkdir -p $(@D)
	@echo "  LINK  $(SERVICE)"
	@$(CXX) -static -nostdlib -no-pie -Wl,-T,$(TOP)/lib/sys/service.ld -Wl,--gc-sections -Wl,--no-undefined \
	    -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,max-page-size=4096 -Wl,--no-warn-rwx-segments \
	    $(OBJECTS) -Wl,--start-group $(ARCHIVES) -Wl,--end-group -lgcc -o $@.debug
	@$(CROSS)strip -o $@ $@.debug
.PHONY: all
