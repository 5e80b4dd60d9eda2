"""procfs dies again and again, at rest and in the middle of what it is asked, while programs read and list /proc: each
answer is the right one or an input/output error, whoever reads comes through afterwards, and nothing is lost."""
import random
import re

from axolotl.counters import buried, missing
from axolotl.services import status

SEED = 5
KINDS = ("segv", "illegal", "divide", "panic", "exit")
WARMING, ROUNDS, DEATHS = 2, 1, 4
FARTHEST = 20_000  # instructions; the readers have always more for it


def begin_to_read(machine):
    machine.ok("rm -f /tmp/over /tmp/readers.status; (/test/proc /tmp/over >/tmp/readers; echo $? >/tmp/readers.status) & true")
    machine.ok("until grep -q 'readers are there' /tmp/readers || [ -s /tmp/readers.status ]; do usleep 20000; done")


def end_of_reading(machine):
    """How often a reader had an error."""
    machine.ok("touch /tmp/over; until [ -s /tmp/readers.status ]; do usleep 20000; done; wait")
    report = machine.ok("cat /tmp/readers")
    assert machine.ok("cat /tmp/readers.status") == "0", report
    machine.ok("rm /tmp/over /tmp/readers /tmp/readers.status")
    return int(re.search(r"disturbed (\d+) times", report).group(1))


def kill_procfs(machine, numbers, deaths):
    """Each time it lives again before the next; what is not read from /proc goes on all the while."""
    restarts = status(machine, "procfs")["restarts"]
    faults = [(numbers.choice(KINDS), numbers.choice((0, numbers.randrange(1, FARTHEST)))) for _ in range(deaths)]
    machine.ok("k() { service fi procfs $1 --after $2 && echo $3 >/tmp/beside && [ $(cat /tmp/beside) = $3 ] || return 1; "
               "until service status | grep -q \"^procfs .* running .* $3 \"; do usleep 10000; done; }")
    machine.ok(" && ".join(f"k {kind} {after} {number}" for number, (kind, after) in enumerate(faults, restarts + 1)))
    machine.ok("rm /tmp/beside")


def test_readers_of_a_dying_procfs_get_the_right_text_or_an_error(machine):
    print(f"seed {SEED}")
    numbers = random.Random(SEED)
    machine.ok("find / >/dev/null 2>&1")  # VFS remembers as many files as it ever will
    disturbed = 0
    for number in range(WARMING + ROUNDS):
        before = buried(machine)
        begin_to_read(machine)
        kill_procfs(machine, numbers, DEATHS)
        disturbed += end_of_reading(machine)
        lost = missing(before, buried(machine))
        assert lost == "" or number < WARMING, f"round {number}: {lost}"
    assert disturbed >= DEATHS, "hardly a death was in the middle of anything"
