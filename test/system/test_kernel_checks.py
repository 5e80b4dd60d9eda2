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
