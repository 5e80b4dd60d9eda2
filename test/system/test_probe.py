"""What only a service may do, done by `probe` for the shell: memory shared through DS, quotas, control of another service,
and the rights that system.conf gives."""
import random
from errno import EBUSY, EINVAL, EPERM, ESRCH

import pytest

from axolotl import Machine
from axolotl.counters import EXACT, counters, settled
from axolotl.services import events, status, wait_state

CONFIG = "-config /tmp/probe.conf"


@pytest.fixture(scope="module")
def probes(build):
    with Machine(build) as machine:
        machine.wait_prompt()
        machine.ok("mknod /tmp/p1 c 40 0; mknod /tmp/p2 c 41 0; echo 'service probe { control hello; };' > /tmp/probe.conf")
        # A command for a probe, and its answer.
        machine.ok("t() { echo $2 $3 $4 > /tmp/$1 && cat /tmp/$1; }")
        yield machine


@pytest.fixture
def two(probes):
    probes.ok(f"for p in p1 p2; do service up /test/probe -label $p -dev /tmp/$p {CONFIG}; done")
    yield probes
    probes.run("service down p1; service down p2")


def ask(machine, probe, command):
    """What the command gave; a failed one its error, negative."""
    word, number = machine.ok(f"t {probe} {command}").splitlines()[-1].split()
    return int(number) if word == "ok" else -int(number)


# ---- turns ---------------------------------------------------------------------------------------------


def test_service_struck_between_two_sends_of_a_turn_has_sent_both_or_none(probes):
    """The work between and around the sends is 1000 loops each; most faults strike in the turn, a few after it."""
    rounds, most = 300, 16000
    probes.ok(f"mknod /tmp/left c 42 0; mknod /tmp/right c 43 0; for p in p1 left right; do "
              f"service up /test/probe -label $p -dev /tmp/$p {CONFIG}; done")
    generator = random.Random(20261130)
    for first in range(0, rounds, 50):
        steps = " ".join(str(generator.randrange(1, most)) for _ in range(50))
        # The probe's next life answers; until then its device does not open.
        probes.ok(f"i={first}; for n in {steps}; do i=$((i+1)); service fi p1 segv --after $n; t p1 halves $i; "
                  "until t p1 told > /dev/null; do :; done; done 2> /dev/null")
    told = ask(probes, "left", "told")
    assert told == ask(probes, "right", "told")
    assert ask(probes, "left", "digest") == ask(probes, "right", "digest")
    assert rounds // 20 < told < rounds, "some turns ended and some were struck"
    assert status(probes, "p1")["restarts"] > rounds // 2
    for probe in ("p1", "left", "right"):
        probes.ok(f"service down {probe}")


# ---- DS ------------------------------------------------------------------------------------------------


def test_map_shows_what_its_owner_writes_and_snapshots_what_it_held(two):
    ask(two, "p1", "fill 1")
    assert ask(two, "p1", "show m") == 0
    assert ask(two, "p2", "snapshot m") == 0
    ask(two, "p1", "fill 2")
    assert ask(two, "p2", "copy m") == 2
    assert ask(two, "p2", "recall m 0") == 1
    assert ask(two, "p2", "recall m 1") == -EINVAL
    assert ask(two, "p2", "map m") == 4096
    assert ask(two, "p2", "look") == 2
    ask(two, "p1", "fill 3")
    assert ask(two, "p2", "look") == 3
    assert ask(two, "p1", "hide m") == 0
    ask(two, "p1", "fill 4")
    assert ask(two, "p2", "look") == 3, "it has a copy of its own now"
    assert ask(two, "p2", "copy m") == -ESRCH


@pytest.mark.parametrize("dies", ["p1", "p2"])
def test_death_of_publisher_or_reader_ends_a_mapping_and_leaves_nothing_behind(two, dies):
    before = None
    for _ in range(3):  # what the first round makes the servers take stays theirs
        ask(two, "p1", "fill 7")
        assert ask(two, "p1", "show m") == 0 and ask(two, "p2", "map m") == 4096
        restarts = status(two, dies)["restarts"]
        two.ok(f"service fi {dies} segv")
        wait_state(two, dies, "running", restarts + 1)
        assert ask(two, "p2", "look") == (7 if dies == "p1" else 0)
        assert ask(two, "p2", "copy m") == (-ESRCH if dies == "p1" else 7)
        two.run("t p1 hide m")
        before = before or counters(two)
    after = settled(two, before)
    assert {name: after[name] for name in EXACT} == {name: before[name] for name in EXACT}


def test_publisher_of_endless_keys_is_stopped_and_disturbs_nobody(two):
    assert ask(two, "p1", "flood a") == 63, "and one that says that the driver is up"
    assert ask(two, "p1", "flood b") == 0
    assert ask(two, "p2", "number a62") == 62
    assert ask(two, "p2", "flood c") == 63
    two.ok("service up /usr/sbin/hello -dev /dev/hello; service down hello")
    two.ok("service fi p1 exit")
    wait_state(two, "p1", "running", 1)
    assert ask(two, "p2", "number a62") == -ESRCH
    assert ask(two, "p1", "flood d") == 63, "what the dead one had is gone"


# ---- control of other services ---------------------------------------------------------------------------


def test_service_controls_those_whose_program_its_entry_names(two):
    assert ask(two, "p1", "control hello refresh") == -ESRCH
    two.ok("service up /usr/sbin/hello -label greeter -dev /dev/hello")
    assert ask(two, "p1", "control greeter refresh") == 0
    wait_state(two, "greeter", "running", 1)
    assert events(two, "greeter")[-1]["reason"] == "refresh"
    assert ask(two, "p1", "control greeter restart") == -EBUSY, "it runs"
    assert ask(two, "p1", "control greeter explode") == -EINVAL
    assert ask(two, "p1", "control p2 refresh") == -EPERM
    assert ask(two, "p1", "control vfs down") == -EPERM
    assert ask(two, "p1", "control greeter down") == 0
    assert status(two, "greeter") is None
    assert status(two, "p2")["restarts"] == 0


# ---- system.conf -----------------------------------------------------------------------------------------

ALL_WORDS = """# every statement there is
include "/tmp/classes.conf";
service probe {
    class ports;
    uid 0; nice 0;
    irq 9;
    pci device 8086/100e; pci class 2/0;
    system UMAP;
    vm INFO;
    ipc SYSTEM USER PM VFS RS DS VM LOG TTY;
    control hello random;
    frobnicate;
};
"""


def write(machine, path, text):
    machine.ok("printf '" + text.replace("\n", "\\n") + f"' > {path}")


def test_entry_with_every_statement_gives_those_rights_and_no_others(probes):
    write(probes, "/tmp/classes.conf", "service ports { io 70:2; system DEVIO; };\n")
    write(probes, "/tmp/all.conf", ALL_WORDS)
    probes.ok("service up /test/probe -label p1 -dev /tmp/p1 -config /tmp/all.conf")
    assert ask(probes, "p1", "in 113") >= 0
    assert ask(probes, "p1", "in 96") == -EPERM
    assert ask(probes, "p1", "control nobody down") == -ESRCH
    probes.ok("service down p1; echo 'service probe { };' > /tmp/none.conf")
    probes.ok("service up /test/probe -label p1 -dev /tmp/p1 -config /tmp/none.conf")
    assert ask(probes, "p1", "in 113") < 0
    probes.ok("service down p1")


@pytest.mark.parametrize("line, complaint", [
    ("irq 1 2 3 4 5;", "more than 4 interrupt lines"),
    ("irq many;", "/tmp/bad.conf:2: bad interrupt line 'many'"),
    ("io 10000;", "/tmp/bad.conf:2: bad port range '10000'"),
    ("system FORK;", "/tmp/bad.conf:2: unknown word 'FORK'"),
    ("ipc a; ipc b;", "/tmp/bad.conf:2: a second ipc statement"),
    ("control \"x\";", "/tmp/bad.conf:2: word expected"),
    ("{", "/tmp/bad.conf:5: unfinished list"),
])
def test_mistakes_in_an_entry_are_told_with_their_line(probes, line, complaint):
    write(probes, "/tmp/bad.conf", f"service probe {{\n{line}\n}};\n\n")
    output, failed = probes.run("service up /test/probe -label bad -config /tmp/bad.conf")
    assert failed != 0 and complaint in output
    assert status(probes, "bad") is None
