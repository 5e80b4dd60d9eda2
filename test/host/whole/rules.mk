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
$(eval $(call whole_service,drivers/hello,$(addprefix $(TOP)/drivers/hello/,hello.cpp message.cpp main.cpp)))

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
$(HOST_BUILD)/whole_system_test: $(call object_of,$(WHOLE_OWN) $(WHOLE_KERNEL) $(WHOLE_LIBRARIES)) \
                                 $(patsubst %,$(WHOLE)/%.o,$(notdir $(WHOLE_SERVICES)) hello) $(WHOLE_VDSO)
	@echo "  LINK  $(@F)"
	@$(CXX) $(CXXFLAGS) -no-pie -Wl,-z,muldefs,-z,now $^ -lgtest -lgtest_main -lpthread -o $@
