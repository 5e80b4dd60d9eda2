"""One QEMU with Axolotl in it, driven over its serial console."""
import os
import pathlib
import re
import selectors
import socket
import subprocess
import tempfile
import time

from .build import Build
from . import failures
from .qmp import Qmp

PROMPT = r"^(/\S* )?# "
LIMIT = 120  # seconds; generous, since a loaded host may be slow; nothing waits this long when all is well


RECORDED_PIECE = 4  # bytes; the port's FIFO has 16
ECHO_LIMIT = 2      # seconds; what is typed may not be echoed


class MachineError(AssertionError):
    """The machine did not do what was waited for; the message carries the console's end."""


class Machine:
    """with Machine() as machine: machine.wait_prompt(); out, status = machine.run("uname")"""

    def __init__(self, build=None, *, archive=None, kernel=None, iso=None, machine="pc", memory=256, cpu="max",
                 append="", icount=False, extra=(), record=os.environ.get("AXO_RECORD") == "1"):
        """`record`: keeps what is needed to run the machine again exactly (failures.py). What has a disk, or a clock of
        its own, is not recorded."""
        self.build = build or Build()
        self.text = ""
        self.seen = 0
        self.exit_status = None
        self._marker = 0
        self._folder = tempfile.TemporaryDirectory(prefix="axolotl-")
        folder = pathlib.Path(self._folder.name)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(folder / "serial"))
        listener.listen(1)
        command = ["qemu-system-x86_64", "-accel", "tcg", "-machine", machine, "-cpu", cpu, "-m", str(memory),
                   "-display", "none", "-no-reboot", "-nic", "none", "-serial", f"unix:{folder}/serial",
                   "-qmp", f"unix:{folder}/qmp,server=on,wait=off",
                   "-device", "isa-debug-exit,iobase=0xf4,iosize=0x4"]
        if iso:
            command += ["-cdrom", str(iso), "-boot", "d"]
        else:
            command += ["-kernel", str(kernel or self.build.kernel), "-append", append]
            if archive is not False:
                command += ["-initrd", str(archive or self.build.archive)]
        if icount:
            command += ["-icount", "shift=0,sleep=off"]
        command += map(str, extra)
        self.log = folder / "log.rr" if record and not iso and not icount and not extra else None
        if self.log:
            command += ["-icount", failures.recording(self.log)]
        self.command = command
        failures.began(self)
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE)
        listener.settimeout(LIMIT)
        self.serial, _ = listener.accept()
        listener.close()
        self.serial.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self.serial, selectors.EVENT_READ)
        self._qmp = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self._qmp:
            self._qmp.close()
            self._qmp = None
        if self.process.poll() is None:
            # Only an orderly end completes a log.
            self.process.terminate() if self.log else self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        self._drain()
        self.serial.close()
        failures.ended(self)
        self._folder.cleanup()

    def _drain(self):
        """What the machine still wrote before it ended: a replay writes it too."""
        deadline = time.monotonic() + LIMIT
        try:
            while self._pump(deadline) and time.monotonic() < deadline:
                pass
        except OSError:
            pass

    # ---- console ---------------------------------------------------------------------------

    def _pump(self, deadline):
        """Takes what the console has; False when the machine is gone and everything was read."""
        if not self._selector.select(max(0.0, deadline - time.monotonic())):
            return True
        try:
            data = self.serial.recv(65536)
        except BlockingIOError:
            return True
        except ConnectionResetError:
            data = b""
        self.text += data.decode("utf-8", "replace").replace("\r", "")
        return bool(data)

    def wait(self, pattern, limit=LIMIT):
        """Waits until the regular expression matches console text not yet consumed; returns the match."""
        expression = re.compile(pattern, re.MULTILINE)
        deadline = time.monotonic() + limit
        alive = True
        while True:
            match = expression.search(self.text, self.seen)
            if match:
                self.seen = match.end()
                return match
            if not alive:
                raise MachineError(f"machine ended while waiting for {pattern!r}:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise MachineError(f"no {pattern!r} within {limit} s:\n{self.tail()}")
            alive = self._pump(deadline)

    def tail(self, lines=60):
        return "\n".join(self.text.splitlines()[-lines:])

    def send(self, text):
        # While QEMU records, what it read from the wire may lie in its queue until the next checkpoint, unseen by the
        # serial port's count of room: more than the port's FIFO holds would be lost. So it is typed in pieces, each
        # when the one before was echoed.
        data = text.encode()
        piece = RECORDED_PIECE if self.log else max(len(data), 1)
        for start in range(0, len(data), piece):
            echoed = len(self.text) + len(data[start:start + piece])
            self.serial.setblocking(True)
            self.serial.sendall(data[start:start + piece])
            self.serial.setblocking(False)
            deadline = time.monotonic() + ECHO_LIMIT
            while self.log and len(self.text) < echoed and time.monotonic() < deadline and self._pump(deadline):
                pass

    def wait_prompt(self, limit=LIMIT):
        """Waits for the shell; makes its line so wide that the echo of what is typed is never wrapped."""
        self.wait(PROMPT, limit)
        self.run("stty cols 4000", limit)
        return self

    def run(self, command, limit=LIMIT):
        """Runs one line of shell; returns (output, exit status). Nothing is typed before the prompt is there."""
        self._marker += 1
        # The marker is split in what is typed, so that its echo does not match.
        typed = f"echo @{self._marker}''@$?@"
        self.send(f"{command}; {typed}\n")
        start = self.wait(re.escape(typed) + r"\n", limit).end()
        match = self.wait(rf"@{self._marker}@(\d+)@\n", limit)
        output = self.text[start:match.start()]
        self.wait(PROMPT, limit)
        return output.strip("\n"), int(match.group(1))

    def ok(self, command, limit=LIMIT):
        """Runs a command that must succeed; returns its output."""
        output, status = self.run(command, limit)
        if status != 0:
            raise MachineError(f"{command!r} gave {status}:\n{output}")
        return output

    # ---- end and host side -------------------------------------------------------------------

    def wait_exit(self, limit=LIMIT):
        """Waits until QEMU ends; returns the code given to the debug-exit device, or 0 for power-off."""
        deadline = time.monotonic() + limit
        while self._pump(deadline):
            if time.monotonic() > deadline:
                raise MachineError(f"machine still runs after {limit} s:\n{self.tail()}")
        status = self.process.wait(timeout=limit)
        self.exit_status = status >> 1 if status & 1 else status
        return self.exit_status

    @property
    def qmp(self):
        if self._qmp is None:
            self._qmp = Qmp(pathlib.Path(self._folder.name) / "qmp")
        return self._qmp

    def screenshot(self, path):
        self.qmp.command("screendump", filename=str(path))

    def save_memory(self, address, size, path):
        """Writes guest-physical memory to a host file."""
        self.qmp.command("pmemsave", val=address, size=size, filename=str(path))
