"""Random system calls of unprivileged processes that are killed at random moments, with fresh seeds each time."""
import os
import time

import pytest
from axolotl import Build, Machine
from test_guest import missing, settled

ROUNDS = int(os.environ.get("STORM_ROUNDS", "120"))


@pytest.fixture
def machine():
    with Machine(Build()) as started:
        yield started.wait_prompt()


def storm(machine, seed):
    machine.ok(f"cd /tmp && /test/storm {seed} 60; s=$?; cd /; (exit $s)", limit=300)


def test_storms_leave_nothing_behind(machine):
    first = int(time.time())
    print(f"first seed {first}")
    for seed in range(first, first + 5):  # caches and heaps grow to what such programs need
        storm(machine, seed)
    before = settled(machine)
    for seed in range(first + 5, first + 5 + ROUNDS):
        storm(machine, seed)
    report = missing(before, settled(machine))
    assert not report, f"{report}, first seed {first}"
