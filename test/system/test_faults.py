"""Every kind of fault in three drivers, at rest and in the middle of requests, and updates of all three, in one boot and
under load. Which faults, where and in which order comes from SEED, so that every run is the same."""
import hashlib
import random
import re

import pytest

from axolotl import Machine
from axolotl.counters import EXACT, counters, frames_lost_by, settled
from axolotl.services import events, wait_state

SEED = 11
KINDS = ("segv", "illegal", "divide", "panic", "exit", "hang")
ROUNDS = 51   # each: some faults in one driver, then its update
CRASHES = 4   # of a round
HANGS = {3: False, 9: True}  # each driver's turns with one: at rest, in a request (a hang takes long to be found)
BATCH = 6     # rounds in a line of shell
# The shell itself asks for one byte after the other: many requests, and no process is made for them.
USES = {
    "hello": "read x </dev/hello",
    "random": "read -n 9 x </dev/urandom",
    "log": "echo x >/dev/klog; read x </dev/klog",
}
UPDATES = {"hello": "/usr/sbin/hello2 -label hello", "random": "/usr/sbin/random", "log": "/usr/lib/services/log"}
DRIVERS = tuple(USES)
FARTHEST = 2500  # instructions; what follows an order has always more
# It pauses now and then, since it would take two thirds of the processor.
PIPELINE = ("(i=0; while [ ! -e /tmp/stop ]; do i=$((i+1)); echo $i; [ $((i % 500)) != 0 ] || usleep 50000; done; "
            "echo $i >/tmp/count) | md5sum >/tmp/sum & ")


@pytest.fixture
def machine(build):
    with Machine(build) as started:
        started.wait_prompt()
        started.ok("service up /usr/sbin/hello -dev /dev/hello")
        # f LABEL KIND AFTER: a fault, and what makes it strike. u LABEL: an update.
        for label in DRIVERS:
            use = f"{USES[label]}; " * 3
            started.ok(f"f_{label}() {{ service fi {label} $1 --after $2; {use}}}; "
                       f"u_{label}() {{ service update {UPDATES[label]} || echo {label}: $? >>/tmp/refused; }}")
        started.ok(": >/tmp/refused")
        yield started


def plan(numbers):
    """(driver, [(kind, instructions)]) of every round. Each driver has every kind, at rest (0) and in requests."""
    rounds = []
    for index in range(ROUNDS):
        turn = index // len(DRIVERS)
        kinds = [KINDS[(CRASHES * turn + i) % (len(KINDS) - 1)] for i in range(CRASHES)]
        if turn in HANGS:
            kinds[0] = "hang"
        places = [numbers.choice((0, numbers.randrange(1, FARTHEST))) for _ in kinds]
        if turn in HANGS:
            places[0] = HANGS[turn] and numbers.randrange(1, FARTHEST)
        rounds.append((DRIVERS[index % len(DRIVERS)], list(zip(kinds, places))))
    return rounds


def new_events(machine, seen):
    """Of the drivers, after number `seen`."""
    return [event for label in DRIVERS for event in events(machine, label) if event["sequence"] > seen]


def run_rounds(machine, rounds):
    """Runs them; all that RS noted meanwhile."""
    noted = []
    seen = max((event["sequence"] for event in new_events(machine, -1)), default=-1)
    for start in range(0, len(rounds), BATCH):
        line = ""
        for label, faults in rounds[start:start + BATCH]:
            line += "".join(f"f_{label} {kind} {after}; " for kind, after in faults)
            line += f"until service status | grep -q '^{label} .* running'; do usleep 10000; done; u_{label}; "
        machine.ok(f"{{ {line}}} >/dev/null 2>&1; true", limit=300)
        noted += new_events(machine, seen)
        seen = max(seen, *(event["sequence"] for event in noted))
    for label in DRIVERS:
        wait_state(machine, label, "running")
    return noted


def check_events(noted):
    died = [event for event in noted if event["reason"] in ("crash", "exit", "hang")]
    updated = [event for event in noted if event["reason"] == "update" and event["status"] == 0]
    assert len(died) >= 200 and len(updated) >= 50, (len(died), len(updated))
    for label in DRIVERS:
        assert {event["reason"] for event in died if event["label"] == label} == {"crash", "exit", "hang"}
    for event in died:
        if event["reason"] == "hang":
            silent = int(re.match(r"no answer for (\d+) ms", event["text"]).group(1))
            assert silent < 1000, event


def test_all_faults_in_all_drivers_under_load_leave_nothing_behind(machine):
    print(f"seed {SEED}")
    numbers = random.Random(SEED)
    rounds = plan(numbers)
    run_rounds(machine, rounds[:BATCH])  # what the servers take once, and the shell for its longest line
    before = counters(machine)
    machine.ok(f"{PIPELINE}true")
    check_events(run_rounds(machine, rounds))
    machine.ok("touch /tmp/stop; wait", limit=300)
    assert machine.ok("cat /tmp/refused") == "", "updates that did not succeed"
    count = int(machine.ok("cat /tmp/count"))
    expected = hashlib.md5("".join(f"{i}\n" for i in range(1, count + 1)).encode()).hexdigest()
    assert machine.ok("cut -d' ' -f1 /tmp/sum") == expected
    after = settled(machine, before)
    same = [name for name in EXACT if name != "regions"]  # the shell may have one more
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert after["regions"] - before["regions"] < 5
    lost = frames_lost_by(machine, lambda: run_rounds(machine, rounds[:BATCH]))
    assert lost <= 0, f"{lost} frames lost in every round"
