# Tests: host unit tests under ASan and UBSan, then system tests in QEMU. TEST=expression selects.
HOST_BUILD := $(CURDIR)/build/host
TEST ?=

.PHONY: test test-host test-system test-build soak bench lint format
test: deps-quiet
	@$(MAKE) KIND=test test-build
	@AXO_BUILD=$(CURDIR)/build/test $(PYTHON) tools/run_tests.py $(if $(TEST),-k "$(TEST)")

test-build:
	@$(MAKE) -C test/host HOST_BUILD=$(HOST_BUILD)
	@$(MAKE) -C test/guest
	@$(MAKE) -C commands
	@$(MAKE) $(ISO) ROOT_PROGRAMS="$$($(MAKE) -s -C commands programs) $$($(MAKE) -s -C test/guest programs)"

test-host:
	@$(MAKE) -C test/host HOST_BUILD=$(HOST_BUILD) run

soak: deps-quiet
	@$(MAKE) KIND=test test-build
	@AXO_BUILD=$(CURDIR)/build/test $(PYTHON) tools/run_tests.py --soak

bench: deps-quiet
	@$(MAKE) KIND=release $(KERNEL) $(ARCHIVE)
	@$(MAKE) -C test/guest
	@$(MAKE) -C test/bench
	@AXO_BUILD=$(CURDIR)/build/release PYTHONPATH=test/system $(PYTHON) tools/bench.py

CPP_FILES = $(shell git ls-files '*.cpp' '*.hpp')
lint:
	@tools/install-packages $(LINT_PACKAGES)
	@clang-format --dry-run --Werror $(CPP_FILES)
	@tools/tidy $(filter-out test/%,$(filter %.cpp,$(CPP_FILES)))
format:
	@clang-format -i $(CPP_FILES)
