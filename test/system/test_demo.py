"""`make demo`: every step happens and says so, typed at the shell and as the first process."""
import re

STEPS = 6


def check(text):
    assert "!!" not in text
    assert "demo: every step went as it should." in text
    durations = re.findall(r"=> hello: (\S+), endpoint (\S+) -> (\S+), took ([0-9.]+) ms", text)
    reasons = [reason for reason, *_ in durations]
    assert reasons[:4] == ["start", "update", "crash", "hang"]
    assert all(float(took) < 5000 for *_, took in durations)
    # An update keeps the endpoint; a restarted driver is another process.
    for reason, before, after, _ in durations:
        assert (before == after) == (reason == "update")


def test_demo_at_the_shell(boot):
    machine = boot().wait_prompt()
    check(machine.ok("/demo"))
    assert machine.ok("/demo").count("=>") >= STEPS, "a second run in the same boot works as well"


def test_demo_as_first_process_ends_the_machine(boot):
    machine = boot(append="init=/demo")
    assert machine.wait_exit() == 0
    check(machine.text)
