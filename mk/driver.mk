# For drivers outside the tree; `make sdk` copies it to build/sdk. DRIVER names the program, SOURCES its
# sources (default: every .cpp in the folder). The program is build/services/<DRIVER>.
TOP            := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
SERVICE        := $(DRIVER)
BUILD          := $(CURDIR)/build
HERE           := .
LIBRARIES      := driver sef sys base
LIBRARY_FOLDER := $(TOP)/lib
SCHEMA_FLAGS   :=
include $(TOP)/mk/settings.mk
include $(TOP)/mk/service.mk

clean:
	rm -rf $(BUILD)
.PHONY: clean
