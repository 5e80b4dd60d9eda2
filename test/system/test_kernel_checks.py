"""The checks of the kernel's build, on small objects that the test compiles itself."""
import pathlib
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
CXX = "x86_64-linux-gnu-g++"


@pytest.fixture
def state_check(tmp_path):
    def run(text):
        source, result = tmp_path / "part.cpp", tmp_path / "part.cpp.o"
        source.write_text(text)
        subprocess.run([CXX, "-std=c++23", "-O2", "-fno-pic", "-fdata-sections", "-c", source, "-o", result], check=True)
        return subprocess.run([TOP / "tools/check_kernel_state.py", result], capture_output=True, text=True)
    return run


@pytest.mark.parametrize("name,text", [
    ("count", "namespace { int count; } int next() { return ++count; }"),
    ("table", "int table[] = {1, 2};"),
    ("shared", "inline int shared; int *get() { return &shared; }"),
    ("inside", "int f() { static int inside = 3; return ++inside; }"),
    ("each", "thread_local int each; int *get() { return &each; }"),
])
def test_a_variable_outside_kernel_and_per_cpu_stops_the_build(state_check, name, text):
    result = state_check(text)
    assert result.returncode == 1
    assert "part.cpp.o" in result.stderr and name in result.stderr


def test_constants_and_the_two_objects_pass(state_check):
    result = state_check('int kernel_state asm("kernel_state"); extern const char *const names[] = {"a", "b"};'
                         "constexpr int limit = 3; const int *where() { return &limit; }")
    assert result.returncode == 0, result.stderr


@pytest.fixture
def source_check(tmp_path):
    def run(text, name="process/part.cpp"):
        source = tmp_path / name
        source.parent.mkdir(parents=True)
        source.write_text(text)
        return subprocess.run([TOP / "tools/check_kernel_sources.py", tmp_path], capture_output=True, text=True)
    return run


@pytest.mark.parametrize("text,said", [
    ('#include "kernel/arch/x86_64/vectors.hpp"\n', "part.cpp:1: includes"),
    ("\nvoid f(Registers &r) { r.rflags |= 0x100; }\n", "part.cpp:2: names rflags"),
    ("bool f(u64 e) { return e & entry_bit::present; }\n", "part.cpp:1: names entry_bit"),
])
def test_a_portable_file_that_knows_the_processor_stops_the_build(source_check, text, said):
    result = source_check(text)
    assert result.returncode == 1
    assert said in result.stderr


def test_what_the_makefile_chooses_may_be_included_and_registers_spoken_of(source_check):
    result = source_check('#include "kernel/arch/arch.hpp"\n#include "arch/registers.hpp"\n// rax\nlog("rip %lx", x);\n')
    assert result.returncode == 0, result.stderr


def test_the_processors_own_folder_may_know_it(source_check):
    result = source_check('#include "kernel/arch/x86_64/vectors.hpp"\nlong rax;\n', "arch/x86_64/part.cpp")
    assert result.returncode == 0, result.stderr
