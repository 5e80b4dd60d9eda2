"""What a failed test leaves under build/failures/TEST/: enough to look at it, and where it was recorded to run it again.

    report.txt        what failed, with everything the test printed (its seed among it)
    N.json            the QEMU command line of its Nth machine, and the environment that chose it
    N.console         all that the machine wrote
    N.kernel N.archive N.rr   what `make replay` needs; only of recorded machines

QEMU records what comes from outside (serial input, clocks) with the number of the instruction at which it came, so that
replaying executes the same instructions again. The log holds for this kernel and archive only: they are kept beside it."""
import json
import os
import pathlib
import re
import shutil

TOP = pathlib.Path(__file__).resolve().parents[3]
FOLDER = pathlib.Path(os.environ.get("AXO_FAILURES", TOP / "build/failures"))
SHIFT = 1  # nanoseconds of the machine's time per instruction, as a power of two

_machines = []  # of the test that runs; a fixture may have started them before
_keep = None    # where what ends now is kept


def recording(log):
    return f"shift={SHIFT},rr=record,rrfile={log}"


def began(machine):
    _machines.append(machine)


def broken_turns():
    """What a checked kernel said since it was asked last of services that broke a rule of turns (docs/turns.md)."""
    lines = []
    for machine in _machines:
        said = machine.text
        lines += [line for line in said[getattr(machine, "looked_at", 0):].splitlines() if "TURN BROKEN" in line]
        machine.looked_at = len(said)
    return lines


def folder_of(test):
    """build/failures/test_update.py--test_name[x] for a pytest node id."""
    return FOLDER / re.sub(r"[^\w.\[\]-]+", "_", test.split("/")[-1].replace("::", "--"))


def failed(test, report):
    """The test failed: its machines, when they end, leave their logs; what they said so far is written at once."""
    global _keep
    folder = folder_of(test)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "report.txt").write_text(report)
    _keep = folder
    for machine in _machines:
        _write(machine, folder)
    return folder


def test_ended():
    global _keep
    _keep = None


def ended(machine):
    if machine in _machines:
        if _keep is not None:
            _write(machine, _keep)
            if machine.log and machine.log.exists():
                _keep_images(machine, _keep)
        _machines.remove(machine)


def _number(machine):
    if not hasattr(machine, "number"):
        machine.number = _machines.index(machine)
    return machine.number


def _write(machine, folder):
    number = _number(machine)
    choice = {name: value for name, value in os.environ.items() if name.startswith("AXO_")}
    (folder / f"{number}.json").write_text(json.dumps({"command": machine.command, "environment": choice}, indent=1))
    (folder / f"{number}.console").write_text(machine.text)


def _keep_images(machine, folder):
    number = _number(machine)
    shutil.copy(machine.log, folder / f"{number}.rr")
    for option, kind in (("-kernel", "kernel"), ("-initrd", "archive")):
        if option in machine.command:
            shutil.copy(machine.command[machine.command.index(option) + 1], folder / f"{number}.{kind}")
    debug = pathlib.Path(machine.command[machine.command.index("-kernel") + 1] + ".debug")
    if debug.exists():
        shutil.copy(debug, folder / f"{number}.kernel.debug")


def replay_command(folder, number, console, gdb=None):
    """The recorded machine's command line, made to replay; it writes to the file `console`."""
    command = json.loads((folder / f"{number}.json").read_text())["command"]
    changed = []
    words = iter(command)
    for word in words:
        if word == "-qmp":
            next(words)
        elif word == "-serial":
            next(words)
            changed += ["-serial", f"file:{console}"]
        elif word in ("-kernel", "-initrd"):
            next(words)
            changed += [word, str(folder / f"{number}.{'kernel' if word == '-kernel' else 'archive'}")]
        elif word == "-icount":
            next(words)
            changed += ["-icount", f"shift={SHIFT},rr=replay,rrfile={folder / f'{number}.rr'}"]
        else:
            changed.append(word)
    return changed + (["-gdb", f"tcp::{gdb}", "-S"] if gdb else [])
