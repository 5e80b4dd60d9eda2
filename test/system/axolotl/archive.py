"""Reads boot archives: from a file, or out of a machine's memory, where the root image is the live RAM disk."""
import struct

HEADER = struct.Struct("<8sIIQQ")
ENTRY = struct.Struct("<16sIIQQIIII")
MAGIC = b"axoarcv1"
PAGE = 4096
KIND_ROOT = 1


def entries(content, base=0):
    """(name, kind, offset, bytes, place of the entry) of the archive that starts at `base`."""
    magic, count, _, _, _ = HEADER.unpack_from(content, base)
    assert magic == MAGIC
    for index in range(count):
        place = base + HEADER.size + index * ENTRY.size
        name, kind, _, offset, size, *_ = ENTRY.unpack_from(content, place)
        yield name.rstrip(b"\0").decode(), kind, offset, size, place


def find_root(memory):
    """The root image inside a dump of physical memory."""
    base = memory.find(MAGIC)
    while base >= 0:
        if base % PAGE == 0:
            for _, kind, offset, size, _ in entries(memory, base):
                if kind == KIND_ROOT:
                    return memory[base + offset:base + offset + size]
        base = memory.find(MAGIC, base + 1)
    raise AssertionError("no boot archive in memory")
