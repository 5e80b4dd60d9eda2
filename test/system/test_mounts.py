"""Several file systems at a time, each a service of its own: what is mounted, what is gone, and nobody else notices."""
from errno import EPERM

from axolotl.counters import counters, differing, frames_lost_by, settled
from axolotl.services import events, exit_of, status, table


def labels(machine):
    return sorted(entry["label"] for entry in table(machine, "status"))


def mounts(machine):
    """(place, type, options) of every mount but those of boot."""
    lines = [line.split() for line in machine.ok("cat /proc/mounts").splitlines()]
    return [(line[1], line[2], line[3]) for line in lines if line[1] not in ("/", "/tmp", "/proc")]


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


def test_hundred_mounts_leave_nothing(machine):
    machine.ok("mkdir -p /tmp/a")
    work = ("i=0; while [ $i -lt 100 ]; do mount -t tmpfs x /tmp/a && echo x > /tmp/a/x && umount /tmp/a || exit 1; "
            "i=$((i+1)); done")
    for _ in range(2):  # VFS remembers what the programs looked up, up to a bound
        machine.ok(work, limit=120)
    before, services = counters(machine), labels(machine)
    assert frames_lost_by(machine, lambda: machine.ok(work, limit=120)) <= 0
    after = settled(machine, before)
    assert differing(before, after) == {}
    assert labels(machine) == services
    machine.ok("rmdir /tmp/a")


def test_dead_file_system_takes_its_mount_and_leaves_the_others_alone(machine):
    before = labels(machine)
    machine.ok("mkdir -p /tmp/a /tmp/b; mount -t tmpfs one /tmp/a && mount -t tmpfs two /tmp/b")
    machine.ok("echo a > /tmp/a/file; echo b > /tmp/b/file; exec 7</tmp/a/file")
    machine.ok("service fi tmpfs.1 segv; n=0; while service status tmpfs.1 >/dev/null 2>&1 && [ -e /tmp/a/file ]; do "
               "n=$((n+1)); [ $n -lt 500 ] || break; usleep 10000; done")
    assert [place for place, _, _ in mounts(machine)] == ["/tmp/b"]
    assert status(machine, "tmpfs.1") is None
    assert events(machine, "tmpfs.1")[-1]["reason"] == "crash"
    output, failed = machine.run("cat <&7")
    assert failed == 1 and "Input/output error" in output
    assert machine.ok("cat /tmp/b/file") == "b"
    machine.ok("exec 7<&-; mount -t tmpfs again /tmp/a; ls /tmp/a/file 2>/dev/null && exit 1; umount /tmp/a; umount /tmp/b")
    assert labels(machine) == before
    machine.ok("rmdir /tmp/a /tmp/b")
