#!/usr/bin/env python3
"""Builds the root file system: an ext2 image with busybox, /etc, device nodes and an overlay.

Needs no root: mke2fs copies the staged tree, debugfs sets owners and makes the device nodes.
"""
import argparse
import os
import pathlib
import shutil
import stat
import subprocess
import tempfile

# path, kind, major, minor, mode
DEVICES = [
    ("/dev/console", "c", 5, 1, 0o600), ("/dev/tty", "c", 5, 0, 0o666), ("/dev/ttyS0", "c", 4, 64, 0o620),
    ("/dev/null", "c", 1, 3, 0o666), ("/dev/zero", "c", 1, 5, 0o666), ("/dev/full", "c", 1, 7, 0o666),
    ("/dev/klog", "c", 15, 0, 0o640), ("/dev/ram0", "b", 1, 0, 0o640),
    ("/dev/random", "c", 16, 8, 0o666), ("/dev/urandom", "c", 16, 9, 0o666), ("/dev/hello", "c", 17, 0, 0o666),
    ("/dev/edu", "c", 18, 0, 0o666),
]
FOLDERS = ["bin", "sbin", "dev", "etc", "root", "tmp", "run", "var", "home", "mnt", "proc", "usr/bin", "usr/sbin", "usr/lib"]
SBIN = {"init", "halt", "poweroff", "reboot", "mkfs.ext2", "mke2fs", "losetup", "mount", "umount"}


def stage(folder, arguments):
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "tmp").chmod(0o1777)
    (folder / "root").chmod(0o700)
    busybox = folder / "bin/busybox"
    shutil.copyfile(arguments.busybox, busybox)
    busybox.chmod(0o755)
    applets = subprocess.run([arguments.busybox, "--list"], check=True, capture_output=True, text=True).stdout.split()
    for applet in applets:
        place = folder / ("sbin" if applet in SBIN else "bin") / applet
        if applet != "busybox":
            place.symlink_to("/bin/busybox" if place.parent.name == "sbin" else "busybox")
    shutil.copytree(arguments.etc, folder / "etc", dirs_exist_ok=True)
    for program in arguments.program:
        source, _, target = program.partition("=")
        place = folder / target.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)  # it may be a link to busybox
        shutil.copyfile(source, place)
        place.chmod(0o755)
    if arguments.overlay:
        shutil.copytree(arguments.overlay, folder, dirs_exist_ok=True, symlinks=True)


def owner_commands(folder):
    """debugfs commands that give every file to root and make the device nodes."""
    commands = []
    for path, directories, files in os.walk(folder):
        for name in directories + files:
            place = "/" + os.path.relpath(os.path.join(path, name), folder)
            commands += [f'sif "{place}" uid 0', f'sif "{place}" gid 0']
    for path, kind, major, minor, mode in DEVICES:
        commands.append(f"cd {os.path.dirname(path)}")
        commands.append(f"mknod {os.path.basename(path)} {kind} {major} {minor}")
        commands.append("cd /")
        full = mode | (stat.S_IFCHR if kind == "c" else stat.S_IFBLK)
        commands.append(f"sif {path} mode 0{full:o}")
    return commands


def debugfs(image, commands):
    text = "\n".join(commands) + "\n"
    result = subprocess.run(["debugfs", "-w", "-f", "/dev/stdin", image], input=text, capture_output=True, text=True)
    errors = [line for line in result.stderr.splitlines() if not line.startswith("debugfs 1.")]
    if result.returncode != 0 or errors:
        raise SystemExit("debugfs: " + "\n".join(errors))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", required=True)
    parser.add_argument("--megabytes", type=int, default=32)
    parser.add_argument("--block-size", type=int, default=4096)
    parser.add_argument("--busybox", default="/bin/busybox")
    parser.add_argument("--etc", type=pathlib.Path, required=True)
    parser.add_argument("--overlay", type=pathlib.Path)
    parser.add_argument("--program", action="append", default=[], metavar="FILE=/place")
    arguments = parser.parse_args()

    os.environ["PATH"] += ":/sbin:/usr/sbin"
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary) / "root"
        folder.mkdir(mode=0o755)
        stage(folder, arguments)
        if os.path.exists(arguments.output):
            os.unlink(arguments.output)
        environment = dict(os.environ, E2FSPROGS_FAKE_TIME="1")
        subprocess.run(["mke2fs", "-q", "-t", "ext2", "-b", str(arguments.block_size), "-I", "256", "-m", "0",
                        "-N", str(max(1024, 64 * arguments.megabytes)), "-O", "^resize_inode,^ext_attr,^dir_index", "-E", "root_owner=0:0", "-L", "axolotl-root",
                        "-d", str(folder), arguments.output, f"{arguments.megabytes}M"],
                       check=True, env=environment, stdout=subprocess.DEVNULL)
        debugfs(arguments.output, owner_commands(folder))


if __name__ == "__main__":
    main()
