# Kernel, libraries, services: each by the Makefile in its own folder.
.PHONY: libraries services kernel
libraries: $(LIBRARIES:%=library-%)
services: $(SERVERS:%=server-%) $(DRIVERS:%=driver-%) $(if $(filter test,$(KIND)),test-services)
.PHONY: test-services
test-services: libraries server-vfs
	@$(MAKE) -C test/services all
	@$(MAKE) -C test/services/vfs all
library-%:
	@$(MAKE) -C lib/$* all
server-%: libraries
	@$(MAKE) -C servers/$* all
driver-%: libraries
	@$(MAKE) -C drivers/$* all
kernel:
	@$(MAKE) -C kernel all
$(KERNEL): kernel ;
