"""A recorded failure runs again: to the same console, and under gdb."""
import os
import socket
import subprocess
import sys
import time

import pytest

from axolotl import Machine, failures

REPLAY = failures.TOP / "tools/replay.py"


@pytest.fixture(scope="module")
def failure(build, tmp_path_factory):
    """What a test whose guest program dies leaves behind."""
    kept = tmp_path_factory.mktemp("failures")
    before, failures.FOLDER = failures.FOLDER, kept
    try:
        with Machine(build, record=True) as machine:
            machine.wait_prompt()
            machine.run("head -c 6 /dev/urandom | md5sum; cat /proc/uptime")  # neither is twice the same by itself
            assert machine.run("sh -c 'kill -SEGV $$'")[1] == 139
            failures.failed("test/system/test_x.py::test_deliberate", "seed 7")
        failures.test_ended()
    finally:
        failures.FOLDER = before
    return kept


def connection(port, limit=60):
    """To QEMU, once it listens."""
    deadline = time.monotonic() + limit
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=limit)
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "QEMU does not listen"
            os.sched_yield()


def replay(failure, *options, **how):
    return subprocess.Popen([sys.executable, REPLAY, "test_deliberate", *options], text=True, stdout=subprocess.PIPE,
                            env=os.environ | {"AXO_FAILURES": str(failure)}, **how)


def test_recorded_failure_replays_to_the_same_console(failure):
    folder = failure / "test_x.py--test_deliberate"
    assert "seed 7" in (folder / "report.txt").read_text()
    assert "qemu-system-x86_64" in (folder / "0.json").read_text()
    output, _ = (process := replay(failure)).communicate(timeout=120)
    assert process.returncode == 0, output
    assert "its console is the same" in output and "Segmentation fault" in output


def test_changed_log_is_told_from_the_recorded_run(failure):
    console = next(failure.glob("*/*.rr")).with_suffix(".console")  # other machines may have been up as well
    before = console.read_text()
    console.write_text(before + "more\n")
    output, _ = (process := replay(failure)).communicate(timeout=120)
    console.write_text(before)
    assert process.returncode == 1 and "NOT the same" in output


def test_replay_waits_for_gdb(failure):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = replay(failure, "--gdb", str(port), start_new_session=True)
    try:
        line = process.stdout.readline()
        assert line.startswith("gdb ") and line.rstrip().endswith(f"target remote :{port}'")
        with connection(port) as stub:
            stub.sendall(b"+$?#3f")
            answer = b""
            while b"#" not in answer:  # it comes in as many pieces as it likes
                piece = stub.recv(64)
                assert piece, answer
                answer += piece
            assert b"$T05" in answer  # stopped by a trap, before its first instruction
    finally:
        os.killpg(process.pid, 9)
        process.wait()
