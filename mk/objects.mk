# Turns SOURCES (default: every .cpp and .asm in the folder, and .cpp one folder below) into OBJECTS.
SOURCES ?= $(wildcard *.cpp *.asm */*.cpp)
OBJECTS := $(patsubst %,$(OBJECTS_IN)/%.o,$(SOURCES))

$(OBJECTS_IN)/%.cpp.o: %.cpp
	@mkdir -p $(@D)
	@echo "  CXX   $(HERE)/$<"
	@$(CXX) $(CXXFLAGS) $(EXTRA_FLAGS) -MMD -MP -MT $@ -c $< -o $@

$(OBJECTS_IN)/%.asm.o: %.asm
	@mkdir -p $(@D)
	@echo "  NASM  $(HERE)/$<"
	@$(NASM) -f elf64 -g -F dwarf -I$(TOP)/ -MD $(@:.o=.d) -MP $< -o $@

-include $(OBJECTS:.o=.d)
