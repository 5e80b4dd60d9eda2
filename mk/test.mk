# Tests: host unit tests under ASan and UBSan, then system tests in QEMU. TEST=expression selects.
HOST_BUILD := $(CURDIR)/build/host
# Named here, since this make exports the BUILD and CHECKED of its own kind.
TEST_BUILD := $(CURDIR)/build/test
TEST ?=

.PHONY: test test-host test-system test-build test-build-selected test-image replay fuzz soak bench profile lint format
test: deps-quiet
	@$(MAKE) KIND=test BUILD=$(TEST_BUILD) CHECKED=1 $(if $(TEST),test-build-selected,test-build)
	@AXO_BUILD=$(TEST_BUILD) AXO_RECORD=$(RECORD) $(PYTHON) tools/run_tests.py $(if $(TEST),-k "$(TEST)")

# TEST selects programs on the host by their names; the image is built if a system test's file or function has the name.
SYSTEM_NAMES = grep -qE '(def test_\w*|^)($(subst $(space)or$(space),|,$(TEST)))' test/system/test_*.py || \
               ls test/system | grep -qE '$(subst $(space)or$(space),|,$(TEST))'
space := $(subst ,, )
test-build-selected:
	@$(MAKE) -C test/host HOST_BUILD=$(HOST_BUILD) ONLY='$(subst $(space)or$(space),|,$(TEST))'
	@$(MAKE) -C test/fuzz HOST_BUILD=$(HOST_BUILD) ONLY='$(subst $(space)or$(space),|,$(TEST))'
	@if $(SYSTEM_NAMES); then $(MAKE) test-image; fi

test-build:
	@$(MAKE) -C test/host HOST_BUILD=$(HOST_BUILD)
	@$(MAKE) -C test/fuzz HOST_BUILD=$(HOST_BUILD)
	@$(MAKE) test-image

test-image:
	@$(MAKE) -C test/guest
	@$(MAKE) -C commands
	@$(MAKE) $(ISO) ROOT_PROGRAMS="$$($(MAKE) -s -C commands programs) \
	    $$($(MAKE) -s -C test/guest programs) $(DRIVER_PROGRAMS) $(DEMO_PROGRAMS) \
	    $(BROKEN_PROGRAMS) $(TEST_SERVICES)"

# A test that failed under RECORD=1, again instruction by instruction; GDB=1 waits for gdb (GDB=port chooses it).
replay:
	@$(PYTHON) tools/replay.py "$(TEST)" $(if $(GDB),--gdb $(if $(filter 1,$(GDB)),1234,$(GDB)))

test-host:
	@$(MAKE) -C test/host HOST_BUILD=$(HOST_BUILD) run

fuzz: deps-quiet
	@$(MAKE) -C test/fuzz HOST_BUILD=$(HOST_BUILD) long SECONDS=$(or $(SECONDS),60)

soak: deps-quiet
	@$(MAKE) KIND=test BUILD=$(TEST_BUILD) CHECKED=1 test-build
	@AXO_BUILD=$(TEST_BUILD) $(PYTHON) tools/run_tests.py --soak

bench: deps-quiet
	@$(MAKE) KIND=release $(KERNEL) $(ARCHIVE)
	@$(MAKE) -C test/guest
	@$(MAKE) -C test/bench
	@$(MAKE) -C test/bench/ipc
	@AXO_BUILD=$(CURDIR)/build/release PYTHONPATH=test/system $(PYTHON) tools/bench.py

profile: deps-quiet
	@$(MAKE) KIND=release $(KERNEL) $(ARCHIVE)
	@$(MAKE) -C test/bench
	@AXO_BUILD=$(CURDIR)/build/release PYTHONPATH=test/system $(PYTHON) tools/profile_row.py $(ROW)

CPP_FILES = $(shell git ls-files '*.cpp' '*.hpp')
lint:
	@tools/install-packages $(LINT_PACKAGES)
	@clang-format --dry-run --Werror $(CPP_FILES)
	@tools/tidy $(filter-out test/%,$(filter %.cpp,$(CPP_FILES)))
format:
	@clang-format -i $(CPP_FILES)
