"""Runs every guest program; each is one test. What the system has free and in use is compared around it."""
import pathlib
import re

import pytest

from axolotl.counters import buried, missing

NAMES = sorted(path.stem for path in (pathlib.Path(__file__).resolve().parents[1] / "guest").glob("*.c"))


def run(machine, name):
    output, status = machine.run(f"cd /tmp && /test/{name}; s=$?; cd /; (exit $s)", limit=300)
    failures = [line for line in output.splitlines() if line.startswith("FAIL")]
    assert not failures, "\n".join(failures)
    done = re.search(r"^done (\d+) ok, 0 failed$", output, re.MULTILINE)
    assert done and int(done.group(1)) > 0 and status == 0, output


ROUNDS = 4  # a leak loses something in every run; a cache or heap that grows once does not


@pytest.mark.parametrize("name", NAMES)
def test_guest_program_leaves_nothing_behind(machine, name):
    run(machine, name)
    before = buried(machine)
    for _ in range(ROUNDS):
        run(machine, name)
        after = buried(machine)
        report = missing(before, after)
        if not report:
            return
        before = after
    raise AssertionError(report)
