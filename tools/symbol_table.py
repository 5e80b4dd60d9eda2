#!/usr/bin/env python3
"""Adds a service's function names to its stripped image, as section .axo.symbols (servers/rs/command/symbols.cpp), not loaded.

symbol_table.py PROGRAM.debug PROGRAM
"""
import struct
import subprocess
import sys
import tempfile

from embed_symbols import CROSS, shortened

IMAGE = 0x5C00000  # layout.hpp, service_image


def functions(image):
    """(offset, name) of every function, ascending, one name per address."""
    listing = subprocess.run([CROSS + "nm", "-C", "-n", image], check=True, capture_output=True, text=True).stdout
    found = {}
    for line in listing.splitlines():
        address, kind, name = line.split(" ", 2) if line[0] != " " else ("0", "U", "")
        if kind in "tTwW" and int(address, 16) >= IMAGE:
            found.setdefault(int(address, 16) - IMAGE, shortened(name).replace("axo::", "").split(" ")[-1][:63])
    return sorted(found.items())


def table(symbols):
    entries, names, positions = b"", b"", {}
    for offset, name in symbols:
        if name not in positions:
            positions[name] = len(names)
            names += name.encode() + b"\0"
        entries += struct.pack("<II", offset, positions[name])
    return struct.pack("<II", len(symbols), 0) + entries + names


def main():
    debug, program = sys.argv[1:]
    with tempfile.NamedTemporaryFile() as file:
        file.write(table(functions(debug)))
        file.flush()
        subprocess.run([CROSS + "objcopy", "--add-section", f".axo.symbols={file.name}", program], check=True)


if __name__ == "__main__":
    main()
