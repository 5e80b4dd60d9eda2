"""docs/syscalls.md against the code, row by row: who leads, and that the leader has a handler.

That the rows are those of the route table is a host test (pm_routes_test)."""
import re

from tree import text


HELPERS = {"", "PM", "VFS", "VM", "RS", "file system", "driver", "kernel"}


def rows():
    """number -> (name, leader, helpers, interruptible)"""
    found = {}
    for line in text("docs/syscalls.md").split("\n"):
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) >= 5 and cells[0].isdigit():
            found[int(cells[0])] = (cells[1], cells[2], cells[3], cells[4])
    return found


def handled_by_vfs():
    return {int(number) for number in re.findall(r"\{(\d+), call_\w+\}", text("servers/vfs/calls/dispatch.cpp"))}


def numbers_of(name):
    found = {word: int(value, 0) for word, value in re.findall(r"\b(\w+) = (0x[0-9a-f]+|\d+)[,;]?", text(name))}
    return found | {"counters": 0x1c1}  # ours: axo/system_counters.hpp


def handled_by_pm():
    numbers = numbers_of("servers/pm/calls/call_numbers.hpp")
    return {numbers[word] for word in re.findall(r"\{number::(\w+), &Server::", text("servers/pm/calls/dispatch.cpp"))}


def handled_by_vm():
    source = text("servers/vm/calls/user_calls.cpp")
    numbers = {word: int(value) for word, value in re.findall(r"(nr_\w+) = (\d+)", source)}
    return {numbers[word] for word in re.findall(r"case (nr_\w+):", source)}


def test_the_leader_of_every_row_has_a_handler():
    handled = {"VFS": handled_by_vfs(), "PM": handled_by_pm(), "VM": handled_by_vm()}
    assert all(len(numbers) > 5 for numbers in handled.values())
    bad = [f"{number} {name}: {leader} answers ENOSYS" for number, (name, leader, _, _) in rows().items()
           if leader in handled and number not in handled[leader]]
    assert not bad, "\n".join(bad)


def test_every_handler_has_a_row():
    listed = rows()
    handled = {"VFS": handled_by_vfs(), "PM": handled_by_pm(), "VM": handled_by_vm()}
    bad = [f"{leader} handles {number}, which {'is led by ' + listed[number][1] if number in listed else 'has no row'}"
           for leader, numbers in handled.items() for number in sorted(numbers)
           if number not in listed or listed[number][1] != leader]
    assert not bad, "\n".join(bad)


def test_rows_name_servers_and_say_yes_or_nothing():
    bad = [f"{number} {row}" for number, row in rows().items()
           if row[1] not in ("PM", "VFS", "VM", "RS") or row[3] not in ("", "yes")
           or not set(re.split(r",\s*", row[2])) <= HELPERS]
    assert not bad, "\n".join(bad)


def test_calls_that_wait_are_those_that_pm_and_vfs_can_interrupt():
    """A handler that answers `later`, or puts the call on a wait list, is one whose row says `yes`."""
    listed = rows()
    numbers = numbers_of("servers/pm/calls/call_numbers.hpp")
    for name in ("pause", "nanosleep", "clock_nanosleep", "wait4", "waitid", "rt_sigsuspend", "rt_sigtimedwait", "futex"):
        assert listed[numbers[name]][3] == "yes", name
    for number in (0, 1, 7, 23, 72, 73, 270, 271):
        assert listed[number][3] == "yes", listed[number][0]
