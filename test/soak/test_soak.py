"""A thousand crashes and five hundred updates in one boot, while a pipeline runs whose output must be right."""
import pytest

from axolotl import Build, Machine
from axolotl.counters import counters, frames_lost_by
from axolotl.services import campaign, sum_of_lines

ROUNDS = 500  # two crashes and one update each


@pytest.fixture
def machine():
    with Machine(Build()) as started:
        started.wait_prompt()
        yield started


def test_thousand_crashes_and_five_hundred_updates(machine):
    lines = 400_000
    machine.ok(f"(i=0; while [ $i -lt {lines} ]; do echo $i; i=$((i+1)); done | md5sum > /tmp/sum) & true")
    campaign(machine, 10)
    before = counters(machine)
    for _ in range(ROUNDS // 25):
        campaign(machine, 25)
    machine.ok("wait", limit=3000)
    assert machine.ok("cut -d' ' -f1 /tmp/sum") == sum_of_lines(lines)
    after = counters(machine)
    for name in ("free_privileges", "free_message_buffers", "interrupt_hooks", "safe_maps"):
        assert after[name] == before[name], name
    lost = frames_lost_by(machine, lambda: campaign(machine, 25))
    assert lost <= 0, f"{lost} frames lost in every round"
