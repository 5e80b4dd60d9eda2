# Flags and places every component shares. TOP is the tree's root, set by whoever includes this.
.DEFAULT_GOAL := all
BUILD    ?= $(TOP)/build/release
CHECKED  ?= 0
CROSS    ?= x86_64-linux-gnu-
CXX      := $(CROSS)g++
AR       := $(CROSS)gcc-ar
NASM     ?= nasm
PYTHON   ?= /usr/bin/python3

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast \
            -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Wundef -Wcast-align

# Freestanding C++ for kernel and services alike.
CXXFLAGS := -std=c++23 -O2 -g -ffreestanding -fno-exceptions -fno-rtti -fno-stack-protector \
            -fno-omit-frame-pointer -fno-pic -fno-pie -ffunction-sections -fdata-sections \
            -fno-threadsafe-statics -fno-asynchronous-unwind-tables $(WARNINGS) -I$(TOP)/include -I$(TOP)
ifeq ($(CHECKED),1)
CXXFLAGS += -DAXO_CHECKED=1
KERNEL_CHECKS := -fsanitize=undefined -fsanitize-undefined-trap-on-error
else
CXXFLAGS += -DAXO_CHECKED=0
endif
# Neither kernel nor services use SSE: the extended state always belongs to a user program, and an
# IPC never has to save it.
CXXFLAGS += -mgeneral-regs-only
KERNEL_FLAGS := -mcmodel=kernel -mno-red-zone $(KERNEL_CHECKS)

# Where this component's objects go: build/<kind>/obj/<path in the tree>.
HERE     ?= $(patsubst $(abspath $(TOP))/%,%,$(CURDIR))
OBJECTS_IN := $(BUILD)/obj/$(HERE)
