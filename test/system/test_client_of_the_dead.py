"""Who is blocked in a request when its driver dies gets an error at once, and recovery waits for no client."""
import pytest

from axolotl import Machine
from axolotl.services import events, status, wait_state

LONG_READ = "dd if=/dev/urandom of=/dev/null bs=32M count=10000"  # it does not end by itself
FILLED = "[ $(sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/$p/status) -gt 3000 ]"
AT_ONCE = 0.3  # seconds of the machine's clock; a restart alone may take longer under load, a client may not wait for it


@pytest.fixture(scope="module")
def guest(build):
    with Machine(build) as machine:
        machine.wait_prompt()
        machine.ok("printf '#!/bin/sh\\n' > /tmp/nothing; chmod +x /tmp/nothing")
        yield machine


def start_reader(machine, command, blocked):
    """In the background; returns when a look at its /proc/PID/status says that it is blocked in its read."""
    machine.ok(f"/bin/busybox {command} > /tmp/out 2> /tmp/error & p=$!")
    machine.ok(f"until {blocked}; do usleep 5000; done")


def end_of_reader(machine, first="true"):
    """(exit status, error text, when) once it has ended, after a first command."""
    when = machine.ok(f"{first}; wait $p; echo $? > /tmp/status; cat /proc/uptime").splitlines()[-1]
    return int(machine.ok("cat /tmp/status")), machine.ok("cat /tmp/error"), float(when.split()[0])


def death(machine, label):
    last = events(machine, label)[-1]
    return (last["time_ns"] - last["duration_ns"]) / 1e9


def drained_log_reader(machine):
    machine.ok("echo read-so-far > /dev/klog")
    start_reader(machine, "cat /dev/klog", "grep -q read-so-far /tmp/out && grep -q '^State:.S' /proc/$p/status")


def log_works(machine):
    """For who opens it anew. What is written there is seen on the console too."""
    return machine.ok("echo fresh > /dev/klog; head -c 6 /dev/klog | wc -c").split()[-1] == "6"


@pytest.mark.parametrize("kind", ["segv", "exit"])
def test_blocked_reader_of_the_log_gets_its_error_at_once(guest, kind):
    drained_log_reader(guest)
    before = status(guest, "log")["restarts"]
    code, error, when = end_of_reader(guest, f"service fi log {kind}")
    wait_state(guest, "log", "running", before + 1)
    assert code != 0 and "Input/output error" in error
    assert when - death(guest, "log") < AT_ONCE
    assert log_works(guest)


def test_recovery_does_not_wait_for_a_stopped_client(guest):
    drained_log_reader(guest)
    before = status(guest, "log")["restarts"]
    guest.ok("kill -STOP $p; service fi log segv")
    after = wait_state(guest, "log", "running", before + 1)
    assert after["restarts"] == before + 1
    assert log_works(guest)
    guest.ok("grep -q '^State:.T' /proc/$p/status")
    code, error, _ = end_of_reader(guest, "kill -CONT $p")
    assert code != 0 and "Input/output error" in error


def test_client_in_a_long_read_into_its_granted_memory_is_released_though_nobody_comes_back(guest):
    guest.ok("service down random; service up /usr/sbin/random -dev /dev/urandom -script /tmp/nothing")
    start_reader(guest, LONG_READ, FILLED)
    code, error, _ = end_of_reader(guest, "service fi random segv")
    assert code != 0 and "Input/output error" in error
    wait_state(guest, "random", "terminated")
    guest.ok("service restart random")
    wait_state(guest, "random", "running")
    assert guest.ok("head -c 1000 /dev/urandom | wc -c") == "1000"
    guest.ok("service down random")


def test_stopped_client_in_a_long_read_holds_nothing_up(guest):
    guest.ok("service down random; service up /usr/sbin/random -dev /dev/urandom")
    start_reader(guest, LONG_READ, FILLED)
    guest.ok("kill -STOP $p; service fi random divide")
    wait_state(guest, "random", "running", 1)
    assert guest.ok("head -c 1000 /dev/urandom | wc -c") == "1000"
    code, error, _ = end_of_reader(guest, "kill -CONT $p")
    assert code != 0 and "Input/output error" in error
    guest.ok("service down random")
