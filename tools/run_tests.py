#!/usr/bin/env python3
"""Runs host unit tests and system tests and prints one summary line `N passed, N failed`."""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

TOP = pathlib.Path(__file__).resolve().parents[1]


def named(selection):
    """The regular expression for programs of a selection: `a or b` as pytest understands it."""
    return selection.replace(" or ", "|")


def programs(folder, patterns, selection):
    """Built programs of a folder, as selected."""
    found = sorted(path for pattern in patterns for path in (TOP / "build" / folder).glob(pattern))
    return [path for path in found if not selection or re.search(named(selection), path.name)]


def run_all(found, *arguments):
    """Runs the programs, as many at a time as there are processors; yields each with its result, in their order."""
    def run(program):
        return subprocess.run([program, *arguments], capture_output=True, text=True)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from zip(found, pool.map(run, found))


def host_tests(selection):
    passed = failed = 0
    for program, result in run_all(programs("host", ["*_test"], selection), "--gtest_brief=1"):
        done = re.search(r"\[  PASSED  \] (\d+) test", result.stdout)
        bad = re.findall(r"^\[  FAILED  \] ([\w./]+)", result.stdout, re.MULTILINE)
        passed += int(done.group(1)) if done else 0
        failures = len(set(bad)) or (1 if result.returncode != 0 else 0)
        failed += failures
        if failures:
            print(f"FAIL {program.name}\n{result.stdout}{result.stderr}")
    return passed, failed


def fuzz_targets(selection):
    passed = failed = 0
    for program, result in run_all(programs("fuzz", ["*_fuzz", "*_storm"], selection)):
        if result.returncode == 0:
            passed += 1
        else:
            failed += 1
            print(f"FAIL {program.name}\n{result.stdout}{result.stderr}")
    return passed, failed


def system_tests(selection, soak):
    report = TOP / "build/system-tests.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}",
               *([TOP / "test/soak"] if soak else [TOP / "test/text", TOP / "test/system"])]
    if not soak:
        # A machine under TCG keeps one processor busy. The tests of a file may share a machine: they stay together.
        command += ["-n", "2", "--dist", "loadfile"]
    if selection:
        command += ["-k", selection]
    subprocess.run(command)
    if not report.exists():
        return 0, 1
    suite = ElementTree.parse(report).getroot().find("testsuite")
    failed = int(suite.get("failures")) + int(suite.get("errors"))
    return int(suite.get("tests")) - failed - int(suite.get("skipped")), failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-k", dest="selection", default="")
    parser.add_argument("--soak", action="store_true")
    arguments = parser.parse_args()
    started = time.monotonic()
    passed = failed = 0
    if not arguments.soak:
        for kind, run in (("host unit tests", host_tests), ("fuzz targets", fuzz_targets)):
            more = run(arguments.selection)
            print(f"{kind}: {more[0]} passed, {more[1]} failed", flush=True)
            passed, failed = passed + more[0], failed + more[1]
    more = system_tests(arguments.selection, arguments.soak)
    passed, failed = passed + more[0], failed + more[1]
    print(f"took {time.monotonic() - started:.0f} s")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
