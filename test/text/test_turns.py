"""What docs/turns.md says of turns holds in the sources: who blocks in the middle of one, and where memory is reached
that others change meanwhile."""
import re

from tree import files, text

PAGE = "docs/turns.md"
PLACES = ("servers/", "drivers/", "lib/", "test/services/")
# The primitives themselves, and where the clients are declared.
PRIMITIVES = {"lib/sys/ipc.cpp", "lib/sys/ipc.hpp", "lib/sys/trap.cpp", "lib/sys/trap.hpp"}
CLIENTS = ("lib/sys/vm.hpp", "lib/sys/ds.hpp")


def sources(*places):
    return [name for name in files() if name.startswith(places) and name.endswith((".cpp", ".hpp"))]


def without_comments(name):
    return re.sub(r"//[^\n]*", "", text(name))


def blocking_clients():
    """The functions of VM's and DS' clients: each of them is a SENDREC."""
    return {word for name in CLIENTS
            for word in re.findall(r"^(?:Result<.*>|Status) (\w+)\(", without_comments(name), re.MULTILINE)}


def blocks():
    """Files with a call that blocks in the middle of a turn."""
    clients = "|".join(sorted(blocking_clients()))
    call = re.compile(r"\bcall(?:_ending_turn)?(?:<\w+>)?\((?:axo::)?endpoint::|\bsendrec\w*\(|\bexchange_trap\("
                      rf"|(?<!axo::)\b(?:vm|ds)::(?:{clients})\(|sys::Region::allocate\(")
    return {name for name in sources(*PLACES)
            if name not in PRIMITIVES and name not in CLIENTS and call.search(without_comments(name))}


def table():
    return set(re.findall(r"^\| `([^`]+)` \|", text(PAGE), re.MULTILINE))


def test_the_clients_were_found():
    assert {"allocate_region", "free_region", "publish_number", "check", "endpoint_of"} <= blocking_clients()


def test_table_of_what_blocks_in_mid_turn_is_complete():
    assert table() == blocks()


# Reading `volatile` is Shared's business. Elsewhere it says something else than "another changes this": asm statements,
# and tables that a tool fills in after the compiler has looked at them.
VOLATILE = {
    "include/axo/shared.hpp",
    "lib/base/memory.cpp",  # keeps the compiler from making memset out of memset
    "lib/sef/schema.hpp",
    "lib/sef/schema.cpp",
    "drivers/hello/variants/hello_scribbles.cpp",  # a wrong store must be made
}


def test_volatile_memory_is_reached_by_shared():
    found = {name for name in sources("servers/", "drivers/", "lib/", "commands/", "test/services/", "include/")
             if re.search(r"(?<!asm )(?<!__asm__ )\bvolatile\b", without_comments(name))}
    assert found == VOLATILE
