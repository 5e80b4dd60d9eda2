"""Live update of VFS under everything that waits for it and everything that works through it. Nobody may notice but by the
time it takes; versions that are broken at any step leave the old one at work."""
from contextlib import contextmanager
from errno import EBUSY, EINTR, EOPNOTSUPP, EPERM, ERESTART

import pytest

from axolotl import Machine
from axolotl.counters import buried, differing, frames
from axolotl.services import events, exit_of, status, sum_of_lines

UPDATE = "service update /usr/lib/services/vfs -label vfs"
ROUNDS = 50
PLACES = {"tmpfs": "/tmp/work", "ext2": "/work"}


@pytest.fixture(scope="module")
def guest(build):
    with Machine(build) as machine:
        machine.wait_prompt()
        for place in PLACES.values():
            machine.ok(f"mkdir {place}")
        yield machine


def in_background(machine, command, result):
    """Its status is in a file when it has ended."""
    machine.ok(f"rm -f {result}; ({command}; echo $? > {result}) & true")


def result(machine, path):
    machine.ok(f"until [ -s {path} ]; do usleep 20000; done", limit=300)
    return int(machine.ok(f"cat {path}"))


def updates(machine, count=ROUNDS, program="/usr/lib/services/vfs"):
    """Typed at the shell one after the other: each status is 0."""
    machine.ok(f"i=0; while [ $i -lt {count} ]; do service update {program} -label vfs || break; i=$((i+1)); done; "
               f"[ $i = {count} ]", limit=600)


@contextmanager
def crowd(machine, place=PLACES["tmpfs"]):
    """A hundred processes that wait at VFS and a dozen that never stop asking it, whom nothing may disturb."""
    in_background(machine, f"cd {place} && /test/crowd {place}/over > /tmp/crowd", "/tmp/crowd.status")
    machine.ok("until grep -q 'crowd is there' /tmp/crowd; do usleep 50000; [ ! -s /tmp/crowd.status ] || break; done", limit=300)
    yield
    machine.ok(f"touch {place}/over")
    assert result(machine, "/tmp/crowd.status") == 0, machine.ok("cat /tmp/crowd")
    machine.ok(f"wait; rm {place}/over /tmp/crowd /tmp/crowd.status")
    assert machine.ok(f"ls {place}") == ""


class Same:
    """What must be afterwards as it was before: who VFS is, and what the system has free and in use."""

    def __init__(self, machine):
        updates(machine, 2)  # the heaps of a started service are smaller than those the boot archive gives
        self.machine, self.vfs, self.counters = machine, status(machine, "vfs"), buried(machine)

    def check(self):
        for _ in range(50):
            changed = differing(self.counters, buried(self.machine))
            if not set(changed) - {"regions"}:
                break
        # A heap that has grown to what was needed lies in a region more; one that is lost in every update is another thing.
        if changed.pop("regions", None):
            self.regions_stay()
        assert not changed
        after = status(self.machine, "vfs")
        for same in ("endpoint", "pid", "restarts", "state"):
            assert after[same] == self.vfs[same], (same, after)

    def regions_stay(self):
        found = []
        for _ in range(4):
            before = buried(self.machine)["regions"]
            updates(self.machine, 3)
            found.append(buried(self.machine)["regions"] - before)
            if found[-1] <= 0:
                return
        raise AssertionError(f"regions more after every three updates: {found}")


@pytest.fixture
def same(guest):
    return Same(guest)


# ---- idle ------------------------------------------------------------------------------------------------


def test_idle_update_keeps_what_is_open_and_loses_no_frames(guest, same):
    guest.ok("cd /tmp/work; echo some-text > file; exec 7<file; dd bs=1 count=5 <&7 2>/dev/null")
    assert guest.ok(f"{UPDATE} --verify; dd bs=1 count=4 <&7 2>/dev/null; pwd") == "text/tmp/work"
    last = events(guest, "vfs")[-1]
    assert last["reason"] == "update" and last["status"] == 0 and last["state_before"], last
    guest.ok("exec 7<&-; rm file; cd /")
    for _ in range(4):
        before = frames(buried(guest))
        updates(guest, 10)
        if frames(buried(guest)) >= before:
            break
    else:
        raise AssertionError("every ten updates cost frames")
    same.check()


# ---- under load --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_hundred_waiting_calls_and_a_crowd_that_asks_notice_nothing(guest, same, place):
    with crowd(guest, place):
        updates(guest, 20)
    same.check()


def test_fifty_updates_under_shell_pipeline_terminal_read_and_file_copies(guest, same):
    lines = 20000
    guest.ok("cat /bin/busybox /bin/busybox > /tmp/original")
    in_background(guest, "i=0; while [ $i -lt 400 ]; do [ \"$(echo a$i | cat)\" = a$i ] || exit 1; i=$((i+1)); done", "/tmp/loop")
    in_background(guest, f"i=0; while [ $i -lt {lines} ]; do echo $i; i=$((i+1)); done | cat | md5sum > /tmp/sum", "/tmp/piped")
    for name, place in PLACES.items():
        in_background(guest, f"n=0; while [ $n -lt 6 ]; do cp /tmp/original {place}/copy && cmp /tmp/original {place}/copy "
                             f"&& rm {place}/copy || exit 1; n=$((n+1)); done", f"/tmp/copied-{name}")
    # The shell that updates is a job in the background; what has the terminal waits in a read of it all the while.
    in_background(guest, f"i=0; while [ $i -lt {ROUNDS} ]; do {UPDATE} || exit 1; i=$((i+1)); "
                         "[ $i != 25 ] || echo half-way > /dev/console; done", "/tmp/updated")
    guest.send("read line; echo \"got <$line>\"\n")
    guest.wait(r"half-way\n", limit=600)
    guest.send("typed at last\n")
    guest.wait(r"^got <typed at last>$")
    guest.wait("# ")
    for what in ("updated", "loop", "piped", *(f"copied-{name}" for name in PLACES)):
        assert result(guest, f"/tmp/{what}") == 0, what
    assert guest.ok("cat /tmp/sum").split()[0] == sum_of_lines(lines)
    guest.ok("wait; cd /tmp; rm original sum loop piped updated copied-*; cd /; sync")
    same.check()


def test_sleepers_and_openers_that_began_before_go_on_after(guest, same):
    """A poll with a time ends at it, whatever became of VFS since; who opens a FIFO finds the other end."""
    guest.ok("mkfifo /tmp/quiet")
    in_background(guest, "read -t 2 x <> /tmp/quiet; [ $? != 0 ]", "/tmp/slept")
    guest.ok("mkfifo /tmp/pipe; (cat /tmp/pipe > /tmp/through) & true")
    updates(guest, 5)
    guest.ok("echo through-the-pipe > /tmp/pipe; until grep -q through-the-pipe /tmp/through; do usleep 20000; done")
    assert result(guest, "/tmp/slept") == 0
    guest.ok("wait; rm /tmp/pipe /tmp/quiet /tmp/through /tmp/slept")
    same.check()


# ---- another schema -----------------------------------------------------------------------------------------


def test_state_with_another_schema_is_carried_over_under_a_crowd(guest, same):
    guest.ok("echo some-text > /tmp/text; exec 7</tmp/text; dd bs=1 count=5 <&7 2>/dev/null")
    with crowd(guest, PLACES["ext2"]):
        for _ in range(3):
            guest.ok("service update /test/vfs_changed -label vfs")
            assert exit_of(guest, UPDATE) == ERESTART, "it would lose a field"
            guest.ok(f"{UPDATE} --drop more")
    assert guest.ok("dd bs=1 count=4 <&7 2>/dev/null") == "text"
    guest.ok("exec 7<&-; rm /tmp/text")
    same.check()


# ---- what fails ---------------------------------------------------------------------------------------------


def works(machine):
    machine.ok("echo text > /tmp/a && mv /tmp/a /tmp/b && [ \"$(cat /tmp/b | cat)\" = text ] && rm /tmp/b && ls / > /dev/null")


FAILURES = [  # program, exit status, why
    ("/test/vfs_crash", ERESTART, "died in its init"),
    ("/test/vfs_fail", ERESTART, "the init of the new version failed"),
    ("/test/vfs_hang", EINTR, "hung in its init"),
    ("/usr/sbin/hello2", EOPNOTSUPP, "it is no version of this service but of hello"),
]


def test_versions_that_fail_leave_the_old_one_at_work(guest, same):
    with crowd(guest):
        for program, error, text in FAILURES:
            assert exit_of(guest, f"service update {program} -label vfs --verify") == error, program
            last = events(guest, "vfs")[-1]
            assert text in last["text"], last
            if error != EOPNOTSUPP:
                assert last["state_before"] and last["state_before"] == last["state_after"], last
            works(guest)
    same.check()


def test_core_without_its_state_is_refused(guest, same):
    assert exit_of(guest, f"{UPDATE} --fresh") == EPERM
    assert exit_of(guest, UPDATE.replace("-label vfs", "-label rs")) == EPERM
    works(guest)


def test_version_that_cannot_save_goes_on(guest, same):
    guest.ok("service update /test/vfs_unsaved -label vfs")
    assert exit_of(guest, UPDATE) == EBUSY
    assert "it cannot prepare now" in events(guest, "vfs")[-1]["text"]
    works(guest)
    guest.ok(UPDATE)
    same.check()


def test_version_that_does_not_come_to_rest_serves_who_waited_when_time_is_up(guest, same):
    guest.ok("service update /test/vfs_never -label vfs")
    with crowd(guest):
        for _ in range(2):
            assert exit_of(guest, f"{UPDATE} -state 2 -maxtime 1HZ") == EINTR
            assert "it was not ready in time" in events(guest, "vfs")[-1]["text"]
            works(guest)
        guest.ok(UPDATE)
    same.check()


def test_foreground_job_whose_calls_wait_for_the_end_of_an_update_gets_its_signal(guest, same):
    guest.ok("service update /test/vfs_never -label vfs")
    in_background(guest, f"until [ -e /tmp/begun ]; do usleep 20000; done; {UPDATE} -state 2 -maxtime 2HZ 2>/dev/null",
                  "/tmp/refused")
    guest.send("sh -c 'touch /tmp/begun; while :; do echo x; done > /dev/null'\n")
    guest.wait(r"state 2 is approached$")
    guest.send("\x03")
    guest.wait(r"state 2 is approached no more$")
    guest.wait("# ")
    assert result(guest, "/tmp/refused") == EINTR
    guest.ok(f"wait; rm /tmp/refused /tmp/begun; {UPDATE}")
    same.check()
