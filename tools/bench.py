#!/usr/bin/env python3
"""`make bench`: the same static benchmark binary on Axolotl and on stock Linux, in instructions.

Both run under QEMU TCG with -icount shift=0,sleep=off, where one executed guest instruction is one
virtual nanosecond, so the figures are instruction counts and equal from run to run.
"""
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP / "test/system"))
from axolotl import Build, Machine, MachineError  # noqa: E402

BENCH = TOP / "build/bench"
LINUX = TOP / "build/linux/vmlinuz"
LINE = re.compile(r"^([\w+]+) (n/a .*|[\d.]+ \w+)$", re.MULTILINE)
ROW_LIMIT = 900


def parse(text):
    return {name: value for name, value in LINE.findall(text.replace("\r", ""))}


def linux_rows():
    """Boots Linux with axbench as its first process."""
    if not LINUX.exists():
        print("(no Linux kernel in build/linux: run `make deps` once to compare)")
        return {}
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder) / "root"
        for place in ("dev", "tmp", "bin"):
            (root / place).mkdir(parents=True)
        for program in ("axbench", "tiny", "tinyc"):
            (root / "bin" / program).write_bytes((BENCH / program).read_bytes())
            (root / "bin" / program).chmod(0o755)
        (root / "bin/busybox").write_bytes(pathlib.Path("/bin/busybox").read_bytes())
        (root / "bin/busybox").chmod(0o755)
        (root / "init").write_text("#!/bin/busybox sh\n/bin/busybox mount -t devtmpfs none /dev\n"
                                   "exec /bin/axbench -d /tmp -p </dev/console >/dev/console 2>&1\n")
        (root / "init").chmod(0o755)
        names = "\n".join(str(path.relative_to(root)) for path in root.rglob("*"))
        image = pathlib.Path(folder) / "initrd"
        with image.open("wb") as out:
            subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], input=names.encode(), stdout=out, cwd=root, check=True)
        machine = Machine(kernel=LINUX, archive=image, cpu="qemu64", icount=True,
                          append="console=ttyS0 quiet mitigations=off panic=-1")
        with machine:
            machine.wait_exit(ROW_LIMIT)
            return parse(machine.text)


def axolotl_rows():
    """Boots Axolotl and runs axbench from its shell."""
    build = Build()
    with tempfile.TemporaryDirectory() as folder:
        programs = [f"{BENCH / name}=/bin/{name}" for name in ("axbench", "tiny", "tinyc")]
        root = build.root_with(f"{folder}/root.img", programs=programs)
        archive = build.archive_with(f"{folder}/boot.axo", root=root)
        with Machine(build, archive=archive, cpu="qemu64", icount=True) as machine:
            machine.wait_prompt(300)
            try:
                machine.run("axbench -d /tmp", ROW_LIMIT)
            except MachineError as error:
                print(f"axbench did not end: {error}", file=sys.stderr)
            return parse(machine.text)


# name: (what it is, goal)
IPC_ROWS = {
    "null_call": ("null kernel call", 60), "round_trip_0": ("SENDREC / REPLY_RECEIVE round trip", 285),
    "round_trip_7": ("the same, setting 7 words", 285), "senda_receive": ("SENDA_RECEIVE there and back", None),
    "senda_held": ("the same, SENDA and RECEIVE on one side", None),
    "notify_held": ("NOTIFY and RECEIVE there and back", 2 * 939),
}


def ipc_rows():
    """Boots the IPC benchmark in the place of the system and prints its figures beside the goals."""
    build = Build()
    with tempfile.TemporaryDirectory() as folder:
        archive = build.archive_with(f"{folder}/ipc.axo", table=TOP / "test/bench/ipc/archive.conf")
        with Machine(build, archive=archive, icount=True) as machine:
            machine.wait_exit(60)
            found = dict(re.findall(r"ipc (\w+) (\d+)$", machine.text, re.MULTILINE))
    print(f"{'IPC, instructions':<40}{'Axolotl':>10}{'goal':>8}")
    for name, (text, goal) in IPC_ROWS.items():
        print(f"{text:<40}{found.get(name, 'n/a'):>10}{goal or '':>8}")


def boot_instructions():
    """From the kernel's first time stamp (the loader is not counted) to the first command of a shell started as
    first process; /proc/uptime counts in hundredths of a second, hence 10 million instructions."""
    build = Build()
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder) / "first"
        script.write_text("#!/bin/sh\n/bin/busybox cat /proc/uptime\n/bin/busybox poweroff -f\n")
        root = build.root_with(f"{folder}/root.img", programs=[f"{script}=/first"])
        archive = build.archive_with(f"{folder}/boot.axo", root=root)
        with Machine(build, archive=archive, cpu="qemu64", icount=True, append="init=/first") as machine:
            return float(machine.wait(r"^(\d+\.\d+) \d").group(1)) * 1e9


def recovery_row(name, events, times_of):
    times = sorted(times_of(event) for event in events)
    print(f"{name:<28} median {times[len(times) // 2]:>9,} worst {times[-1]:>9,} instructions")


def recovery_phases(name, events):
    """The whole, an update's pause, and each step that took any time, by RS' own event log."""
    recovery_row(name, events, lambda event: event["duration_ns"])
    if events[0]["reason"] == "update":
        recovery_row("  pause (swap + init)", events, lambda event: event["phases"]["swap"] + event["phases"]["init"])
    for phase in events[0]["phases"]:
        if any(event["phases"][phase] for event in events):
            recovery_row(f"  {phase}", events, lambda event, phase=phase: event["phases"][phase])


def recovery_rows():
    """Restart after a crash and live update, with equal and with changed state."""
    with Machine(Build(), cpu="qemu64", icount=True) as machine:
        machine.wait_prompt(300)
        machine.ok("service up /usr/sbin/hello -dev /dev/hello")
        for _ in range(10):
            machine.run("service fi hello segv; cat /dev/hello")
        for _ in range(10):
            machine.ok("service update /usr/sbin/hello2 -label hello")
            machine.ok("service update /usr/sbin/hello2 -label hello")
            machine.ok("service down hello; service up /usr/sbin/hello -dev /dev/hello")
        found = json.loads(machine.ok("service events --json"))
    of = {reason: [event for event in found if event["label"] == "hello" and event["reason"] == reason]
          for reason in ("start", "crash", "update")}
    recovery_phases("hello start", of["start"])
    recovery_phases("hello crash", of["crash"])
    recovery_phases("hello update, state changed", of["update"][::2])
    recovery_phases("hello update, state equal", of["update"][1::2])


def smallest_memory():
    """The smallest -m that reaches the shell, with a root image of 4 MiB."""
    build = Build()
    with tempfile.TemporaryDirectory() as folder:
        root = build.root_with(f"{folder}/root.img", megabytes=4)
        archive = build.archive_with(f"{folder}/boot.axo", root=root)
        reached = None
        for memory in (64, 48, 32, 24, 20, 18, 16, 14, 12):
            with Machine(build, archive=archive, memory=memory) as machine:
                try:
                    machine.wait_prompt(60)
                    machine.ok("echo hello | cat", 60)
                except MachineError:
                    break
            reached = memory
        return reached


def number(value):
    return float(value.split()[0]) if value and not value.startswith("n/a") else None


CALIBRATION = ("empty", "calib_")  # the emulator's own rows, the same on both sides


def table(ours, theirs):
    ratios = []
    print(f"{'row':<24}{'Axolotl':>14}{'Linux':>14}{'ratio':>8}")
    for name in list(dict.fromkeys([*theirs, *ours])):
        left, right = number(ours.get(name)), number(theirs.get(name))
        ratio = f"{left / right:.2f}" if left is not None and right else ""
        if ratio and not name.startswith(CALIBRATION):
            ratios.append(left / right)
        show = [f"{value:,.0f}" if value is not None else "n/a" for value in (left, right)]
        print(f"{name:<24}{show[0]:>14}{show[1]:>14}{ratio:>8}")
    if ratios:
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        print(f"geometric mean of {len(ratios)} rows: {mean:.2f}")


def main():
    theirs = linux_rows()
    ours = axolotl_rows()
    table(ours, theirs)
    ipc_rows()
    recovery_rows()
    print(f"from the kernel's start to the shell's first command: {boot_instructions():,.0f} instructions")
    print(f"smallest memory that reaches the shell: {smallest_memory()} MiB")


if __name__ == "__main__":
    main()
