#!/usr/bin/env python3
"""Fails when an object of the portable kernel holds variables of its own: all state is in Kernel and PerCpu
(kernel/kernel.hpp), so that a kernel can be made anew. Usage: check_kernel_state.py OBJECT..."""
import os
import subprocess
import sys

CROSS = os.environ.get("CROSS", "x86_64-linux-gnu-")
ALLOWED = {"kernel_state", "boot_cpu_state"}
WRITABLE = (".data", ".bss", ".tdata", ".tbss", "*COM*", "COMMON")


def variables(objects):
    """(object, demangled name) of everything in a section that can be written."""
    listing = subprocess.run([CROSS + "nm", "-C", "-A", "--format=sysv", *objects], check=True, capture_output=True,
                             text=True).stdout
    for line in listing.splitlines():
        fields = [field.strip() for field in line.split("|")]
        if len(fields) < 7 or not fields[-1].startswith(WRITABLE) or fields[-1].startswith(".data.rel.ro"):
            continue
        place, _, name = fields[0].partition(".o:")
        yield place + ".o", name.strip()


def main():
    found = [(place, name) for place, name in variables(sys.argv[1:]) if name not in ALLOWED]
    for place, name in found:
        print(f"{place}: {name}: state outside Kernel and PerCpu (kernel/kernel.hpp)", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
