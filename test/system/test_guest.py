"""Runs every guest program; each is one test. What the system has free and in use is compared around each of its runs.
Programs that work on files run on each kind of file system: in /tmp, which is a tmpfs, and on the ext2 root."""
import pathlib
import re

import pytest

from axolotl.counters import buried, differing, frames

NAMES = sorted(path.stem for path in (pathlib.Path(__file__).resolve().parents[1] / "guest").glob("*.c"))
ON_FILES = ("file", "lock", "perm", "remember", "setid", "storm", "truncate")
ON_ROOT = "/guest"
CASES = [(name, "/tmp") for name in NAMES] + [(name, ON_ROOT) for name in ON_FILES]

# Runs in which caches and heaps grow to what the program needs. What `storm` does is new in every run: VFS' heap has been
# seen to grow in six of its first eight runs, and in none of the next twelve.
WARMING = {"storm": 8}
WARMING_OF_OTHERS = 2
ROUNDS = 4   # after them no counter may differ after any run; a heap may grow once more, but not in every run


@pytest.fixture
def place(machine, request):
    """A directory where everybody may write, on the wanted file system."""
    path = request.param
    if path != ON_ROOT:
        yield path
        return
    machine.ok(f"mkdir {path} && chmod 1777 {path}")
    yield path
    machine.ok(f"rmdir {path}")  # fails if a program left something


def run(machine, name, place):
    output, status = machine.run(f"cd {place} && /test/{name}; s=$?; cd /; (exit $s)", limit=300)
    failures = [line for line in output.splitlines() if line.startswith("FAIL")]
    assert not failures, "\n".join(failures)
    done = re.search(r"^done (\d+) ok, 0 failed$", output, re.MULTILINE)
    assert done and int(done.group(1)) > 0 and status == 0, output


def room(machine, place):
    """Free blocks and inodes of the file system."""
    return re.search(r"^\d+ \d+$", machine.ok(f"sync; stat -f -c '%f %d' {place}"), re.MULTILINE).group(0)


@pytest.mark.parametrize("name, place", CASES, indirect=["place"],
                         ids=[f"{name}-{'ext2' if where == ON_ROOT else 'tmpfs'}" for name, where in CASES])
def test_guest_program_leaves_nothing_behind(machine, name, place):
    for _ in range(WARMING.get(name, WARMING_OF_OTHERS)):
        run(machine, name, place)
    before, space = buried(machine), room(machine, place)
    grown = []
    for number in range(ROUNDS):
        run(machine, name, place)
        after = buried(machine)
        changed = differing(before, after)
        more_regions = changed.pop("regions", (0, 0))
        assert not changed, f"round {number + 1}: {changed}"
        if name in ON_FILES:
            assert room(machine, place) == space, f"round {number + 1}: blocks or inodes of the file system are gone"
        grown.append(more_regions[1] > more_regions[0] or frames(after) < frames(before))
        before = after
    assert not all(grown), f"regions or frames lost in every round: {before}"
