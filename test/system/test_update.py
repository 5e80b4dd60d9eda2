"""Live update of hello: every step that can fail, the state byte for byte as before, nothing left behind."""
from errno import E2BIG, EBUSY, EINTR, EINVAL, ENOENT, ENOEXEC, ENOMEM, ENOSYS, EOPNOTSUPP, EPERM, ERESTART, ESRCH
import pathlib
import re
import struct

import pytest

from axolotl import Machine
from axolotl.counters import EXACT, counters, frames, settled
from axolotl.services import events, exit_of, greets, status, wait_state

VARIANTS = [path.stem for path in (pathlib.Path(__file__).resolve().parents[2] / "drivers/hello/variants").glob("hello*.cpp")]
BROKEN = "-config /tmp/broken.conf"


@pytest.fixture(scope="module")
def guest(build):
    with Machine(build) as machine:
        machine.wait_prompt()
        machine.ok(f"for n in hx {' '.join(VARIANTS)}; do echo \"service $n {{ }};\"; done > /tmp/broken.conf")
        yield machine


def start(machine, program="/usr/sbin/hello"):
    machine.ok(f"service up {program} -label hello -dev /dev/hello {BROKEN if program.startswith('/test') else ''}")


@pytest.fixture
def hello(guest):
    start(guest)
    yield guest
    guest.run("exec 7<&-; service down hello")


def update(machine, program, options=""):
    """Exit status of an update whose state is looked at before and after."""
    config = "" if program.startswith("/usr") else BROKEN
    return exit_of(machine, f"service update {program} -label hello {config} {options} --verify")


def logged(machine, start, pattern):
    """The match of a pattern in what came over the console since `start`, a length of its text."""
    for _ in range(100):
        match = re.search(pattern, machine.text[start:])
        if match:
            return match
        machine.ok("true")
    raise AssertionError(f"no {pattern}:\n{machine.tail()}")


def open_once(machine):
    """Opens and reads; how often it was opened says the driver in the log."""
    start = len(machine.text)
    assert greets(machine)
    return int(logged(machine, start, r"hello: called (\d+) time").group(1))


class Unchanged:
    """What must be after a failed update as it was before: who the service is, what it remembers, what the system has."""

    def __init__(self, machine):
        self.machine = machine
        machine.ok("exec 7</dev/hello; dd bs=1 count=3 <&7 2>/dev/null")
        self.opens = open_once(machine)
        self.before = status(machine, "hello")
        self.counters = counters(machine)

    def check(self, text, hashed=True):
        machine = self.machine
        last = events(machine, "hello")[-1]
        assert last["reason"] == "update" and text in last["text"], last
        if hashed:
            assert last["state_before"] and last["state_before"] == last["state_after"], last
        after = status(machine, "hello")
        for same in ("endpoint", "pid", "restarts", "state"):
            assert after[same] == self.before[same], (same, after)
        found = settled(machine, self.counters)
        assert {name: found[name] for name in EXACT} == {name: self.counters[name] for name in EXACT}
        assert machine.ok("dd bs=1 count=2 <&7 2>/dev/null") == "lo", "the open descriptor"
        assert open_once(machine) == self.opens + 1, "the counter"


@pytest.fixture
def unchanged(hello):
    return Unchanged(hello)


# ---- what works ---------------------------------------------------------------------------------------


def test_update_keeps_endpoint_pid_and_open_descriptors(hello):
    before = status(hello, "hello")
    hello.ok("exec 7</dev/hello; dd bs=1 count=3 <&7 2>/dev/null")
    hello.ok("service update /usr/sbin/hello2 -label hello")
    after = status(hello, "hello")
    assert (after["endpoint"], after["pid"]) == (before["endpoint"], before["pid"])
    assert "version 2" in hello.ok("cat /dev/hello")
    assert hello.ok("dd bs=1 count=2 <&7 2>/dev/null") == "lo"
    hello.ok("exec 7<&-; service fi hello segv")
    wait_state(hello, "hello", "running", 1)
    assert "version 2" in hello.ok("cat /dev/hello"), "a crash restarts the new program"


def test_hash_sees_a_change_of_one_counter(hello):
    """The means by which the other tests show that nothing changed does show it when something does."""
    hashes = []
    for _ in range(2):
        hello.ok("cat /dev/hello")
        assert update(hello, "/test/hello_crash") == ERESTART
        last = events(hello, "hello")[-1]
        hashes += [last["state_before"], last["state_after"]]
    assert hashes[0] == hashes[1] != hashes[2] == hashes[3]


def test_without_verify_nothing_is_hashed(hello):
    assert exit_of(hello, f"service update /test/hello_crash -label hello {BROKEN}") == ERESTART
    last = events(hello, "hello")[-1]
    assert last["state_before"] is None and last["state_after"] is None


# ---- refused -----------------------------------------------------------------------------------------


def test_errors_of_update(hello):
    assert exit_of(hello, "service update /usr/sbin/hello2 -label nobody") == ESRCH
    assert exit_of(hello, "service update /usr/sbin/hello2 -label hello -state 0") == EINVAL
    assert exit_of(hello, "service update /usr/sbin/hello2 -label hello -maxtime 21HZ") == EINVAL
    assert exit_of(hello, "service update /usr/sbin/hello2 -label rs") == EPERM
    for core in ("pm", "vfs", "vm", "ds", "fs_root", "tmpfs"):
        assert exit_of(hello, f"service update /usr/sbin/hello2 -label {core}") == EOPNOTSUPP, "another program"
        assert exit_of(hello, f"service update /usr/sbin/hello2 -label {core} --fresh") == EPERM, "without its State"
        for command in ("down", "refresh"):
            assert exit_of(hello, f"service {command} {core}") == EPERM
    assert greets(hello) and status(hello, "hello")["restarts"] == 0


def test_refused_since_the_state_is_unknown(hello, unchanged):
    assert update(hello, "/usr/sbin/hello2", "-state 77") == EINVAL
    unchanged.check("it does not know that state")


@pytest.mark.parametrize("program, error, text", [
    ("hello_refuses", ENOSYS, "it does not support live update"),
    ("hello_unsaved", EBUSY, "it cannot prepare now"),
])
def test_refused_by_the_old_version(guest, program, error, text):
    start(guest, f"/test/{program}")
    unchanged = Unchanged(guest)
    assert update(guest, "/usr/sbin/hello2") == error
    unchanged.check(text)
    guest.ok("exec 7<&-; service down hello")


# ---- the new version cannot be made --------------------------------------------------------------------


def huge_segment(build):
    """Shell that makes /tmp/hx of a good program whose last segment asks for 64 GiB."""
    image = (build.folder / "services/hello2").read_bytes()
    first, = struct.unpack_from("<Q", image, 32)
    entry_bytes, count = struct.unpack_from("<HH", image, 54)
    loads = [first + n * entry_bytes for n in range(count) if struct.unpack_from("<I", image, first + n * entry_bytes)[0] == 1]
    memory_bytes = loads[-1] + 40
    return (f"cp /usr/sbin/hello2 /tmp/hx; printf '\\020' | dd of=/tmp/hx bs=1 seek={memory_bytes + 4} conv=notrunc 2>/dev/null")


@pytest.mark.parametrize("made_by, error", [
    ("rm -f /tmp/hx; mkdir /tmp/hx", 21),
    ("rm -rf /tmp/hx; echo nothing > /tmp/hx", ENOEXEC),
    ("rm -rf /tmp/hx; head -c 20000 /usr/sbin/hello2 > /tmp/hx", ENOEXEC),
    ("rm -rf /tmp/hx; dd if=/dev/zero of=/tmp/hx bs=1M count=17 2>/dev/null", E2BIG),
    (None, ENOMEM),
])
def test_new_version_that_cannot_be_made(hello, unchanged, build, made_by, error):
    hello.ok(made_by or f"rm -rf /tmp/hx; {huge_segment(build)}")
    unchanged.counters = counters(hello)
    assert update(hello, "/tmp/hx") == error
    unchanged.check("the new version could not be started")
    hello.ok("rm -rf /tmp/hx")


def test_update_inherits_the_running_configuration(hello):
    assert exit_of(hello, "service update /test/hello_crash -label hello") == ERESTART, "no entry of that name is needed"
    hello.ok("cp /usr/sbin/hello2 /tmp/anything; service update /tmp/anything -label hello; rm /tmp/anything")
    assert "version 2" in hello.ok("cat /dev/hello"), "its device is still its own"


def test_program_of_another_service_is_refused_unless_one_means_it(hello, unchanged):
    assert update(hello, "/usr/sbin/random") == EOPNOTSUPP
    unchanged.check("it is no version of this service but of random")
    assert "--fresh" in hello.run("service update /usr/sbin/random -label hello")[0]


def test_missing_program(hello):
    assert exit_of(hello, "service update /no/such/program -label hello") == ENOENT
    assert greets(hello)


# ---- the old version is not ready ----------------------------------------------------------------------


def test_version_that_is_never_ready_times_out(guest):
    start(guest, "/test/hello_never")
    unchanged = Unchanged(guest)
    assert update(guest, "/usr/sbin/hello", "-state 2 -maxtime 30") == EINTR
    unchanged.check("it was not ready in time")
    guest.ok("exec 7<&-; service down hello")


def test_ready_that_comes_late_is_refused_and_the_service_goes_on(guest):
    start(guest, "/test/hello_late")
    unchanged = Unchanged(guest)
    begin = len(guest.text)
    for _ in range(2):  # a second one right behind it, whose own answer is late too
        assert update(guest, "/usr/sbin/hello", "-state 2 -maxtime 3") == EINTR
    logged(guest, begin, "hello reports ready for an update that is over")
    unchanged.check("it was not ready in time")
    assert update(guest, "/usr/sbin/hello", "-state 2 -maxtime 20HZ") == 0, "in time it can be had"
    guest.ok("exec 7<&-; service down hello")


def start_endless_update(machine, seconds):
    """An update that waits for a version which is never ready; runs in the background."""
    machine.ok(f"service update /test/hello_never -label hello {BROKEN}")
    in_background(machine, f"service update /usr/sbin/hello -label hello -state 2 -maxtime {seconds}HZ --verify")


def in_background(machine, command):
    machine.ok(f"rm -f /tmp/result; ({command} 2>/dev/null; echo $? > /tmp/result) & "
               "until service status | grep -q 'hello .*updating' || [ -e /tmp/result ]; do usleep 20000; done")


def result(machine):
    return int(machine.ok("wait; cat /tmp/result").splitlines()[-1])


def test_second_request_during_an_update_is_refused(hello, unchanged):
    start_endless_update(hello, 3)
    assert "updating: waiting for quiet" in hello.ok("service status") and status(hello, "hello")["step"] == "ready"
    hello.ok("service up /usr/sbin/hello2 -label other")
    for command in ("update /usr/sbin/hello -label other", "update /usr/sbin/hello2 -label hello", "refresh hello", "down hello"):
        assert exit_of(hello, f"service {command}") == EBUSY, command
    assert result(hello) == EINTR
    hello.ok("service update /usr/sbin/hello -label other; service down other")
    unchanged.check("it was not ready in time")


def test_death_of_the_requester_does_not_disturb_the_update(hello, unchanged):
    start_endless_update(hello, 2)
    hello.ok("kill -KILL $(pidof service); wait")
    wait_state(hello, "hello", "running", 0)
    unchanged.check("it was not ready in time")


# ---- deaths of either version ---------------------------------------------------------------------------


PIDS = "ps -o pid,comm | grep ' hello$' | sed 's/^ *//; s/ .*//'"


def pids(machine):
    """Of both versions: the service's own, and the other one's."""
    own = status(machine, "hello")["pid"]
    found = {int(line) for line in machine.ok(PIDS).split()}
    assert own in found and len(found) == 2, found
    return own, (found - {own}).pop()


def test_death_of_the_old_version_ends_the_update_and_is_recovered_from(hello):
    start_endless_update(hello, 10)
    before = counters(hello)
    hello.ok(f"kill -KILL {pids(hello)[0]}")
    assert result(hello) == ERESTART
    wait_state(hello, "hello", "running", 1)
    assert greets(hello)
    found = settled(hello, {**before, "processes": before["processes"] - 2})
    assert found["free_privileges"] == before["free_privileges"] + 1, "that of the new version"


def test_death_of_the_new_version_before_its_turn(hello, unchanged):
    start_endless_update(hello, 10)
    hello.ok(f"kill -KILL {pids(hello)[1]}")
    assert result(hello) == EINTR
    unchanged.check("not ready in time")


def hanging_update(machine):
    """The old version has said that it is ready; the new one, in its place, never ends its init."""
    start = len(machine.text)
    in_background(machine, f"service update /test/hello_waits -label hello {BROKEN} --verify")
    logged(machine, start, "hello: the new version waits")
    return pids(machine)


def test_new_version_that_is_killed_in_its_init_is_rolled_back(hello, unchanged):
    own, _ = hanging_update(hello)
    assert status(hello, "hello")["step"] == "new_init"
    hello.ok(f"kill -KILL {own}")
    assert result(hello) == ERESTART
    unchanged.check("rolled back")


def test_death_of_both_versions_is_recovered_from(hello):
    """Of the old one alone nobody needs to hear: the new one may still be accepted. When it fails too both are lost."""
    own, other = hanging_update(hello)
    hello.ok(f"kill -KILL {other}; service status | grep -q 'hello .*updating'; kill -KILL {own}")
    assert result(hello) == ERESTART
    wait_state(hello, "hello", "running", 1)
    assert "the old one was lost" in [event for event in events(hello, "hello") if event["reason"] == "update"][-1]["text"]
    assert greets(hello)


# ---- transfer and init --------------------------------------------------------------------------------


FAILURES = [  # program, exit status, why
    ("hello_crash", ERESTART, "died in its init"),
    ("hello_fail", ERESTART, "the init of the new version failed"),
    ("hello_hang", EINTR, "hung in its init"),
    ("hello_scribbles", ERESTART, "died in its init"),
    ("hello_loses_state", ERESTART, "the init of the new version failed"),
    ("hello_migrate_fails", ERESTART, "the init of the new version failed"),
    ("hello_migrate_crashes", ERESTART, "died in its init"),
    ("hello_migrate_hangs", EINTR, "hung in its init"),
    ("hello2_crash", ERESTART, "died in its init"),
    ("hello2_fail", ERESTART, "the init of the new version failed"),
    ("hello2_hang", EINTR, "hung in its init"),
]


@pytest.mark.parametrize("program, error, text", FAILURES)
def test_new_version_that_fails_is_rolled_back(hello, unchanged, program, error, text):
    assert update(hello, f"/test/{program}") == error
    unchanged.check(f"{text}; rolled back" if "failed" not in text else "rolled back")


def test_failures_in_a_row_lose_no_frames(hello):
    def round_of_failures():
        for program, error, _ in FAILURES:
            if error != EINTR:
                assert update(hello, f"/test/{program}") == error
        return settled(hello, found)

    found = counters(hello)
    found = round_of_failures()
    for _ in range(3):
        before, found = found, round_of_failures()
        if frames(found) >= frames(before):
            return
    raise AssertionError(f"{frames(before) - frames(found)} frames lost in every round")
