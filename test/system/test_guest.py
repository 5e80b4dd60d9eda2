"""Runs every guest program; each is one test. What the system has free and in use is compared around it."""
import pathlib
import re

import pytest

NAMES = sorted(path.stem for path in (pathlib.Path(__file__).resolve().parents[1] / "guest").glob("*.c"))

# What must be exactly as before once the second run of a program has ended. Frames are compared as free + cached,
# since the file cache may grow; tables and heaps that stay grown have done so in the first run.
EXACT = ("free_process_slots", "free_privileges", "free_message_buffers", "safe_maps", "interrupt_hooks", "spaces",
         "regions", "processes", "zombies", "open_files", "pipes", "requests", "grants")


def counters(machine):
    lines = machine.ok("sync; counters").splitlines()
    return {name: int(value) for name, value in (line.split() for line in lines if line.count(" ") == 1)}


def run(machine, name):
    output, status = machine.run(f"cd /tmp && /test/{name}; s=$?; cd /; (exit $s)", limit=300)
    failures = [line for line in output.splitlines() if line.startswith("FAIL")]
    assert not failures, "\n".join(failures)
    done = re.search(r"^done (\d+) ok, 0 failed$", output, re.MULTILINE)
    assert done and int(done.group(1)) > 0 and status == 0, output


ROUNDS = 4  # a leak loses something in every run; a cache or heap that grows once does not


def missing(before, after):
    """What is not as it was, as text; empty when everything is."""
    differing = {key: (before[key], after[key]) for key in EXACT if before[key] != after[key]}
    lost = before["free_frames"] + before["cached_frames"] - after["free_frames"] - after["cached_frames"]
    return f"{differing} {lost} frames lost" if differing or lost > 0 else ""


def settled(machine):
    """The counters once init has buried the orphans of the last run."""
    while True:
        found = counters(machine)
        if found["zombies"] == 0:
            return found
        machine.ok("true")


@pytest.mark.parametrize("name", NAMES)
def test_guest_program_leaves_nothing_behind(machine, name):
    run(machine, name)
    before = settled(machine)
    for _ in range(ROUNDS):
        run(machine, name)
        after = settled(machine)
        report = missing(before, after)
        if not report:
            return
        before = after
    raise AssertionError(report)
