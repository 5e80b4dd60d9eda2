# The whole system as one program. Each service is linked by itself first: of its names only its start stays visible.
WHOLE := $(HOST_BUILD)/whole
WHOLE_SERVICES := servers/rs servers/vm servers/pm servers/vfs servers/ds servers/ext2 servers/tmpfs servers/procfs \
                  drivers/memory drivers/tty drivers/log
whole_sources = $(wildcard $(TOP)/$(1)/*.cpp $(TOP)/$(1)/*/*.cpp)

define whole_service
$(WHOLE)/$(notdir $(1)).o: $(call object_of,$(2))
	@mkdir -p $$(@D)
	@ld -r --force-group-allocation -o $$@.all $$^
	@objcopy --redefine-sym main=axo_main_$(notdir $(1)) --keep-global-symbol=axo_main_$(notdir $(1)) $$@.all $$@
endef
$(foreach service,$(WHOLE_SERVICES),$(eval $(call whole_service,$(service),$(call whole_sources,$(service)))))
hello_sources = $(addprefix $(TOP)/drivers/hello/,hello.cpp message.cpp $(1))
$(eval $(call whole_service,drivers/hello,$(call hello_sources,main.cpp)))
WHOLE_BROKEN := hello_fail hello_crash hello_scribbles hello_refuses
$(foreach name,$(WHOLE_BROKEN),$(eval $(call whole_service,$(name),$(call hello_sources,variants/$(name).cpp))))
$(eval $(call whole_service,hello2,$(addprefix $(TOP)/drivers/hello/,message.cpp variants/hello2.cpp variants/hello2_main.cpp)))
$(eval $(call whole_service,hello_migrate_crashes,$(addprefix $(TOP)/drivers/hello/,message.cpp variants/hello_migrate_crashes.cpp)))
$(eval $(call whole_service,vfs_fail,$(filter-out %/main.cpp,$(call whole_sources,servers/vfs)) $(TOP)/test/services/vfs/vfs_fail.cpp))

# What the States of those that are updated look like, from the debug information of their main alone,
# which sees every header of the service for that.
define whole_schema
$(WHOLE)/$(1).schema: $(TOP)/$(2) $(TOP)/lib/sef/schema.cpp $(TOP)/tools/make_schema.py
	@mkdir -p $$(@D) $(HOST_BUILD)/obj/schema
	@echo "  HOST  $(1).schema"
	@$(CXX) $(filter-out -fsanitize% -fno-sanitize% -g1 -O%,$(CXXFLAGS)) -g -MMD -MP -MT $$@ -MF $(HOST_BUILD)/obj/schema/$(1).d \
	    $$(addprefix -include ,$(wildcard $(TOP)/$(dir $(2))*/*.hpp)) -c $(TOP)/$(2) -o $(WHOLE)/$(1).main.o
	@$(CXX) $(filter-out -fsanitize% -fno-sanitize% -g1 -O%,$(CXXFLAGS)) -c $(TOP)/lib/sef/schema.cpp -o $(WHOLE)/$(1).table.o
	@ld -e 0 --unresolved-symbols=ignore-all $(WHOLE)/$(1).main.o $(WHOLE)/$(1).table.o -o $(WHOLE)/$(1).debug
	@python3 $(TOP)/tools/make_schema.py --require --name=$(3) $(WHOLE)/$(1).debug
	@objcopy -O binary --only-section=.axo.schema $(WHOLE)/$(1).debug $$@
endef
$(eval $(call whole_schema,hello,drivers/hello/main.cpp,hello))
$(eval $(call whole_schema,hello2,drivers/hello/variants/hello2_main.cpp,hello))
$(eval $(call whole_schema,hello_migrate_crashes,drivers/hello/variants/hello_migrate_crashes.cpp,hello))
$(eval $(call whole_schema,vfs,servers/vfs/main.cpp,vfs))
$(call object_of,$(TOP)/test/host/whole/entries.cpp): $(patsubst %,$(WHOLE)/%.schema,hello hello2 hello_migrate_crashes vfs)
$(call object_of,$(TOP)/test/host/whole/entries.cpp): CXXFLAGS += -Wa,-I$(WHOLE)

WHOLE_KERNEL := $(wildcard $(TOP)/kernel/*.cpp $(addprefix $(TOP)/kernel/,boot/*.cpp call/*.cpp ipc/*.cpp memory/*.cpp \
                process/*.cpp text/*.cpp))
WHOLE_LIBRARIES := $(filter-out $(addprefix $(TOP)/lib/,base/memory.cpp sys/trap.cpp sys/processor.cpp sys/start.cpp), \
                   $(wildcard $(addprefix $(TOP)/lib/,base/*.cpp sys/*.cpp sef/*.cpp driver/*.cpp fs/*.cpp)))
WHOLE_OWN := $(wildcard $(TOP)/test/host/whole/*.cpp)
WHOLE_VDSO := $(WHOLE)/lib/libvdso.a
$(WHOLE_VDSO):
	@$(MAKE) -C $(TOP)/lib/vdso BUILD=$(WHOLE)

# Text and constants have the same addresses in every run and lie below everything a process has of its own. Inline
# constants are "unique" symbols, which objcopy leaves visible: the same in all, so the first is taken (muldefs).
# What a program calls in a library for the first time is not looked up on its stack then (now): later runs do not.
# The table of a State is at schema_address, where every process has its own; and no image is scanned for: it is the
# host's, not below the arenas as the real one is.
$(HOST_BUILD)/whole_system_test: $(call object_of,$(WHOLE_OWN) $(WHOLE_KERNEL) $(WHOLE_LIBRARIES)) \
                                 $(patsubst %,$(WHOLE)/%.o,$(notdir $(WHOLE_SERVICES)) hello $(WHOLE_BROKEN) hello2 hello_migrate_crashes vfs_fail) $(WHOLE_VDSO)
	@echo "  LINK  $(@F)"
	@$(CXX) $(CXXFLAGS) -no-pie -Wl,-z,muldefs,-z,now \
	    -Wl,--section-start=.axo.schema=0x40000000,--defsym=axo_image_end=0x5c00000 $^ -lgtest -lgtest_main -lpthread -o $@
