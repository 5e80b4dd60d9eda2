"""tools/make_schema.py on small services that the test compiles itself: what changes a hash, what is refused and how it is said."""
import pathlib
import re
import struct
import subprocess
import sys

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(TOP / "tools"))
import dwarf

CROSS = "x86_64-linux-gnu-"
FLAGS = ["-std=c++23", "-g", "-O2", "-ffreestanding", "-fno-exceptions", "-fno-rtti", "-fno-pic", "-fno-pie",
         "-fno-threadsafe-statics", "-mgeneral-regs-only", "-DAXO_CHECKED=0", f"-I{TOP}/include", f"-I{TOP}"]
HEAD = """
#include "lib/base/hash_map.hpp"
#include "lib/base/list.hpp"
#include "lib/base/owned.hpp"
#include "lib/base/string.hpp"
#include "lib/sef/migrate.hpp"
using namespace axo;
"""
TAIL = """
void use(void *place) { (::new (place) State())->~State(); }
extern "C" std::uint64_t marker() { return sef::detail::state_marker<State>.unused + sizeof(State); }
"""
SCHEMA = f"{TOP}/lib/sef/schema.cpp"


class Tool:
    """Compiles and links `State`, then runs the generator on it."""

    def __init__(self, folder):
        self.folder, self.count = folder, 0
        self.schema = self.compile("schema", pathlib.Path(SCHEMA).read_text())

    def compile(self, name, text):
        source, result = self.folder / f"{name}.cpp", self.folder / f"{name}.o"
        source.write_text(text)
        subprocess.run([CROSS + "g++", *FLAGS, "-c", source, "-o", result], check=True)
        return result

    def image(self, state, more=()):
        self.count += 1
        parts = [self.compile(f"main{self.count}", HEAD + state + TAIL), self.schema]
        parts += [self.compile(f"part{self.count}_{i}", text) for i, text in enumerate(more)]
        image = self.folder / f"service{self.count}.debug"
        subprocess.run([CROSS + "g++", "-static", "-nostdlib", "-no-pie", "-Wl,--unresolved-symbols=ignore-all",
                        "-Wl,-e,marker", "-Wl,--build-id=none", *parts, "-o", image], check=True)
        return image

    def run(self, image, *options):
        return subprocess.run([TOP / "tools/make_schema.py", *options, image], capture_output=True, text=True)

    def schema_of(self, state, more=()):
        """(hash, {field: (offset, bytes, hash)})"""
        result = self.run(self.image(state, more), "--require", "--print")
        assert result.returncode == 0, result.stderr
        fields = {name: (int(offset), int(size), kind) for name, offset, size, kind
                  in re.findall(r"^  (\S+) @(\d+) (\d+) bytes (\w+)$", result.stdout, re.MULTILINE)}
        return re.match(r"State (\w+) ", result.stdout)[1], fields

    def refusal(self, state):
        result = self.run(self.image(state), "--require")
        assert result.returncode != 0, "accepted"
        return result.stderr


@pytest.fixture(scope="module")
def tool(tmp_path_factory):
    return Tool(tmp_path_factory.mktemp("schema"))


DEEP = """
struct Leaf { %s value; };
struct Middle { Vector<Leaf> leaves; };
struct State { std::uint64_t count; HashMap<std::uint32_t, Owned<Middle>> table; };
"""


def test_same_source_has_the_same_hash(tool):
    assert tool.schema_of(DEEP % "int") == tool.schema_of(DEEP % "int")


def test_change_three_levels_deep_is_noticed(tool):
    before, old = tool.schema_of(DEEP % "std::uint32_t")
    after, new = tool.schema_of(DEEP % "std::int32_t")
    assert before != after
    assert old["table"] != new["table"] and old["table"][:2] == new["table"][:2], "same place, other type"
    assert old["count"] == new["count"]


def test_fields_have_name_offset_and_size(tool):
    _, fields = tool.schema_of("struct State { char tag; std::uint64_t count; std::uint32_t rest[3]; };")
    assert {name: field[:2] for name, field in fields.items()} == {"tag": (0, 1), "count": (8, 8), "rest": (16, 12)}


def test_renamed_field_changes_the_hash_and_the_list(tool):
    before, old = tool.schema_of("struct State { int opens; int reads; };")
    after, new = tool.schema_of("struct State { int opened; int reads; };")
    assert before != after and "opens" in old and "opened" in new
    assert old["opens"][2] == new["opened"][2], "the type is the same: a rename can be carried over"


def test_swapped_fields_change_the_hash_but_not_their_types(tool):
    before, old = tool.schema_of("struct State { int a; unsigned b; };")
    after, new = tool.schema_of("struct State { unsigned b; int a; };")
    assert before != after and old["a"][2] == new["a"][2]


def test_name_of_the_state_does_not_matter_names_inside_do(tool):
    plain = tool.schema_of("struct State { int a; };")
    other = tool.schema_of("namespace deep { struct Renamed { int a; }; }\nusing State = deep::Renamed;")
    assert plain == other
    assert tool.schema_of("struct A { int a; }; struct State { A a; };") != tool.schema_of(
        "struct B { int a; }; struct State { B a; };")


def test_base_classes_and_types_that_refer_to_themselves(tool):
    text = """
    struct Node { ListNode link; Node *parent; %s weight; };
    struct Base { IntrusiveList<Node, &Node::link> nodes; };
    struct State : Base { String name; };
    """
    before, fields = tool.schema_of(text % "int")
    assert fields["nodes"][0] == 0 and fields["name"][0] == 16, "a base's fields are State's own"
    assert tool.schema_of(text % "long")[0] != before


def test_type_that_only_another_file_defines_is_found(tool):
    text = "struct Hidden; struct State { Hidden *hidden; };"
    defines = "struct Hidden { %s value; }; Hidden here{}; extern \"C\" void *see() { return &here; }"
    assert tool.schema_of(text, [defines % "int"])[0] != tool.schema_of(text, [defines % "long"])[0]


@pytest.mark.parametrize("member, reason", [
    ("void (*hook)(int);", "State.hook is a function pointer"),
    ("void (State::*method)();", "State.method is a function pointer"),
    ("Vector<void (*)()> hooks;", "State.hooks.items_-> is a function pointer"),
    ("struct Inner { int (*f)(); } inner[2];", r"State.inner\[\].f is a function pointer"),
    ("void *anything;", "State.anything is a pointer without a type"),
    ("HashMap<int, void *> table;", "State.table.*is a pointer without a type"),
    ("struct Missing *nowhere;", "State.nowhere->: .*Missing is nowhere defined"),
    ("struct V { virtual int f() { return 1; } int a; } v;", "State.v has virtual functions"),
    ("struct V { virtual int f() { return 1; } }; Owned<V> v; V other;", "State.v.object_-> has virtual functions"),
])
def test_what_cannot_survive_is_refused_by_name(tool, member, reason):
    assert re.search(reason, tool.refusal("struct State { %s };" % member))


def test_heap_is_known_to_be_safe(tool):
    assert "heap" in tool.schema_of("struct State { Heap *heap; };")[1]


def table_of(image):
    """(hash, fields, name) of what the generator wrote."""
    image = bytearray(image.read_bytes())
    at, _, _ = dwarf.Elf(image).sections[".axo.schema"]
    _, state_hash, _, fields, _, name = struct.unpack_from("<QQQII32s", image, at)
    return state_hash, fields, name.rstrip(bytes(1)).decode()


def test_without_require_a_refusal_is_a_note_and_the_image_says_it(tool):
    image = tool.image("struct State { void (*hook)(); };")
    result = tool.run(image, "--name=clock")
    assert result.returncode == 0 and "NOTE" in result.stdout and "State.hook" in result.stdout
    assert table_of(image) == (0, 0, "clock")


def test_image_names_the_service_that_it_is_a_version_of(tool):
    image = tool.image("struct State { int a; };")
    assert tool.run(image).returncode == 0 and table_of(image)[2] == image.stem
    assert tool.run(image, "--name=clock").returncode == 0 and table_of(image)[1:] == (1, "clock")
    assert tool.run(image, "--name=" + 32 * "x").returncode != 0


def test_hash_of_an_old_type_is_that_of_the_old_field(tool):
    old = tool.schema_of("struct Old { int v; }; struct State { Old opens; };")[1]["opens"][2]
    image = tool.image("""
    struct Old { int v; };
    struct New { long v; };
    struct State { New opens; using Migrations = sef::Migrations<sef::Migration<"opens", &State::opens, Old>>; };
    void migrate(New &now, const Old &before) { now.v = before.v; }
    extern "C" std::uint64_t steps() { return sef::migration_steps<State>()[0].before_type; }
    """)
    assert tool.run(image, "--require").returncode == 0
    assert int(old, 16).to_bytes(8, "little") in image.read_bytes()


def test_file_that_is_no_service_is_left_alone_or_refused(tool, tmp_path):
    (tmp_path / "text").write_text("no ELF")
    assert tool.run(tmp_path / "text").returncode != 0
    assert tool.run(tmp_path / "missing").returncode != 0
    assert tool.run(tool.schema).returncode == 0
