"""`service` and RS: happy path and error path of every request, faults of every kind, recovery, live update."""
from errno import EBUSY, EINVAL, ENOENT, ENOEXEC, ENOSYS, EOWNERDEAD, EPERM, ESRCH, ETIMEDOUT
import re

import pytest

from axolotl import Machine
from axolotl.counters import EXACT, buried, frames_lost_by, settled
from axolotl.services import campaign, events, exit_of, greets, status, sum_of_lines, table, wait_state

KINDS = {"segv": "crash", "illegal": "crash", "divide": "crash", "panic": "exit", "exit": "exit", "hang": "hang"}
BROKEN = "-config /tmp/broken.conf"


@pytest.fixture(scope="module")
def rs(build):
    with Machine(build) as machine:
        machine.wait_prompt()
        machine.ok("for n in crash fail hang never; do echo \"service hello_$n { };\"; done > /tmp/broken.conf")
        machine.ok("echo 'service hx { };' > /tmp/hx.conf")
        yield machine


@pytest.fixture
def hello(rs):
    rs.ok("service up /usr/sbin/hello -dev /dev/hello")
    yield rs
    rs.run("service down hello")


# ---- up, down, lookup ------------------------------------------------------------------------------


def test_up_answers_when_the_service_is_ready_and_down_when_it_is_gone(rs):
    rs.ok("service up /usr/sbin/hello -dev /dev/hello")
    assert greets(rs)
    entry = status(rs, "hello")
    assert entry["state"] == "running" and entry["restarts"] == 0 and not entry["core"]
    assert int(rs.ok("service lookup hello")) == entry["endpoint"]
    rs.ok("service down hello")
    assert status(rs, "hello") is None
    assert exit_of(rs, "service lookup hello") == ESRCH
    assert exit_of(rs, "cat /dev/hello") != 0


def test_errors_of_up(hello):
    assert exit_of(hello, "service up /usr/sbin/hello") == EBUSY
    assert exit_of(hello, "service up usr/sbin/hello") == EINVAL
    assert exit_of(hello, "service up /no/such/program") == ENOENT
    assert exit_of(hello, "service up /usr/sbin/hello -label a-label-too-long") == EINVAL
    assert exit_of(hello, "service up /usr/sbin/hello -period 0") == EINVAL
    assert exit_of(hello, "service up /usr/sbin/hello -dev /etc/passwd -label other") == EINVAL
    assert exit_of(hello, "service up /bin/busybox -label other") == 1, "no entry in system.conf"
    hello.ok("printf none > /tmp/hx")
    assert exit_of(hello, "service up /tmp/hx -config /tmp/hx.conf") == ENOEXEC
    assert exit_of(hello, "service frobnicate hello") == ENOSYS
    assert greets(hello)


@pytest.mark.parametrize("kind, error", [("crash", EOWNERDEAD), ("hang", ETIMEDOUT), ("fail", ENOSYS)])
def test_service_that_fails_in_its_first_init_is_not_there_afterwards(rs, kind, error):
    assert exit_of(rs, f"service up /test/hello_{kind} -label broken {BROKEN}") == error
    assert status(rs, "broken") is None
    assert events(rs, "broken")[-1]["reason"] == "init-failed"


def test_device_has_one_driver_until_that_is_brought_down(hello):
    assert exit_of(hello, "service up /usr/sbin/hello -label other -dev /dev/null") == EBUSY, "memory's"
    assert exit_of(hello, "service up /usr/sbin/hello -label other -dev /dev/hello") == EBUSY
    assert status(hello, "other") is None
    hello.ok("echo x > /dev/null; service down hello; service up /usr/sbin/hello2 -label other -dev /dev/hello")
    assert greets(hello)
    hello.ok("service down other; service up /usr/sbin/hello -dev /dev/hello")
    assert greets(hello)


def test_errors_of_the_other_requests(hello):
    for request in ("down", "refresh", "restart", "lookup", "trace"):
        assert exit_of(hello, f"service {request} nobody") == ESRCH
    assert exit_of(hello, "service fi nobody segv") == ESRCH
    assert exit_of(hello, "service restart hello") == EBUSY, "it runs"
    for core in ("rs", "pm", "vfs", "vm", "ds", "fs_root"):
        assert exit_of(hello, f"service down {core}") == EPERM
        assert exit_of(hello, f"service refresh {core}") == EPERM


def test_user_without_rights_may_only_look_up(hello):
    def as_nobody(command):
        return exit_of(hello, f"su nobody -s /bin/sh -c '{command}'")

    for command in ("up /usr/sbin/hello -label other", "down hello", "refresh hello", "restart hello", "status", "events",
                    "trace hello", "fi hello segv", "update /usr/sbin/hello", "shutdown"):
        assert as_nobody(f"service {command}") == EPERM, command
    assert as_nobody("service lookup hello") == 0
    assert greets(hello)


# ---- faults and recovery -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("label", ["hello", "log", "memory", "procfs"])
def test_every_kind_of_fault_is_recovered_from(rs, label, kind):
    if label == "hello":
        rs.ok("service up /usr/sbin/hello -dev /dev/hello")
    before = status(rs, label)
    rs.ok(f"service fi {label} {kind}")
    after = wait_state(rs, label, "running", before["restarts"] + 1)
    assert after["reason"] == KINDS[kind]
    assert after["endpoint"] != before["endpoint"] and after["pid"] != before["pid"]
    last = events(rs, label)[-1]
    assert (last["before"], last["after"]) == (before["endpoint"], after["endpoint"])
    assert last["duration_ns"] > 0
    if label == "hello":
        assert greets(rs)
        rs.ok("service down hello")
    else:
        rs.ok("ls / >/dev/null; head -c 20 /dev/klog >/dev/null")
    if label == "procfs":
        await_procfs(rs)


def await_procfs(machine):
    """VFS hears of the restart a moment after RS has noted it."""
    machine.ok("n=0; until cat /proc/uptime >/dev/null 2>&1; do n=$((n+1)); [ $n -lt 500 ] || break; usleep 10000; done; "
               "cat /proc/uptime >/dev/null")


def test_restarted_procfs_serves_what_is_open_and_what_is_opened_anew(rs):
    rs.ok("exec 8</proc/uptime; cd /proc")
    for how in ("segv", "hang"):
        restarts = status(rs, "procfs")["restarts"]
        rs.ok(f"service fi procfs {how}")
        wait_state(rs, "procfs", "running", restarts + 1)
        await_procfs(rs)
        assert rs.ok("cat self/comm") == "cat", "the mount's root is where it was"
        assert "/proc proc" in rs.ok("cat /proc/mounts; ps >/dev/null")
    assert "." in rs.ok("cat <&8"), "what was open before both deaths"
    rs.ok("exec 8<&-; cd /")


def test_procfs_is_mounted_again_wherever_it_died(rs):
    restarts = status(rs, "procfs")["restarts"]
    rs.ok("umount /proc; service fi procfs segv")
    wait_state(rs, "procfs", "running", restarts + 1)
    rs.ok("n=0; until mount -t proc proc /proc 2>/dev/null; do n=$((n+1)); [ $n -lt 500 ] || break; usleep 10000; done")
    await_procfs(rs)
    rs.ok("umount /proc; mount -t proc proc /proc")
    await_procfs(rs)


def time_to_find(machine, label):
    """Between the order of a fault and the death it led to, in seconds of the machine's clock."""
    ordered, found = events(machine, label)[-2:]
    assert ordered["text"] == "a fault was ordered" and found["reason"] == "hang"
    return (found["time_ns"] - found["duration_ns"] - ordered["time_ns"]) / 1e9


def test_hang_is_found_within_a_second(hello):
    for _ in range(3):
        restarts = status(hello, "hello")["restarts"]
        hello.ok("service fi hello hang")
        wait_state(hello, "hello", "running", restarts + 1)
        assert time_to_find(hello, "hello") < 1


LOAD = ("(while [ ! -e /tmp/stop ]; do :; done) & " * 4 +
        "(i=0; while [ ! -e /tmp/stop ]; do i=$((i+1)); echo $i; done | md5sum >/dev/null) & ")


@pytest.fixture
def loaded(hello):
    """Four programs that do nothing but compute, and a pipeline."""
    hello.ok(f"rm -f /tmp/stop; {LOAD}true")
    yield hello
    hello.ok("touch /tmp/stop; wait; rm /tmp/stop")


def test_hang_is_found_within_a_second_under_load(loaded):
    for after in (0, 500):
        restarts = status(loaded, "hello")["restarts"]
        loaded.run(f"service fi hello hang --after {after}; cat /dev/hello")
        wait_state(loaded, "hello", "running", restarts + 1)
        found = events(loaded, "hello")[-1]
        assert found["reason"] == "hang"
        silent, worked = map(int, re.match(r"no answer for (\d+) ms, (\d+) ms of them at work", found["text"]).groups())
        assert 0 < worked <= silent < 1000
        if after == 0:
            assert time_to_find(loaded, "hello") < 1


def deaths(machine):
    return [event for event in table(machine, "events") if event["reason"] not in ("-", "start", "update", "down")]


def test_no_false_alarm_under_load(loaded):
    before = deaths(loaded)
    loaded.ok("i=0; while [ $i -lt 10 ]; do i=$((i+1)); ls -l /proc /dev >/dev/null; cat /dev/hello >/dev/null; done")
    loaded.ok("dd if=/dev/zero of=/tmp/much bs=64k count=200 2>/dev/null; sync; rm /tmp/much")
    assert deaths(loaded) == before


def test_client_in_a_request_gets_its_error_at_once(hello):
    hello.ok("service fi hello hang --after 400")
    output, failed = hello.run("cat /dev/hello")
    assert failed == 1 and "Input/output error" in output
    wait_state(hello, "hello", "running")
    assert greets(hello)


def test_trace_shows_registers_and_symbols(hello):
    hello.ok("service fi hello segv --after 300")
    hello.run("cat /dev/hello")
    wait_state(hello, "hello", "running", 1)
    trace = hello.ok("service trace hello")
    assert "signal 11" in trace and "rip" in trace
    assert "axo_fault_segv" in trace and "axo_start_process" in trace


def test_terminal_comes_back(boot):
    machine = boot().wait_prompt()
    machine.send("service fi tty segv\n")
    machine.wait_prompt()
    assert machine.ok("echo alive") == "alive"


def test_refresh_is_answered_at_once_and_free(hello):
    before = status(hello, "hello")
    hello.ok("service refresh hello")
    after = wait_state(hello, "hello", "running", before["restarts"] + 1)
    assert after["reason"] == "refresh" and greets(hello)


# ---- backoff, budget, copies -------------------------------------------------------------------------


def test_lost_program_uses_up_the_budget_and_a_copy_does_not(rs):
    rs.ok("cp /usr/sbin/hello /tmp/hx; service up /tmp/hx -config /tmp/hx.conf -label hx")
    rs.ok("service -c up /tmp/hx -config /tmp/hx.conf -label hy; service -r up /tmp/hx -config /tmp/hx.conf -label hz")
    rs.ok("rm /tmp/hx; for l in hx hy hz; do until service status --json | grep -q \"\\\"$l\\\".*\\\"healthy\\\":true\"; "
          "do usleep 20000; done; service fi $l exit; done")
    for label in ("hy", "hz"):
        wait_state(rs, label, "running", 1)
    wait_state(rs, "hx", "failed", limit=90)
    attempts = [event for event in events(rs, "hx") if event["reason"] == "init-failed"][-9:]
    delays = [(b["time_ns"] - a["time_ns"]) / 1e8 for a, b in zip(attempts, attempts[1:])]
    assert all(delay >= periods for delay, periods in zip(delays, [0, 2, 4, 8, 16, 30, 30, 30], strict=True))
    assert exit_of(rs, "service refresh hx") == EPERM
    assert exit_of(rs, "service update /usr/sbin/hello -label hx") == EPERM
    rs.ok("cp /usr/sbin/hello /tmp/hx; service restart hx")
    wait_state(rs, "hx", "running")
    rs.ok("for l in hx hy hz; do service down $l; done; rm /tmp/hx")


def test_script_decides(rs):
    rs.ok("printf '#!/bin/sh\\necho $1 $2 $3 >> /tmp/told\\nservice restart $1\\n' > /tmp/again; chmod +x /tmp/again")
    rs.ok("service up /usr/sbin/hello -dev /dev/hello -script /tmp/again; service fi hello segv")
    wait_state(rs, "hello", "running", 1)
    assert rs.ok("cat /tmp/told") == "hello terminated 0"
    rs.ok("service refresh hello")
    wait_state(rs, "hello", "running", 2)
    assert rs.ok("tail -n 1 /tmp/told") == "hello restart 1"
    rs.ok("service down hello; rm /tmp/told /tmp/again")


def test_script_that_does_nothing_leaves_the_service_down(rs):
    rs.ok("printf '#!/bin/sh\\n' > /tmp/nothing; chmod +x /tmp/nothing")
    rs.ok("service up /usr/sbin/hello -dev /dev/hello -script /tmp/nothing; service fi hello exit")
    wait_state(rs, "hello", "terminated")
    assert exit_of(rs, "service refresh hello") == EPERM
    rs.ok("service restart hello")
    wait_state(rs, "hello", "running")
    rs.ok("service fi hello exit")
    wait_state(rs, "hello", "terminated")
    rs.ok("service down hello; rm /tmp/nothing")
    assert status(rs, "hello") is None


# ---- leaks -------------------------------------------------------------------------------------------


def test_crashes_and_updates_leave_nothing_behind(rs):
    """100 crashes and 50 updates a round."""
    campaign(rs, 10)
    before = buried(rs)
    rs.ok("(i=0; while [ $i -lt 10000 ]; do echo $i; i=$((i+1)); done | md5sum > /tmp/sum) & true")
    campaign(rs, 50)
    rs.ok("wait", limit=300)
    lost = frames_lost_by(rs, lambda: campaign(rs, 50))
    after = settled(rs, before)
    assert {name: after[name] for name in EXACT} == {name: before[name] for name in EXACT}
    assert rs.ok("cut -d' ' -f1 /tmp/sum") == sum_of_lines(10000)
    assert lost <= 0, f"{lost} frames lost in every round"
