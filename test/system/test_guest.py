"""Runs every guest program; each is one test. Free frames, slots and grants are compared around it."""
import pathlib
import re

import pytest

NAMES = sorted(path.stem for path in (pathlib.Path(__file__).resolve().parents[1] / "guest").glob("*.c"))


@pytest.mark.parametrize("name", NAMES)
def test_guest_program(machine, name):
    output, status = machine.run(f"cd /tmp && /test/{name}; s=$?; cd /; (exit $s)", limit=300)
    failures = [line for line in output.splitlines() if line.startswith("FAIL")]
    assert not failures, "\n".join(failures)
    done = re.search(r"^done (\d+) ok, 0 failed$", output, re.MULTILINE)
    assert done and int(done.group(1)) > 0 and status == 0, output
