"""What the guest writes to its root file system is a sound ext2 file system for the host's e2fsck."""
import os
import subprocess

from axolotl.archive import find_root

MEMORY = 128


def saved_root(machine, folder):
    machine.ok("sync")
    dump = folder / "memory"
    machine.save_memory(0, MEMORY << 20, dump)
    image = folder / "root.img"
    image.write_bytes(find_root(dump.read_bytes()))
    return image


def judge(image):
    """e2fsck exits with 0 even for wrong totals; every question it would ask counts as damage."""
    environment = dict(os.environ, PATH=os.environ["PATH"] + ":/sbin:/usr/sbin")
    result = subprocess.run(["e2fsck", "-fn", image], capture_output=True, text=True, env=environment)
    assert result.returncode == 0 and "? no" not in result.stdout, result.stdout + result.stderr


def read_file(image, path):
    environment = dict(os.environ, PATH=os.environ["PATH"] + ":/sbin:/usr/sbin")
    return subprocess.run(["debugfs", "-R", f"cat {path}", image], capture_output=True, env=environment).stdout


def test_untouched_root_is_clean(boot, tmp_path):
    judge(saved_root(boot(memory=MEMORY).wait_prompt(), tmp_path))


def test_written_root_is_clean_and_holds_what_was_written(boot, tmp_path):
    machine = boot(memory=MEMORY).wait_prompt()
    machine.ok("mkdir -p /deep/a/b/c && cp /etc/passwd /deep/a/b && ln /deep/a/b/passwd /deep/hard && ln -s a/b /deep/soft")
    machine.ok("i=0; while [ $i -lt 200 ]; do echo $i > /deep/a/file$i; i=$((i+1)); done")
    machine.ok("i=0; while [ $i -lt 200 ]; do rm /deep/a/file$i; i=$((i+3)); done")
    machine.ok("dd if=/bin/busybox of=/deep/large bs=4096 2>/dev/null && truncate -s 100000 /deep/large")
    machine.ok("dd if=/etc/passwd of=/deep/hole bs=1 seek=3000000 count=20 2>/dev/null")
    machine.ok("mv /deep/a/file1 /deep/a/b/c/renamed && mv /deep/a/b /deep/b && chmod 600 /deep/hard && chown 1000:1000 /deep/hard")
    image = saved_root(machine, tmp_path)
    judge(image)
    assert read_file(image, "/deep/b/c/renamed") == b"1\n"
    assert read_file(image, "/deep/hard") == read_file(image, "/etc/passwd") != b""
    assert len(read_file(image, "/deep/large")) == 100000


def test_file_removed_while_open_is_freed(boot, tmp_path):
    machine = boot(memory=MEMORY).wait_prompt()
    free = machine.ok("df / | tail -n 1 | awk '{print $4}'")
    machine.ok("exec 5> /open-file; dd if=/dev/zero bs=4096 count=100 >&5 2>/dev/null; rm /open-file; exec 5>&-")
    assert machine.ok("sync; df / | tail -n 1 | awk '{print $4}'") == free
    judge(saved_root(machine, tmp_path))
