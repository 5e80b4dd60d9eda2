#!/usr/bin/env python3
"""Writes into a linked service what its `State` looks like (lib/sef/schema.hpp): a live update needs to know what it may carry over.

From the debug information it follows the members of State, base classes, template arguments and what pointers point to.
Code addresses, virtual types and pointers to nobody knows what are refused: they would not survive an update. The hash of
everything seen, the list of State's own fields, and the name of the service that the program is a version of (--name; else
the file's own) go into the section `.axo.schema`; hashes of single types go into the
variables that lib/sef names type_marker.
"""
import hashlib
import struct
import sys

import dwarf

MAGIC = int.from_bytes(b"axoschma", "little")
HEADER, FIELD = struct.Struct("<QQQII32s"), struct.Struct("<QII48s")
PEELED = ("typedef", "const", "volatile", "restrict", "atomic")
POINTERS = ("pointer", "reference", "rvalue_reference")
RECORDS = ("struct", "class", "union")
OPAQUE = ("axo::Heap",)  # known to hold nothing but addresses inside its own area


class Refused(Exception):
    pass


def peel(die):
    while die is not None and die.tag in PEELED:
        die = die.reference(dwarf.TYPE)
    return die


def own_name(die):
    origin = die.reference(dwarf.SPECIFICATION) or die
    return origin.get(dwarf.NAME) or f"(unnamed {die.tag})"


def qualified(die):
    origin = die.reference(dwarf.SPECIFICATION) or die
    names, parent = [own_name(die)], origin.parent
    while parent is not None and parent.tag != "unit":
        if parent.tag in RECORDS + ("namespace",):
            names.insert(0, parent.get(dwarf.NAME) or "(anonymous)")
        parent = parent.parent
    return "::".join(names)


class Types:
    """Finds the definition of a type that a unit only declares."""

    def __init__(self, info):
        self.info, self.definitions, self.indexed = info, {}, set()

    def index(self, unit):
        if unit.start in self.indexed:
            return
        self.indexed.add(unit.start)
        for die in unit.entries(False).values():
            if die.tag in RECORDS and not die.get(dwarf.DECLARATION):
                self.definitions.setdefault(qualified(die), die)

    def define(self, die):
        if not die.get(dwarf.DECLARATION):
            return die
        name = qualified(die)
        for unit in [die.unit] + self.info.units:
            self.index(unit)
            if name in self.definitions:
                return self.definitions[name]
        return None


class Closure:
    """The description of one type and of everything that can be reached from it. `alias` stands for the root's own name."""

    def __init__(self, types, root, path, alias=None):
        self.types, self.alias, self.numbers, self.lines = types, alias, {}, []
        self.root = self.visit(root, path)

    def hash(self):
        text = "\n".join(self.lines + [self.root])
        digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
        return int.from_bytes(digest, "little") | 2  # never 0 (none) or 1 (not filled in)

    def visit(self, die, path):
        """What to write where the type is used: itself, or the number of a record, which is described once."""
        die = peel(die)
        if die is None:
            raise Refused(f"{path} is a pointer without a type (void *)")
        if die.tag in RECORDS:
            return self.numbered(die, path)
        if die.tag in ("base", "enum"):
            return f"{die.tag} {qualified(die)} {die.get(dwarf.SIZE)}"
        if die.tag == "unspecified":
            return own_name(die)
        if die.tag in POINTERS:
            return "pointer to " + self.pointee(peel(die.reference(dwarf.TYPE)), path)
        if die.tag == "array":
            return f"array {array_counts(die)} of " + self.visit(die.reference(dwarf.TYPE), path + "[]")
        if die.tag == "member_pointer" and peel(die.reference(dwarf.TYPE)).tag != "subroutine":
            return "pointer to member"
        if die.tag in ("subroutine", "member_pointer"):
            raise Refused(f"{path} is a function pointer: code moves in an update")
        raise Refused(f"{path} has a type of an unknown kind, {die.tag}")

    def pointee(self, target, path):
        code = target is not None and target.tag == "subroutine"
        return self.visit(target, path if target is None or code else path + "->")

    def numbered(self, die, path):
        name = qualified(die)
        if name not in self.numbers:
            defined = self.types.define(die)
            if defined is None:
                raise Refused(f"{path}: {name} is nowhere defined")
            number = self.numbers[name] = len(self.lines)
            self.lines.append("")
            shown = self.alias if number == 0 and self.alias else name
            self.lines[number] = f"{die.tag} {shown} {defined.get(dwarf.SIZE)}: {self.parts(defined, name, path)}"
        return f"#{self.numbers[name]}"

    def parts(self, die, name, path):
        if name in OPAQUE:
            return "opaque"
        parts = []
        for child in die.children:
            if child.tag in ("member", "inheritance"):
                parts.append(self.member(child, path))
            elif child.tag in ("type_argument", "argument_pack"):
                parts += self.arguments([child] if child.tag == "type_argument" else child.children, path)
        return "; ".join(parts)

    def arguments(self, arguments, path):
        """Containers keep raw storage: what lies in it only their template arguments tell. One may be void, or a policy of which
        the program never makes an object: then nobody defines it."""
        for argument in arguments:
            kind = peel(argument.reference(dwarf.TYPE)) if argument.tag == "type_argument" else None
            if kind is not None and kind.tag in RECORDS and self.types.define(kind) is None:
                yield f"with {qualified(kind)}"
            elif kind is not None:
                yield f"with {self.visit(kind, f'{path}<{own_name(argument)}>')}"

    def member(self, child, path):
        base = child.tag == "inheritance"
        name = "base" if base else child.get(dwarf.NAME, "(unnamed)")
        if child.get(dwarf.VIRTUALITY) or name.startswith("_vptr"):
            raise Refused(f"{path} has virtual functions or bases: its table lies in the image")
        inner = path if base or name == "(unnamed)" else f"{path}.{name}"
        place = f"{child.get(dwarf.MEMBER_OFFSET, 0)}/{child.get(dwarf.BIT_OFFSET, 0)}/{child.get(dwarf.BIT_SIZE, 0)}"
        return f"{name} @{place} {self.visit(child.reference(dwarf.TYPE), inner)}"


def array_counts(die):
    counts = []
    for child in die.children:
        if child.tag == "subrange":
            bound = child.get(dwarf.UPPER_BOUND)
            counts.append(child.get(dwarf.COUNT, bound + 1 if isinstance(bound, int) else 0))
    return counts


def size_of(types, die):
    die = peel(die)
    if die.tag in POINTERS:
        return 8
    if die.tag == "array":
        size = size_of(types, die.reference(dwarf.TYPE))
        for count in array_counts(die):
            size *= count
        return size
    if die.tag in RECORDS:
        die = types.define(die)
    return die.get(dwarf.SIZE, 0)


def markers(unit, prefix):
    """(address, type) of the variables in which lib/sef wants to know about a type."""
    for die in unit.entries(False).values():
        location = die.get(dwarf.LOCATION)
        if die.tag != "variable" or not isinstance(location, bytes) or location[:1] != b"\x03":
            continue
        # A definition outside its class or namespace may name its type only where it was declared.
        record = peel(die.reference(dwarf.TYPE) or (die.reference(dwarf.SPECIFICATION) or die).reference(dwarf.TYPE))
        if record is None or record.tag not in RECORDS or not own_name(record).startswith(prefix):
            continue
        argument = next(child for child in record.children if child.tag == "type_argument")
        yield struct.unpack("<Q", location[1:9])[0], argument.reference(dwarf.TYPE)


def find_state(info):
    """The unit that runs the service, and the type of its State; (None, None) if there is none."""
    for unit in sorted(info.units, key=lambda unit: "main" not in unit.name()):
        for address, state in markers(unit, "StateMarker<"):
            if address != 0:  # 0: the linker threw it away
                return unit, peel(state)
    return None, None


def fields_of(types, state, start=0):
    """(name, offset, size, hash of its type) of State's fields, those of its bases included: a State that is derived from
    another has what that one has."""
    fields = []
    for child in types.define(state).children:
        if child.tag not in ("member", "inheritance"):
            continue
        kind = child.reference(dwarf.TYPE)
        if child.tag == "inheritance":
            fields += fields_of(types, peel(kind), start + child.get(dwarf.MEMBER_OFFSET, 0))
            continue
        name = child.get(dwarf.NAME) or own_name(peel(kind))
        if len(name) >= 48:
            raise Refused(f"the name of State.{name} is longer than 47 characters")
        type_hash = Closure(types, kind, f"State.{name}").hash()
        fields.append((name, start + child.get(dwarf.MEMBER_OFFSET, 0), size_of(types, kind), type_hash))
    return fields


def build_table(types, state, name):
    fields = fields_of(types, state)
    table = HEADER.pack(MAGIC, Closure(types, state, "State", "State").hash(), size_of(types, state), len(fields), 0, name)
    for name, offset, size, kind in fields:
        table += FIELD.pack(kind, offset, size, name.encode())
    return table


class Image:
    """The linked file, changed in place."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.bytes = bytearray(file.read())
        self.elf = dwarf.Elf(self.bytes)

    def put(self, address, data):
        offset = self.elf.file_offset(address)
        if offset is None:
            sys.exit(f"make_schema: {self.path}: nothing in the file for address {address:#x}")
        self.bytes[offset:offset + len(data)] = data

    def put_section(self, name, data):
        if name not in self.elf.sections:
            sys.exit(f"make_schema: {self.path} has no section {name}")
        offset, size, _ = self.elf.sections[name]
        if len(data) > size:
            sys.exit(f"make_schema: {self.path}: the table needs {len(data)} bytes, lib/sef/schema.cpp reserves {size}")
        self.bytes[offset:offset + len(data)] = data

    def save(self):
        with open(self.path, "r+b") as file:
            file.write(self.bytes)


def write_schema(path, show, service):
    image = Image(path)
    info = dwarf.Info(image.elf)
    unit, state = find_state(info)
    if state is None:
        return
    types = Types(info)
    try:
        table = build_table(types, state, service)
    except Refused:
        image.put_section(".axo.schema", HEADER.pack(MAGIC, 0, 0, 0, 0, service))  # who it is, and that it has no schema
        image.save()
        raise
    for address, kind in markers(unit, "TypeMarker<"):
        if address != 0:
            image.put(address, struct.pack("<Q", Closure(types, kind, own_name(peel(kind))).hash()))
    image.put_section(".axo.schema", table)
    image.save()
    if show:
        print_table(table)


def print_table(table):
    _, state_hash, size, count, _, _ = HEADER.unpack_from(table)
    print(f"State {state_hash:016x} {size} bytes")
    for i in range(count):
        kind, offset, bytes_, name = FIELD.unpack_from(table, HEADER.size + i * FIELD.size)
        print(f"  {name.rstrip(bytes(1)).decode()} @{offset} {bytes_} bytes {kind:016x}")


def main():
    arguments = sys.argv[1:]
    options = {argument for argument in arguments if argument.startswith("--") and not argument.startswith("--name=")}
    names = [argument[7:] for argument in arguments if argument.startswith("--name=")]
    paths = [argument for argument in arguments if not argument.startswith("--")]
    if len(paths) != 1 or len(names) > 1 or options - {"--require", "--print"}:
        sys.exit("usage: make_schema.py [--require] [--print] [--name=SERVICE] SERVICE.debug")
    service = (names or [paths[0].rsplit("/", 1)[-1].removesuffix(".debug")])[0].encode()
    if not 0 < len(service) < 32:
        sys.exit(f"make_schema: {paths[0]}: the name of a service has 1 to 31 characters")
    try:
        write_schema(paths[0], "--print" in options, service)
    except Refused as refusal:
        message = f"{paths[0]}: no live update with its State: {refusal}"
        if "--require" in options:
            sys.exit("make_schema: " + message)
        print(f"  NOTE  {message.rsplit('/', 1)[-1]}")


if __name__ == "__main__":
    main()
