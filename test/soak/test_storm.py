"""Random system calls of unprivileged processes that are killed at random moments, with fresh seeds each time."""
import os
import time

import pytest

from axolotl import Build, Machine
from axolotl.counters import buried, missing

BLOCK = 10  # storms between two looks at the counters
BLOCKS = int(os.environ.get("STORM_BLOCKS", "12"))


@pytest.fixture
def machine():
    with Machine(Build()) as started:
        yield started.wait_prompt()


def storm(machine, seed):
    machine.ok(f"cd /tmp && /test/storm {seed} 60; s=$?; cd /; (exit $s)", limit=300)


def test_storms_leave_nothing_behind(machine):
    """A heap that grows once to what such programs need is no leak; a leak loses something in every block."""
    first = int(time.time())
    print(f"first seed {first}")
    reports, before = [], buried(machine)
    for block in range(BLOCKS):
        for seed in range(first + block * BLOCK, first + (block + 1) * BLOCK):
            storm(machine, seed)
        after = buried(machine)
        reports.append(missing(before, after))
        before = after
    # The second half counts: by then everything has grown.
    assert "" in reports[BLOCKS // 2:], f"{reports}, first seed {first}"
