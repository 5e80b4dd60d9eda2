"""Reads what the schema generator needs of DWARF 5 debug information (DWARF standard, section 7): the types of an ELF64 file.

Only attributes that describe types, names and places of variables are kept. Bodies of functions are stepped over.
"""
import struct

NAME, LOCATION, SIZE, BIT_SIZE, TYPE, DECLARATION = 0x03, 0x02, 0x0B, 0x0D, 0x49, 0x3C
COUNT, UPPER_BOUND, MEMBER_OFFSET, ENCODING, SPECIFICATION = 0x37, 0x2F, 0x38, 0x3E, 0x47
VIRTUALITY, BIT_OFFSET, CONTAINING_TYPE, SIBLING = 0x4C, 0x6B, 0x1D, 0x01
KEPT = {NAME, LOCATION, SIZE, BIT_SIZE, TYPE, DECLARATION, COUNT, UPPER_BOUND, MEMBER_OFFSET, ENCODING, SPECIFICATION,
        VIRTUALITY, BIT_OFFSET, CONTAINING_TYPE, SIBLING}

TAGS = {0x01: "array", 0x02: "class", 0x04: "enum", 0x0D: "member", 0x0F: "pointer", 0x10: "reference", 0x11: "unit",
        0x13: "struct", 0x15: "subroutine", 0x16: "typedef", 0x17: "union", 0x1C: "inheritance", 0x1F: "member_pointer",
        0x21: "subrange", 0x24: "base", 0x26: "const", 0x2E: "function", 0x2F: "type_argument", 0x34: "variable",
        0x35: "volatile", 0x37: "restrict", 0x39: "namespace", 0x3B: "unspecified", 0x42: "rvalue_reference",
        0x47: "atomic", 0x4107: "argument_pack", 0x4108: "argument_pack"}


class Elf:
    """Sections of an ELF64 file by name: (file offset, bytes, address)."""

    def __init__(self, image):
        self.image = image
        if image[:5] != b"\x7fELF\x02":
            raise ValueError("not an ELF64 file")
        table, = struct.unpack_from("<Q", image, 0x28)
        entry_bytes, count, names_index = struct.unpack_from("<HHH", image, 0x3A)
        headers = [struct.unpack_from("<IIQQQQ", image, table + i * entry_bytes) for i in range(count)]
        names = headers[names_index][4]
        self.sections = {}
        for name, kind, _, address, offset, size in headers:
            start = names + name
            text = image[start:image.index(b"\0", start)].decode()
            self.sections[text] = (offset, size if kind != 8 else 0, address)  # 8: no bits in the file

    def content(self, name):
        offset, size, _ = self.sections.get(name, (0, 0, 0))
        return bytes(self.image[offset:offset + size])

    def file_offset(self, address):
        """Where in the file the byte at this address of the program lies, or None."""
        for offset, size, start in self.sections.values():
            if start != 0 and start <= address < start + size:
                return offset + address - start
        return None


class Die:
    """One entry: tag, attributes by number, its parent and children."""
    __slots__ = ("unit", "offset", "tag", "attributes", "parent", "children")

    def __init__(self, unit, offset, tag, attributes, parent):
        self.unit, self.offset, self.tag, self.attributes, self.parent = unit, offset, tag, attributes, parent
        self.children = []

    def get(self, attribute, default=None):
        return self.attributes.get(attribute, default)

    def reference(self, attribute):
        """The entry that an attribute refers to, or None."""
        target = self.attributes.get(attribute)
        return None if target is None else self.unit.info.entry(target)


def uleb(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def sleb(data, at):
    value, start = 0, at
    value, at = uleb(data, at)
    bits = 7 * (at - start)
    return (value - (1 << bits) if value >> (bits - 1) & 1 else value), at


class Info:
    """The compile units of a file."""

    def __init__(self, elf):
        self.info, self.abbreviations = elf.content(".debug_info"), elf.content(".debug_abbrev")
        self.strings, self.line_strings = elf.content(".debug_str"), elf.content(".debug_line_str")
        self.units = []
        at = 0
        while at < len(self.info):
            length, version, kind = struct.unpack_from("<IHB", self.info, at)
            if version == 5 and kind == 1:  # others come from the assembler and hold no types
                self.units.append(Unit(self, at, at + 4 + length))
            at += 4 + length

    def unit_at(self, offset):
        return next((unit for unit in self.units if unit.start <= offset < unit.end), None)

    def entry(self, offset):
        unit = self.unit_at(offset)
        if unit is None:
            return None
        if offset not in unit.entries(False):
            unit.entries(True)
        return unit.entries(False).get(offset)

    def text(self, pool, offset):
        return pool[offset:pool.index(b"\0", offset)].decode()


class Unit:
    def __init__(self, info, start, end):
        self.info, self.start, self.end = info, start, end
        self.found, self.complete = None, False

    def entries(self, with_functions):
        """Entries by offset; those inside functions only on demand."""
        if self.found is None or (with_functions and not self.complete):
            self.complete = with_functions
            self.found = self.parse(with_functions)
        return self.found

    def name(self):
        at = self.start + 12
        code, at = uleb(self.info.info, at)
        _, _, form = self.shapes()[code]
        return self.values(form, at)[0].get(NAME, "")

    def shapes(self):
        """Abbreviations: code -> (tag, has children, [(attribute, form, constant)])."""
        at, = struct.unpack_from("<I", self.info.info, self.start + 8)
        data, shapes = self.info.abbreviations, {}
        while True:
            code, at = uleb(data, at)
            if code == 0:
                return shapes
            tag, at = uleb(data, at)
            children = data[at]
            at += 1
            form = []
            while True:
                attribute, at = uleb(data, at)
                kind, at = uleb(data, at)
                constant = None
                if kind == 0x21:
                    constant, at = sleb(data, at)
                if attribute == 0 and kind == 0:
                    break
                form.append((attribute, kind, constant))
            shapes[code] = (TAGS.get(tag, tag), children, form)

    def parse(self, with_functions):
        data, shapes, found = self.info.info, self.shapes(), {}
        at, stack = self.start + 12, [None]
        while at < self.end:
            offset = at
            code, at = uleb(data, at)
            if code == 0:
                stack.pop()
                if len(stack) == 1:
                    break
                continue
            tag, children, form = shapes[code]
            attributes, at = self.values(form, at)
            die = Die(self, offset, tag, attributes, stack[-1])
            found[offset] = die
            if stack[-1] is not None:
                stack[-1].children.append(die)
            if children and tag == "function" and not with_functions and SIBLING in attributes:
                at = attributes[SIBLING]
            elif children:
                stack.append(die)
        return found

    def values(self, form, at):
        attributes = {}
        for attribute, kind, constant in form:
            value, at = self.value(kind, constant, at)
            if attribute in KEPT:
                attributes[attribute] = value
        return attributes, at

    FIXED = {0x01: "<Q", 0x05: "<H", 0x06: "<I", 0x07: "<Q", 0x0B: "<B", 0x0C: "<B", 0x17: "<I"}
    REFERENCES = {0x11: "<B", 0x12: "<H", 0x13: "<I", 0x14: "<Q"}

    def value(self, kind, constant, at):
        data = self.info.info
        if kind in self.FIXED:
            code = self.FIXED[kind]
            return struct.unpack_from(code, data, at)[0], at + struct.calcsize(code)
        if kind in self.REFERENCES:
            code = self.REFERENCES[kind]
            return self.start + struct.unpack_from(code, data, at)[0], at + struct.calcsize(code)
        if kind == 0x0E:
            return self.info.text(self.info.strings, struct.unpack_from("<I", data, at)[0]), at + 4
        if kind == 0x1F:
            return self.info.text(self.info.line_strings, struct.unpack_from("<I", data, at)[0]), at + 4
        if kind == 0x10:
            return struct.unpack_from("<I", data, at)[0], at + 4
        if kind == 0x08:
            end = data.index(b"\0", at)
            return data[at:end].decode(), end + 1
        if kind == 0x19:
            return 1, at
        if kind == 0x21:
            return constant, at
        if kind == 0x0D:
            return sleb(data, at)
        if kind == 0x0F:
            return uleb(data, at)
        if kind == 0x15:
            value, at = uleb(data, at)
            return self.start + value, at
        if kind == 0x1E:
            return data[at:at + 16], at + 16
        if kind in (0x09, 0x18):
            size, at = uleb(data, at)
            return data[at:at + size], at + size
        if kind in (0x0A, 0x03, 0x04):
            code = {0x0A: "<B", 0x03: "<H", 0x04: "<I"}[kind]
            size, = struct.unpack_from(code, data, at)
            at += struct.calcsize(code)
            return data[at:at + size], at + size
        raise ValueError(f"unknown DWARF form {kind:#x}")
