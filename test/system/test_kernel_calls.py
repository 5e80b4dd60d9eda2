"""docs/kernel-calls.md says of every kernel call which class stands beside its number."""
import pathlib
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]


def test_page_of_kernel_calls_is_what_the_list_says():
    check = subprocess.run([sys.executable, TOP / "tools/kernel_call_table.py", "--check"], capture_output=True, text=True)
    assert check.returncode == 0, check.stderr
