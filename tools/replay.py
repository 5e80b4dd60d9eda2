#!/usr/bin/env python3
"""Runs a failed, recorded test's machines again, instruction by instruction: replay.py TEST [--gdb PORT].

The console is compared with what it was. With --gdb the machine stops at its first instruction and waits."""
import argparse
import pathlib
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP / "test/system"))

from axolotl import failures  # noqa: E402


def fail(text):
    print(f"replay: {text}", file=sys.stderr)
    sys.exit(2)


def find(test):
    every = sorted(failures.FOLDER.glob("*")) if failures.FOLDER.exists() else []
    found = [folder for folder in every if test in folder.name]
    if len(found) == 1:
        return found[0]
    names = "\n  ".join(folder.name for folder in found or every) or "nothing"
    fail(f"{test!r} names {len(found)} failures of these:\n  {names}")


def replay(folder, number, gdb):
    recorded = (folder / f"{number}.console").read_text()
    with tempfile.TemporaryDirectory(prefix="axolotl-") as place:
        console = pathlib.Path(place) / "console"
        command = failures.replay_command(folder, number, console, gdb)
        if gdb:
            print(f"gdb {folder / f'{number}.kernel.debug'} -ex 'target remote :{gdb}'", flush=True)
        status = subprocess.run(command, stdin=subprocess.DEVNULL).returncode
        replayed = console.read_bytes().decode("utf-8", "replace").replace("\r", "")
    print(replayed, end="" if replayed.endswith("\n") else "\n")
    same = replayed == recorded
    print(f"replay: machine {number} ended with {status}; its console is {'the same' if same else 'NOT the same'}")
    return same


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("test")
    parser.add_argument("--gdb", type=int, metavar="PORT")
    arguments = parser.parse_args()
    folder = find(arguments.test)
    numbers = sorted(int(log.stem) for log in folder.glob("*.rr"))
    if not numbers:
        fail(f"{folder} was not recorded: make test RECORD=1 TEST={arguments.test} runs it under record")
    sys.exit(0 if all([replay(folder, number, arguments.gdb) for number in numbers]) else 1)


if __name__ == "__main__":
    main()
