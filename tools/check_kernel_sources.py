#!/usr/bin/env python3
"""Fails when a portable file of the kernel knows the processor: it includes a header of one (`kernel/arch/NAME/...`), or
names a register or a bit of a page-table entry. What it may use is kernel/arch/*.hpp and the types of arch/*.hpp, which
the Makefile chooses. Usage: check_kernel_sources.py FOLDER (the kernel's)"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'#include\s+["<](kernel/arch/\w+/|.*x86_64)')
NAMES = re.compile(r"\b(r[abcd]x|r[sd]i|r[bs]p|rip|rflags|r(?:8|9|1[0-5])|[fg]s_base|cr[0-4]|entry_bit)\b")
COMMENT = re.compile(r"//.*|\"(?:[^\"\\]|\\.)*\"")


def faults(file):
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if INCLUDE.search(line):
            yield number, "includes a header of one processor"
        elif not line.startswith("#include"):
            for name in NAMES.findall(COMMENT.sub("", line)):
                yield number, f"names {name}, which is the processor's"


def portable(folder):
    """All sources but those below a processor's folder."""
    for file in sorted(folder.rglob("*.[ch]pp")):
        parts = file.relative_to(folder).parts
        if not (parts[0] == "arch" and len(parts) > 2):
            yield file


def main():
    folder = pathlib.Path(sys.argv[1])
    found = [(file, number, what) for file in portable(folder) for number, what in faults(file)]
    for file, number, what in found:
        print(f"{file}:{number}: {what}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
