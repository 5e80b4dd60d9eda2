"""Several file systems at a time, each a service of its own: what is mounted, what is gone, and nobody else notices."""
import os
import subprocess
from errno import EPERM

from axolotl.counters import counters, differing, frames_lost_by, settled
from axolotl.services import events, exit_of, status, table
from test_root_disk import judge, saved_root


def labels(machine):
    return sorted(entry["label"] for entry in table(machine, "status"))


def mounts(machine):
    """(place, type, options) of every mount but those of boot."""
    lines = [line.split() for line in machine.ok("cat /proc/mounts").splitlines()]
    return [(line[1], line[2], line[3]) for line in lines if line[1] not in ("/", "/tmp", "/proc")]


def strike(machine, label, file):
    """Until VFS has heard of it: the file is there no more."""
    machine.ok(f"service fi {label} segv; n=0; until [ ! -e {file} ]; do n=$((n+1)); [ $n -lt 500 ] || break; "
               "usleep 10000; done")


def test_every_mount_is_a_service_that_ends_with_it(machine):
    before = labels(machine)
    machine.ok("mkdir -p /tmp/a /tmp/b")
    machine.ok("mount -t tmpfs one /tmp/a && mount -t tmpfs -o size=1m two /tmp/b")
    assert labels(machine) == sorted(before + ["tmpfs.1", "tmpfs.2"])
    machine.ok("echo a > /tmp/a/file; echo b > /tmp/b/file")
    assert machine.ok("cat /tmp/a/file /tmp/b/file").split() == ["a", "b"]
    assert machine.run("dd if=/dev/zero of=/tmp/b/large bs=4096 count=300 2>/dev/null")[1] == 1, "its own limit"
    machine.ok("dd if=/dev/zero of=/tmp/a/large bs=4096 count=300 2>/dev/null")
    assert [place for place, _, _ in mounts(machine)] == ["/tmp/a", "/tmp/b"]
    assert exit_of(machine, "service down tmpfs.1") == EPERM, "umount is how it ends"
    assert machine.run("cd /tmp/a && umount /tmp/a")[1] == 1, "in use"
    machine.ok("cd /; umount /tmp/a && umount /tmp/b")
    assert labels(machine) == before and mounts(machine) == []
    machine.ok("rmdir /tmp/a /tmp/b")


def test_more_than_hundred_mounts_leave_nothing(machine):
    machine.ok("mkdir -p /tmp/a")
    work = ("i=0; while [ $i -lt 35 ]; do mount -t tmpfs x /tmp/a && echo x > /tmp/a/x && umount /tmp/a || exit 1; "
            "i=$((i+1)); done")
    for _ in range(2):  # VFS remembers what the programs looked up, up to a bound
        machine.ok(work, limit=300)
    before, services = counters(machine), labels(machine)
    assert frames_lost_by(machine, lambda: machine.ok(work, limit=300)) <= 0
    after = settled(machine, before)
    assert differing(before, after) == {}
    assert labels(machine) == services
    machine.ok("rmdir /tmp/a")


def test_dead_file_system_takes_its_mount_and_leaves_the_others_alone(machine):
    before = labels(machine)
    machine.ok("mkdir -p /tmp/a /tmp/b; mount -t tmpfs one /tmp/a && mount -t tmpfs two /tmp/b")
    machine.ok("echo a > /tmp/a/file; echo b > /tmp/b/file; exec 7</tmp/a/file")
    strike(machine, "tmpfs.1", "/tmp/a/file")
    assert [place for place, _, _ in mounts(machine)] == ["/tmp/b"]
    assert status(machine, "tmpfs.1") is None
    assert events(machine, "tmpfs.1")[-1]["reason"] == "crash"
    output, failed = machine.run("cat <&7")
    assert failed == 1 and "Input/output error" in output
    assert machine.ok("cat /tmp/b/file") == "b"
    machine.ok("exec 7<&-; mount -t tmpfs again /tmp/a; ls /tmp/a/file 2>/dev/null && exit 1; umount /tmp/a; umount /tmp/b")
    assert labels(machine) == before
    machine.ok("rmdir /tmp/a /tmp/b")


def test_flags_are_given_and_changed_at_the_console(machine):
    machine.ok("mkdir -p /tmp/a; mount -t tmpfs -o nosuid,nodev,noexec,mode=755 x /tmp/a; cp /bin/busybox /tmp/a/echo")
    assert mounts(machine) == [("/tmp/a", "tmpfs", "rw,nosuid,nodev,noexec,relatime")]
    assert exit_of(machine, "/tmp/a/echo no 2>/dev/null") == 126
    machine.ok("mount -o remount,ro /tmp/a")
    assert mounts(machine)[0][2].startswith("ro")
    assert "Read-only" in machine.run("echo x > /tmp/a/new")[0]
    machine.ok("mount -o remount,rw,exec /tmp/a; echo x > /tmp/a/new")
    assert machine.ok("/tmp/a/echo yes") == "yes"
    machine.ok("umount /tmp/a; rmdir /tmp/a")


def test_binds_at_the_console(machine):
    """As a new user would: a directory and a file in a second place, one of them read only."""
    before = labels(machine)
    machine.ok("mkdir -p /tmp/a/in /tmp/b /etc/c; mount -t tmpfs x /tmp/a/in; echo one > /tmp/a/in/file; echo two > /tmp/a/file")
    machine.ok("mount --bind /tmp/a /tmp/b")
    assert machine.ok("cat /tmp/b/file; ls /tmp/b/in | wc -l").split() == ["two", "0"], "what is mounted inside is left out"
    machine.ok("mount -o remount,bind,ro /tmp/b")
    assert "Read-only" in machine.run("echo x > /tmp/b/file")[0]
    machine.ok("echo three > /tmp/a/file")
    assert machine.ok("cat /tmp/b/file") == "three"
    machine.ok("mount --rbind /tmp/a /etc/c; umount /tmp/a/in")
    assert machine.ok("cat /etc/c/in/file; cd /etc/c/in; pwd; cd ..; pwd").split() == ["one", "/etc/c/in", "/etc/c"]
    assert "tmpfs.1" in labels(machine), "its last mount is there"
    machine.ok("echo bound > /tmp/passwd; mount --bind /tmp/passwd /etc/passwd")
    assert machine.ok("cat /etc/passwd") == "bound"
    assert machine.run("rm -f /etc/passwd 2>/dev/null")[1] == 1
    assert sorted(mounts(machine)) == [("/etc/c", "tmpfs", "rw,relatime"), ("/etc/c/in", "tmpfs", "rw,relatime"),
                                       ("/etc/passwd", "tmpfs", "rw,relatime"), ("/tmp/b", "tmpfs", "ro,relatime")]
    assert "/tmp/b" in machine.ok("df") and "/etc/c/in" in machine.ok("mount")
    assert machine.run("cd /tmp/b && umount /tmp/b")[1] == 1, "in use"
    machine.ok("cd /; umount /etc/passwd /tmp/b /etc/c/in /etc/c")
    assert "root" in machine.ok("cat /etc/passwd")
    assert labels(machine) == before and mounts(machine) == []
    machine.ok("rm -r /tmp/a /tmp/b /etc/c /tmp/passwd")


def test_times_of_access_are_kept_where_the_mount_says_so(machine):
    machine.ok("mkdir -p /tmp/a /noted; mount -t tmpfs -o noatime x /tmp/a; mount --bind /noted /noted")
    assert [options for _, _, options in mounts(machine)] == ["rw,noatime", "rw,relatime"]
    for place, note in (("/tmp/a", False), ("/noted", True)):
        machine.ok(f"echo x > {place}/file; touch -d @1000 {place}/file; cat {place}/file > /dev/null")
        assert (machine.ok(f"stat -c %X {place}/file") != "1000") == note, place
    machine.ok("mount -o remount,bind,noatime /noted; touch -d @1000 /noted/file; cat /noted/file > /dev/null")
    assert machine.ok("stat -c %X /noted/file") == "1000"
    machine.ok("umount /noted /tmp/a; rm -r /noted /tmp/a")


def test_second_ext2_is_written_remounted_and_outlived(boot, tmp_path):
    """On the spare RAM disk, while the root is on the other."""
    machine = boot(memory=128).wait_prompt()
    machine.ok("mknod /dev/ram1 b 1 1; busybox mke2fs -F /dev/ram1 4096 >/dev/null 2>&1 && mkdir /x /y && mount -t ext2 /dev/ram1 /x")
    assert status(machine, "ext2.1")["state"] == "running"
    assert machine.run("mount -t ext2 /dev/ram1 /y 2>/dev/null")[1] != 0, "a device is mounted once"
    machine.ok("cp /etc/passwd /x/passwd; mkdir /x/deep; cp /bin/busybox /x/deep")
    machine.ok("mount -o remount,ro /x")
    assert "Read-only" in machine.run("rm -f /x/passwd 2>&1")[0]
    machine.ok("dd if=/dev/ram1 of=/image bs=65536 2>/dev/null && cmp /x/deep/busybox /bin/busybox")
    image = saved_root(machine, tmp_path)
    judge(image)
    environment = dict(os.environ, PATH=os.environ["PATH"] + ":/sbin:/usr/sbin")
    subprocess.run(["debugfs", "-R", f"dump /image {tmp_path}/second", image], capture_output=True, env=environment)
    judge(tmp_path / "second")
    machine.ok("mount -o remount,rw /x && echo more > /x/more && sync && echo lost > /x/deep/lost; exec 7</x/more; rm /image")
    strike(machine, "ext2.1", "/x/more")
    assert mounts(machine) == [] and status(machine, "ext2.1") is None
    assert machine.run("cat <&7")[1] == 1
    machine.ok("exec 7<&-; mount -t ext2 /dev/ram1 /y")
    assert machine.ok("cat /y/more") == "more", "what was synced is there"
    machine.ok("cmp /y/passwd /etc/passwd && umount /y")
    assert not any(entry["label"].startswith("ext2.") for entry in table(machine, "status"))
    machine.ok("ls / /tmp > /dev/null; echo x > /root-lives; sync")
    judge(saved_root(machine, tmp_path))
