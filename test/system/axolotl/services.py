"""What the `service` command shows, and what tests of services do again and again."""
import hashlib
import json


def table(machine, what):
    """The lines of `service --json`; text of the kernel may stand between them."""
    lines = machine.ok(f"service {what} --json").splitlines()
    return [json.loads(line.rstrip(",")) for line in lines if line.startswith(' {"')]


def status(machine, label):
    return next((entry for entry in table(machine, "status") if entry["label"] == label), None)


def events(machine, label):
    return [event for event in table(machine, "events") if event["label"] == label]


def wait_state(machine, label, state, restarts=None, limit=60):
    """Waits inside the machine, so that text of the kernel does not run into what is typed; returns the status."""
    wanted = f'"label":"{label}".*"state":"{state}"' + (f',"restarts":{restarts},' if restarts is not None else "")
    machine.ok(f"n=0; until service status --json | grep -q '{wanted}'; do n=$((n+1)); [ $n -lt {limit * 10} ] || break; "
               "usleep 100000; done", limit=4 * limit)
    entry = status(machine, label)
    assert entry["state"] == state and restarts in (None, entry["restarts"]), entry
    return entry


def exit_of(machine, command):
    return machine.run(command)[1]


def greets(machine):
    return "Hello, World!" in machine.ok("cat /dev/hello")


def sum_of_lines(count):
    return hashlib.md5("".join(f"{i}\n" for i in range(count)).encode()).hexdigest()


def campaign(machine, rounds):
    """In each round hello is started, crashes twice, is updated between, and is stopped."""
    machine.ok(f"i=0; while [ $i -lt {rounds} ]; do service up /usr/sbin/hello -dev /dev/hello; service fi hello segv; "
               "cat /dev/hello; service update /usr/sbin/hello2 -label hello; service fi hello divide --after 500; "
               "cat /dev/hello; service down hello; i=$((i+1)); done >/dev/null 2>&1; true", limit=600)
