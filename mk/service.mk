# Servers and drivers. One program from all of a folder's sources: SERVICE names it. Several: SERVICES
# names them, SOURCES_<name> the sources of each and SHARED those they all have. LIBRARIES are linked
# in that order, from LIBRARY_FOLDER. A live update takes only versions of the same service: VERSION_OF names it where a
# program has another name of its own.
SERVICES ?= $(SERVICE)
ifndef SERVICE
SOURCES := $(sort $(SHARED) $(foreach name,$(SERVICES),$(SOURCES_$(name))))
endif
include $(TOP)/mk/common.mk
include $(TOP)/mk/objects.mk

LIBRARIES ?= sef sys base
LIBRARY_FOLDER ?= $(BUILD)/lib
SCHEMA_TOOL ?= $(TOP)/tools/make_schema.py
# A State that cannot be carried over is an error; of a driver outside the tree a note (driver.mk).
SCHEMA_FLAGS ?= --require
SYMBOL_TOOL ?= $(wildcard $(TOP)/tools/symbol_table.py)
ARCHIVES := $(LIBRARIES:%=$(LIBRARY_FOLDER)/lib%.a)
PROGRAMS := $(SERVICES:%=$(BUILD)/services/%)
objects_of = $(patsubst %,$(OBJECTS_IN)/%.o,$(if $(SERVICE),$(SOURCES),$(SHARED) $(SOURCES_$(1))))
$(foreach name,$(SERVICES),$(eval $(BUILD)/services/$(name): $(call objects_of,$(name))))

all: $(PROGRAMS)
$(PROGRAMS): $(ARCHIVES) $(TOP)/lib/sys/service.ld $(SCHEMA_TOOL) $(SYMBOL_TOOL)
	@mkdir -p $(@D)
	@echo "  LINK  $(@F)"
	@$(CXX) -static -nostdlib -no-pie -Wl,-T,$(TOP)/lib/sys/service.ld -Wl,--gc-sections -Wl,--no-undefined \
	    -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,max-page-size=4096 -Wl,--no-warn-rwx-segments \
	    $(filter %.o,$^) -Wl,--start-group $(ARCHIVES) -Wl,--end-group -lgcc -o $@.debug
	@$(PYTHON) $(SCHEMA_TOOL) $(SCHEMA_FLAGS) --name=$(or $(VERSION_OF),$(@F)) $@.debug
	@$(CROSS)strip -o $@ $@.debug
	@$(if $(SYMBOL_TOOL),$(PYTHON) $(SYMBOL_TOOL) $@.debug $@)
.PHONY: all
