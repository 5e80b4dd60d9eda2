"""Where the build put kernel, archive and ISO, and how to make variants of the archive."""
import os
import pathlib
import shutil
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[3]
PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")


class Build:
    def __init__(self, folder=None):
        self.folder = pathlib.Path(folder or os.environ.get("AXO_BUILD", TOP / "build/test"))
        self.kernel = self.folder / "kernel/axolotl.elf"
        self.archive = self.folder / "boot.axo"
        self.root = self.folder / "root.img"
        self.iso = self.folder / "axolotl.iso"

    def root_with(self, output, overlay=None, megabytes=32, programs=()):
        """A root image with the tree under `overlay` copied into it."""
        command = [PYTHON, TOP / "tools/make_root.py", "--output", output, "--megabytes", str(megabytes),
                   "--etc", TOP / "etc/root"]
        if overlay:
            command += ["--overlay", overlay]
        for program in programs:
            command += ["--program", program]
        subprocess.run(command, check=True, capture_output=True)
        return output

    def archive_with(self, output, root=None, services=None, table=None):
        """A boot archive with another root image, other services or another table."""
        subprocess.run([PYTHON, TOP / "tools/make_archive.py", "--table", table or TOP / "etc/boot.conf",
                        "--services", services or self.folder / "services", "--root", root or self.root,
                        "--output", output], check=True)
        return output

    def services_copy(self, output):
        """A copy of the services' folder that a test may damage."""
        return shutil.copytree(self.folder / "services", output)
