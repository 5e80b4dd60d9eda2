#!/usr/bin/env python3
"""The kernel calls by class, out of include/axo/kernel_call.hpp: writes docs/kernel-calls.md, or with --check says
whether it is as it would be written."""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[1]
HEADER = TOP / "include/axo/kernel_call.hpp"
PAGE = TOP / "docs/kernel-calls.md"
CALL = re.compile(r"^    (\w+) =\s+turn::(\w+)\s+\|\s+(0x\w+),", re.MULTILINE)
CLASS = re.compile(r"^    (\w+),\s+// (.*)$", re.MULTILINE)
INTRODUCTION = """# Kernel calls by class

Made by `tools/kernel_call_table.py` of the list in `include/axo/kernel_call.hpp`, where each call's class stands beside its
number; a test compares. What each does is said there too. A turn that is undone is done again (rule 10): the class says
what a call does then that was made in both.

"""
NOTES = """
## What is staged and what not, and why

- `run_control(stop)` takes effect at once: a manager stops a process to look at it, and the process must be where it was
  when the manager blocks on VM in between. Stopping twice is stopping once. A stop takes back a resume of the same turn.
- `set_context` is staged, registers and extended state; of the latter `staged_images` for all turns together. It is done
  before the answers of the turn leave, which find the registers set.
- `end_signal` and what else is staged for a process that another turn has staged something for takes effect at once: each
  process has one place for it, so that staging never fails.
- Small copies into in-out arguments of programs (select, sendfile's offset, F_GETLK, sigprocmask with one set twice) are not
  staged: the end of a turn would have to ask VM where another thread unmapped the page. It is the read that is kept:
  `copy_argument` is journalled, and `virtual_copy` to the program is idempotent. Longer ones say what they said before, as
  poll's array does (docs/decisions/0015-no-turn-reads-back.md).
- What a staged or journalled call has changed is not read back in the same turn; a checked kernel sees to it.
- Ports: a device does not take back what was written to it; a driver's `reborn()` resets it.
"""


def table():
    text = HEADER.read_text()
    calls = CALL.findall(text)
    numbers = re.findall(r"\|\s+0x1[0-9a-f]{2}\b", text[text.index("enum class KernelCall"):])
    if len(calls) != len(numbers):
        sys.exit(f"{len(numbers)} kernel calls, of which {len(calls)} can be read")
    enum = text[text.index("enum class CallClass"):text.index("namespace turn")]
    page = INTRODUCTION
    for name, meaning in CLASS.findall(enum):
        page += f"## {name.capitalize()}\n\n{meaning[0].upper()}{meaning[1:]}.\n\n"
        page += ", ".join(f"`{call}` ({number})" for call, what, number in calls if what == name) + "\n\n"
    return page.rstrip("\n") + "\n" + NOTES


def main():
    if "--check" not in sys.argv:
        PAGE.write_text(table())
    elif PAGE.read_text() != table():
        sys.exit("docs/kernel-calls.md is not what tools/kernel_call_table.py writes: run it")


if __name__ == "__main__":
    main()
