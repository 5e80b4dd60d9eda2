#!/usr/bin/env python3
"""Packs the boot services and the root image into the boot archive (include/axo/layout.hpp)."""
import argparse
import pathlib
import struct
import zlib

PAGE = 4096
MAGIC = int.from_bytes(b"axoarcv1", "little")
HEADER = struct.Struct("<QIIQQ")
ENTRY = struct.Struct("<16sIIQQIIII")
KIND_SERVICE, KIND_ROOT = 0, 1


def read_table(path):
    for line in path.read_text().splitlines():
        line = line.split("#")[0].split()
        if line:
            name, slot, arena, scratch, priority, file = line
            yield name, int(slot), int(arena), int(scratch), int(priority), file


def padded(size):
    return (size + PAGE - 1) // PAGE * PAGE


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=pathlib.Path, required=True)
    parser.add_argument("--services", type=pathlib.Path, required=True)
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    arguments = parser.parse_args()

    files = []
    for name, slot, arena, scratch, priority, file in read_table(arguments.table):
        files.append((name, KIND_SERVICE, slot, arena, scratch, priority, (arguments.services / file).read_bytes()))
    files.append(("root", KIND_ROOT, 0, 0, 0, 0, arguments.root.read_bytes()))

    offset = padded(HEADER.size + ENTRY.size * len(files))
    entries = b""
    for name, kind, slot, arena, scratch, priority, content in files:
        entries += ENTRY.pack(name.encode(), kind, slot, offset, len(content), arena, scratch,
                              zlib.crc32(content), priority)
        offset += padded(len(content))
    with arguments.output.open("wb") as out:
        out.write(HEADER.pack(MAGIC, len(files), zlib.crc32(entries), offset, 0))
        out.write(entries)
        for *_, content in files:
            out.write(b"\0" * (padded(out.tell()) - out.tell()))
            out.write(content)
        out.write(b"\0" * (padded(out.tell()) - out.tell()))


if __name__ == "__main__":
    main()
