#!/usr/bin/env python3
"""Writes the kernel's function names into its own `.symbols` section (kernel/text/symbols.hpp), in place, after linking.

The section's size is fixed in link.ld, so that nothing moves. If the table outgrows it, the build stops and says so.
"""
import os
import struct
import subprocess
import sys

KERNEL_IMAGE = 0xFFFFFFFF80000000
MAGIC = int.from_bytes(b"axosyms", "little")
CROSS = os.environ.get("CROSS", "x86_64-linux-gnu-")


def functions(image):
    """(offset, demangled name) of every function, ascending, one name per address."""
    listing = subprocess.run([CROSS + "nm", "-C", "-n", image], check=True, capture_output=True, text=True).stdout
    found = {}
    for line in listing.splitlines():
        address, kind, name = line.split(" ", 2)
        if kind in "tTwW" and int(address, 16) >= KERNEL_IMAGE and not name.startswith("stub_"):
            found.setdefault(int(address, 16) - KERNEL_IMAGE, shortened(name))
    return sorted(found.items())


def shortened(name):
    """Without parameters and the namespaces that all kernel functions share."""
    name = name.replace("(anonymous namespace)::", "").replace("axo::kernel::", "").replace("operator()", "operator[call]")
    return name.split("(")[0].replace("operator[call]", "operator()")[:120]


def section(image, wanted):
    """File offset and size of a section of an ELF64 file."""
    table, = struct.unpack_from("<Q", image, 0x28)
    entry_bytes, count, names_index = struct.unpack_from("<HHH", image, 0x3A)
    headers = [struct.unpack_from("<IIQQQQ", image, table + i * entry_bytes) for i in range(count)]
    names = headers[names_index][4]
    for name, _, _, _, offset, size in headers:
        start = names + name
        if image[start:image.index(b"\0", start)] == wanted:
            return offset, size
    sys.exit("embed_symbols: the image has no .symbols section")


def build_table(symbols):
    entries, names = b"", b""
    positions = {}
    for offset, name in symbols:
        if name not in positions:
            positions[name] = len(names)
            names += name.encode() + b"\0"
        entries += struct.pack("<II", offset, positions[name])
    return struct.pack("<QII", MAGIC, len(symbols), len(names)) + entries + names


def main():
    path = sys.argv[1]
    table = build_table(functions(path))
    with open(path, "r+b") as file:
        image = file.read()
        offset, size = section(image, b".symbols")
        if len(table) > size:
            sys.exit(f"embed_symbols: the table needs {len(table)} bytes, symbols_bytes in link.ld gives {size}")
        file.seek(offset)
        file.write(table)


if __name__ == "__main__":
    main()
