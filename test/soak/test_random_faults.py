"""Faults of every kind at random places of requests, in three drivers one after the other; then recovery times are shown."""
import random
import statistics

import pytest

from axolotl import Build, Machine
from axolotl.counters import EXACT, counters, settled
from axolotl.services import events, status, sum_of_lines, wait_state

FAULTS = 300  # in each driver
BATCH = 20    # of them in a line of shell
LINES = 100_000
SEED = 3
KINDS = ("segv", "illegal", "divide", "panic", "exit", "hang")
DRIVERS = (("hello", "cat /dev/hello"), ("random", "head -c 3000 /dev/urandom"), ("log", "echo x > /dev/klog"))


@pytest.fixture
def machine():
    with Machine(Build()) as started:
        started.wait_prompt()
        started.ok("service up /usr/sbin/hello -dev /dev/hello")
        yield started


def strike(machine, numbers, label, use, count):
    """Half of the faults strike at once, half somewhere in the next requests."""
    machine.ok(f"t() {{ service fi {label} $1 --after $2; {use}; {use}; {use}; }}")
    for _ in range(0, count, BATCH):
        line = "; ".join(f"t {numbers.choice(KINDS)} {numbers.choice((0, numbers.randrange(1, 4000)))}" for _ in range(BATCH))
        machine.ok(f"{{ {line}; }} >/dev/null 2>&1; true", limit=600)
        wait_state(machine, label, "running")


def test_faults_at_random_places(machine):
    print(f"seed {SEED}")
    numbers = random.Random(SEED)
    for label, use in DRIVERS:
        strike(machine, numbers, label, use, BATCH)
    before = counters(machine)
    machine.ok(f"(i=0; while [ $i -lt {LINES} ]; do echo $i; i=$((i+1)); done | md5sum > /tmp/sum) & true")
    for label, use in DRIVERS:
        strike(machine, numbers, label, use, FAULTS)
        assert status(machine, label)["restarts"] > FAULTS // 2
        took = [event["duration_ns"] / 1e6 for event in events(machine, label) if event["reason"] in ("crash", "exit")]
        print(f"recovery of {label}: median {statistics.median(took):.1f} ms, worst {max(took):.1f} ms of {len(took)}")
    machine.ok("wait", limit=600)
    assert machine.ok("cut -d' ' -f1 /tmp/sum") == sum_of_lines(LINES)
    after = settled(machine, before)
    same = [name for name in EXACT if name != "regions"]  # the shell, which held the long lines, has some of its own
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert after["regions"] - before["regions"] < 10
