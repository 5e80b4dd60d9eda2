"""Live update of the services of the boot archive, the terminal one types on included: they keep what they hold."""
from errno import EINTR, EOPNOTSUPP, ERESTART
import re

import pytest

from axolotl import Machine
from axolotl.counters import EXACT, counters, settled
from axolotl.services import events, exit_of, status, wait_state

SERVICES = ("log", "memory", "procfs", "tty")
PROGRAMS = "/usr/lib/services"


@pytest.fixture(scope="module")
def guest(build):
    with Machine(build) as machine:
        machine.wait_prompt()
        yield machine


def update(machine, label):
    machine.ok(f"service update {PROGRAMS}/{label} -label {label} --verify")


def same_service(machine, label, before):
    after = status(machine, label)
    for same in ("endpoint", "pid", "state"):
        assert after[same] == before[same], (same, after)


def shown(machine, device, count):
    return machine.ok(f"head -c {count} {device} | md5sum")


# ---- each keeps its state --------------------------------------------------------------------------------


def test_log_keeps_its_text_its_readers_and_who_waits(guest):
    before = status(guest, "log")
    guest.ok("cat /dev/klog > /tmp/follow & echo $! > /tmp/reader")
    guest.ok("echo before-the-update > /dev/klog; until grep -q before-the-update /tmp/follow; do usleep 10000; done")
    text = shown(guest, "/dev/klog", 100)
    update(guest, "log")
    same_service(guest, "log", before)
    assert shown(guest, "/dev/klog", 100) == text
    guest.ok("echo after-the-update > /dev/klog; until grep -q after-the-update /tmp/follow; do usleep 10000; done")
    assert guest.ok("grep -c before-the-update /tmp/follow") == "1", "the reader goes on where it was"
    guest.ok("kill $(cat /tmp/reader); wait 2>/dev/null; true")


def data_blocks(machine):
    """Of the disk without its first megabytes, where the times of files that are read change."""
    return machine.ok("dd if=/dev/ram0 bs=1M skip=4 count=20 2>/dev/null | md5sum")


def test_memory_keeps_the_disk_and_its_mount(guest):
    before = status(guest, "memory")
    guest.ok("exec 8</dev/ram0; head -c 3000000 /bin/busybox > /kept; sync; md5sum /kept > /tmp/kept.sum")
    disk = data_blocks(guest)
    update(guest, "memory")
    same_service(guest, "memory", before)
    assert data_blocks(guest) == disk
    guest.ok("md5sum -c /tmp/kept.sum && dd bs=512 count=1 <&8 of=/dev/null 2>/dev/null; exec 8<&-")
    guest.ok("cp /kept /kept2; sync; cmp /kept /kept2; rm /kept /kept2; sync")


def test_memory_is_updated_while_the_disk_is_written(guest):
    guest.ok("(for i in 1 2 3 4; do cp /bin/busybox /busy; sync; cmp /bin/busybox /busy || touch /tmp/differs; done) & true")
    for _ in range(10):
        update(guest, "memory")
    guest.ok("wait; rm /busy; sync; [ ! -e /tmp/differs ]")


def test_procfs_is_updated_while_it_is_read(guest):
    before = status(guest, "procfs")
    guest.ok("(i=0; while [ $i -lt 60 ]; do ps > /tmp/ps || touch /tmp/failed; grep -q procfs /tmp/ps || touch /tmp/failed; "
             "i=$((i+1)); done) & true")
    for _ in range(10):
        update(guest, "procfs")
    guest.ok("wait; [ ! -e /tmp/failed ]")
    same_service(guest, "procfs", before)


def test_random_finishes_a_long_read_across_updates(guest):
    guest.ok("service down random; service up /usr/sbin/random -dev /dev/urandom")
    guest.ok("head -c 30000000 /dev/urandom | wc -c > /tmp/count & true")
    for _ in range(5):
        guest.ok("service update /usr/sbin/random -label random")
    assert guest.ok("wait; cat /tmp/count") == "30000000"
    guest.ok("service down random")


def test_ds_is_updated_while_drivers_come_crash_and_go(guest):
    before, used = status(guest, "ds"), counters(guest)
    # One line, which ends when all is over: the driver's lines do not run into what is typed.
    guest.ok("(i=0; while [ $i -lt 10 ]; do service up /usr/sbin/hello -dev /dev/hello && cat /dev/hello > /tmp/hi "
             "&& service fi hello segv; until cat /dev/hello > /tmp/hi 2>/dev/null; do usleep 20000; done; "
             "service down hello || break; i=$((i+1)); done; echo $i > /tmp/rounds) & j=0; while [ $j -lt 20 ]; do "
             f"service update {PROGRAMS}/ds -label ds || break; j=$((j+1)); done; wait; [ $j = 20 ]", limit=300)
    assert guest.ok("cat /tmp/rounds; rm /tmp/rounds /tmp/hi") == "10"
    same_service(guest, "ds", before)
    found = settled(guest, used)
    assert {name: found[name] for name in EXACT if name != "regions"} == {name: used[name] for name in EXACT if name != "regions"}


# ---- the terminal ----------------------------------------------------------------------------------------


def test_terminal_is_updated_from_the_shell_on_it_twenty_times(guest):
    before = status(guest, "tty")
    guest.ok("stty -echoctl intr ^K; stty -a > /tmp/stty")
    shell = guest.ok("echo $$")
    for _ in range(20):
        update(guest, "tty")
    same_service(guest, "tty", before)
    guest.ok("stty -a > /tmp/stty2; cmp /tmp/stty /tmp/stty2")
    assert guest.ok("echo $$") == shell
    guest.ok("stty echoctl intr ^C")


def test_what_is_typed_ahead_of_an_update_of_the_terminal_arrives(guest):
    lines = [f"echo typed-{number}-''{'x' * 40}" for number in range(20)]
    guest.send("service update /usr/lib/services/tty -label tty\n" + "\n".join(lines) + "\n")
    for number in range(20):
        guest.wait(rf"^typed-{number}-x{{40}}$")
    guest.ok("true")


def test_foreground_job_of_an_updated_terminal_gets_its_signals(guest):
    update(guest, "tty")
    guest.send("sh -c 'echo job-''started; exec sleep 1000'\n")
    guest.wait("^job-started$")
    guest.send("\x03")
    guest.wait("# ")
    assert guest.ok("echo here") == "here"


def test_program_that_writes_without_end_is_not_disturbed(guest):
    guest.ok("(for i in 1 2 3 4 5; do service update /usr/lib/services/tty -label tty; done; echo $? > /tmp/updated) & true")
    output = guest.ok("i=0; while [ $i -lt 3000 ]; do echo line-$i; i=$((i+1)); done; wait")
    assert re.findall(r"line-(\d+)", output) == [str(number) for number in range(3000)]
    assert guest.ok("cat /tmp/updated") == "0"


# ---- what is no version of it ----------------------------------------------------------------------------


@pytest.mark.parametrize("label", SERVICES)
def test_unrelated_program_is_refused(guest, label):
    before = status(guest, label)
    assert exit_of(guest, f"service update /usr/sbin/hello2 -label {label}") == EOPNOTSUPP
    assert "it is no version of this service but of hello" in events(guest, label)[-1]["text"]
    same_service(guest, label, before)
    guest.ok("ls / > /dev/null; ps > /dev/null; head -c 100 /dev/klog > /dev/null")


# ---- failures and what comes after -------------------------------------------------------------------------


@pytest.mark.parametrize("label", SERVICES)
def test_failed_updates_leave_service_and_system_as_they_were(guest, label):
    before, used = status(guest, label), counters(guest)
    for program, error in (("hello_crash", ERESTART), ("hello_fail", ERESTART), ("hello_hang", EINTR)):
        assert exit_of(guest, f"service update /test/{program} -label {label} --fresh --verify") == error
        last = events(guest, label)[-1]
        assert last["state_before"] and last["state_before"] == last["state_after"], last
        same_service(guest, label, before)
    found = settled(guest, used)
    assert {name: found[name] for name in EXACT} == {name: used[name] for name in EXACT}
    guest.ok("ls / > /dev/null; ps > /dev/null; head -c 100 /dev/klog > /dev/null")


@pytest.mark.parametrize("label", SERVICES)
def test_crash_after_an_update_restarts_the_new_program_from_memory(guest, label):
    update(guest, label)
    guest.ok(f"mv {PROGRAMS}/{label} /usr/lib/away; sync")
    if label == "tty":
        guest.send("service fi tty segv\n")
        guest.wait_prompt()
    else:
        guest.ok(f"service fi {label} segv")
    wait_state(guest, label, "running", 1)
    guest.ok(f"mv /usr/lib/away {PROGRAMS}/{label}; sync; ls / > /dev/null; ps > /dev/null; head -c 100 /dev/klog > /dev/null")
