"""A user without rights takes all there is of one kind and keeps it: drivers that crash meanwhile are healed, root's shell
goes on, and when the hog is gone everything is back."""
import re

from axolotl.counters import buried, missing
from axolotl.services import greets, status, wait_state

MEMORY = 80  # MiB: enough for the root image and not much more
KINDS = ("memory", "content", "pipes", "processes")


def hog(machine, kind):
    """Its shell is another user's; returns how much it has."""
    machine.ok(f"su nobody -s /bin/sh -c 'exec /test/hog {kind}' >&9 2>/dev/null & h=$!")
    return int(re.search(r"taken (\d+)", machine.ok("read line <&9; echo $line")).group(1))


def let_go(machine):
    machine.ok("kill -9 $h; wait $h; until ! ps | grep -q '[t]est/hog'; do usleep 20000; done")


def live_beside(machine):
    for label in ("hello", "log"):
        before = status(machine, label)["restarts"]
        machine.ok(f"service fi {label} segv")
        wait_state(machine, label, "running", before + 1)
    assert greets(machine)
    machine.ok("ls -l / >/dev/null; (echo a | cat | grep -q a) && sync")


def test_services_and_root_go_on_beside_a_user_who_takes_all(boot):
    machine = boot(memory=MEMORY).wait_prompt()
    machine.ok("service up /usr/sbin/hello -dev /dev/hello; mkfifo /report; mkdir -m 1777 /tmp/hog; cd /tmp/hog")
    machine.ok("find / >/dev/null 2>&1; exec 9<>/report")
    for kind in (*KINDS, "pipes"):  # what the servers take once, and VFS in two rounds: pipes lie in its heap
        hog(machine, kind)
        if kind == "pipes":
            live_beside(machine)
        let_go(machine)
    for kind in KINDS:
        before = buried(machine)
        taken = hog(machine, kind)
        live_beside(machine)
        let_go(machine)
        assert taken > 50 or kind == "memory", f"only {taken} of {kind}"  # memory is refused by a kill
        assert missing(before, buried(machine)) == "", kind
