#!/usr/bin/env python3
"""`make profile ROW=syscall_getppid`: where the instructions of one row of axbench go, function by function.

Boots the release build in QEMU, lets axbench reach the row's loop, and from there steps the processor one
instruction at a time through the gdb stub. The page-table register and the code around the program counter tell
which process an address belongs to, so that services, all linked at the same address, are told apart.
"""
import argparse
import bisect
import collections
import pathlib
import socket
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP / "test/system"))
from axolotl import Build, Machine  # noqa: E402

BENCH = TOP / "build/bench"
CROSS = "x86_64-linux-gnu-"
KERNEL_HALF = 1 << 63
MAX_STEPS = 400_000
LOOPS = ("b_", "rt_", "thr_")  # functions of axbench.c that hold a row's loop
# Where QEMU's gdb stub has them in its answer to `g` (gdb-xml/i386-64bit.xml).
RIP_AT, CR3_AT = 128, 204
CODE_BYTES = 32


def function_name(label):
    """Without arguments, without namespaces that say nothing."""
    return label.replace("(anonymous namespace)::", "").split("(")[0].replace("axo::", "")


class Image:
    """A program with its functions and its code."""

    def __init__(self, name, path):
        self.name = name
        listing = subprocess.run([CROSS + "nm", "-C", "-n", path], check=True, capture_output=True, text=True).stdout
        found = {}
        for line in listing.splitlines():
            address, kind, label = line.split(" ", 2) if line[0] != " " else ("0", "U", "")
            if kind in "tTwW":
                found[int(address, 16)] = function_name(label)
        self.addresses, self.labels = list(found), list(found.values())
        self.code = {}
        self._read(path)

    def _read(self, path):
        listing = subprocess.run([CROSS + "readelf", "-lW", path], check=True, capture_output=True, text=True).stdout
        data = pathlib.Path(path).read_bytes()
        for words in (line.split() for line in listing.splitlines() if line.strip().startswith("LOAD")):
            if "E" in "".join(words[6:-1]):
                start, offset, size = int(words[2], 16), int(words[1], 16), int(words[4], 16)
                self.code[start] = data[offset:offset + size]

    def holds(self, address, code):
        return any(start <= address and text[address - start:address - start + len(code)] == code
                   for start, text in self.code.items())

    def function(self, address):
        place = bisect.bisect_right(self.addresses, address) - 1
        return self.labels[place] if place >= 0 else "?"

    def address_of(self, label):
        return self.addresses[self.labels.index(label)]


class Stub:
    """The little of gdb's remote protocol that stepping needs."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.file = self.socket.makefile("rb")
        self.answer()  # QEMU stops for whoever connects, and says so

    def answer(self):
        while self.file.read(1) != b"$":
            pass
        text = b""
        while (byte := self.file.read(1)) != b"#":
            text += byte
        self.file.read(2)
        return text.decode()

    def ask(self, text):
        self.socket.sendall(b"+$%s#%02x" % (text.encode(), sum(text.encode()) % 256))
        return self.answer()

    def place(self):
        """Program counter and page table."""
        registers = bytes.fromhex(self.ask("g"))
        return tuple(int.from_bytes(registers[at:at + 8], "little") for at in (RIP_AT, CR3_AT))

    def run_to(self, address):
        self.ask("s")  # off a breakpoint at this very place
        self.ask(f"Z1,{address:x},1")
        self.ask("c")
        self.ask(f"z1,{address:x},1")


class Profile:
    """What was executed: instructions by (process, function) and by (process, address)."""

    def __init__(self, stub, images):
        self.stub, self.images = stub, images
        self.owners = {}
        self.functions = collections.Counter()
        self.addresses = collections.Counter()

    def owner(self, address, table):
        """The image that the address belongs to, or None."""
        if address >= KERNEL_HALF:
            return self.images[0]
        if table not in self.owners:
            code = bytes.fromhex(self.stub.ask(f"m{address:x},{CODE_BYTES:x}"))
            self.owners[table] = next((image for image in self.images[1:] if image.holds(address, code)), None)
        return self.owners[table]

    def count(self, image, address):
        name, label = (image.name, image.function(address)) if image else ("?", "?")
        self.functions[name, label] += 1
        self.addresses[name, address] += 1

    def rounds(self, program, wanted):
        """Steps through that many rounds of the innermost loop that `program` is in; False when it seems to be in none.

        The innermost is the one whose instruction comes back first: a row of page faults has a loop over pages in
        one over mappings. The instruction that faulted is done again, which is no round.
        """
        start, seen, passed, last = None, 0, set(), None
        for _ in range(MAX_STEPS):
            address, table = self.stub.place()
            image = self.owner(address, table)
            if image is program and address != last and program.function(address).startswith(LOOPS):
                if start is None and address in passed:
                    start = address
                elif address == start:
                    seen += 1
                passed.add(address)
            last = address if image is program else last
            if seen == wanted:
                return True
            if start is not None:
                self.count(image, address)
            self.stub.ask("s")
        return False


def images_of(build):
    found = [Image("kernel", f"{build.kernel}.debug")]
    found += [Image(path.stem, path) for path in sorted((build.folder / "services").glob("*.debug"))]
    return found + [Image("axbench", BENCH / "axbench")]


def show(profile, rounds, by_address):
    total = sum(profile.functions.values())
    print(f"{total / rounds:,.1f} instructions in each of {rounds} rounds")
    for name, amount in sum_by_process(profile.functions).most_common():
        print(f"{amount / rounds:>10,.1f}  {name}")
    print()
    for (name, label), amount in profile.functions.most_common():
        print(f"{amount / rounds:>10,.1f}  {name:<9} {label}")
    if by_address:
        for (name, address), amount in sorted(profile.addresses.items()):
            print(f"{name} {address:x} {amount / rounds:.1f}")


def sum_by_process(counts):
    total = collections.Counter()
    for (name, _), amount in counts.items():
        total[name] += amount
    return total


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("row")
    arguments.add_argument("--rounds", type=int, default=4)
    arguments.add_argument("--skip", type=int, default=20, help="calls into the kernel before the first round")
    arguments.add_argument("--addresses", action="store_true")
    options = arguments.parse_args()
    build = Build()
    images = images_of(build)
    program = images[-1]
    with tempfile.TemporaryDirectory() as folder:
        programs = [f"{BENCH / name}=/bin/{name}" for name in ("axbench", "tiny", "tinyc")]
        archive = build.archive_with(f"{folder}/boot.axo", root=build.root_with(f"{folder}/root.img", programs=programs))
        stub_path = f"{folder}/gdb"
        with Machine(build, archive=archive, cpu="qemu64", icount=True,
                     extra=["-gdb", f"unix:{stub_path},server=on,wait=off"]) as machine:
            machine.wait_prompt(300)
            stub = Stub(stub_path)
            machine.send(f"axbench -d /tmp -n 1000000 -r 1 {options.row}\n")
            stub.run_to(program.address_of("run"))
            for _ in range(options.skip):
                stub.run_to(images[0].address_of("user_call_trap"))
            profile = Profile(stub, images)
            if not profile.rounds(program, options.rounds):
                sys.exit(f"{options.row} came to no loop of its own within {MAX_STEPS} instructions")
            show(profile, options.rounds, options.addresses)


if __name__ == "__main__":
    main()
