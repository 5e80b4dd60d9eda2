"""No test waits by sleeping for a guess.

Allowed are looking again until a condition holds (`until ...; do ... usleep; done`, under a limit of the test's own), a
sleep that is to be interrupted or killed, and programs that are about sleeping; each of those says so here."""
import re

from tree import files, text

# What sleeps because sleeping is its subject, or paces a load that runs beside the test: file and what its line has.
SUBJECT = {
    ("test/system/test_update_boot.py", "exec sleep 1000"),  # a job that is killed
    ("test/system/test_shell.py", "sleep 1000"),
    ("test/system/test_jobs.py", "sleep "),  # jobs that are stopped, hung up or killed
    ("test/system/test_faults.py", "i % 500"),
    ("test/guest/badinput.c", "nanosleep, P"),
    ("test/guest/badinput.c", "nanosleep, CLOCK_MONOTONIC"),
    ("test/guest/badinput.c", "nanosleep(&negative"),
    ("test/guest/signal.c", "nanosleep(&wanted, &left)"),
    ("test/guest/signal.c", "nanosleep(&bad, NULL)"),
    ("test/guest/crowd.c", "nanosleep(&(struct timespec)"),  # looks again, until the test says that it is over
    ("test/guest/proc.c", "nanosleep(&(struct timespec)"),
    ("test/guest/storm.c", "SYS_nanosleep"),
}
LOOKS_AGAIN = re.compile(r"until .*?do\b[^;]*(?:;[^;]*)*?sleep", re.DOTALL)


def code_lines(name):
    for number, line in enumerate(text(name).split("\n"), 1):
        if not re.match(r"\s*(//|#|\*|\"\"\")", line) and "def " not in line and "sleep=off" not in line:
            yield number, line


def test_nothing_waits_by_sleeping():
    bad = []
    for name in files():
        if not re.match(r"test/(system|soak|guest)/.*\.(py|c|h)$", name):
            continue
        lines = text(name).split("\n")
        for number, line in code_lines(name):
            if not re.search(r"\bu?sleep\b|nanosleep\b|time\.sleep", line) or re.search(r"RUN\(|static int|Tests never", line):
                continue
            statement = "\n".join(lines[max(0, number - 4):number])
            if any(where == name and what in line for where, what in SUBJECT) or LOOKS_AGAIN.search(statement):
                continue
            bad.append(f"{name}:{number}: {line.strip()}")
    assert not bad, "\n".join(bad)


def test_what_may_sleep_is_still_there():
    assert all(what in text(name) for name, what in SUBJECT)
