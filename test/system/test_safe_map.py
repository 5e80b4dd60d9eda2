"""Memory that one service shows to another by grant (safe_map): seen by both, taken back, and ended by either's death."""
import pytest

from axolotl import Machine
from axolotl.counters import EXACT, counters, frames

@pytest.fixture(scope="module")
def booted(build):
    with Machine(build) as machine:
        machine.wait_prompt()
        machine.ok("echo 'service mapper { };' > /tmp/map.conf; mknod /dev/map_a c 41 0; mknod /dev/map_b c 42 0")
        yield machine


@pytest.fixture
def pair(booted):
    """Two services, a and b; b may map the pages of a for writing."""
    for name in "ab":
        start(booted, name)
    booted.ok("echo put old > /dev/map_b")
    yield booted
    for name in "ab":
        booted.run(f"service down map_{name}")


def start(machine, name):
    machine.ok(f"service up /test/mapper -label map_{name} -dev /dev/map_{name} -config /tmp/map.conf")


def tell(machine, name, command):
    """True if the service could do it."""
    return machine.run(f"echo {command} > /dev/map_{name}")[1] == 0


def seen(machine, name):
    """What lies in the two pages."""
    return machine.ok(f"cat /dev/map_{name}").split(" ", 1)[1]


def endpoint(machine, name):
    return int(machine.ok(f"service lookup map_{name}"))


def granted(machine, access="w"):
    """a grants its pages to b; the words that name the grant."""
    assert tell(machine, "a", f"grant {endpoint(machine, 'b')} {access}")
    grant = machine.ok("cat /dev/map_a").split(" ")[0]
    return f"{endpoint(machine, 'a')} {grant}"


def mapped(machine):
    return counters(machine)["safe_maps"]


def test_both_see_what_either_stores(pair):
    assert tell(pair, "a", "put one")
    assert tell(pair, "b", f"map {granted(pair)} w")
    assert seen(pair, "b") == "one one"
    assert tell(pair, "b", "put two")
    assert seen(pair, "a") == "two two"
    assert mapped(pair) == 1
    assert tell(pair, "b", "unmap") and mapped(pair) == 0
    assert tell(pair, "b", "put three")
    assert (seen(pair, "a"), seen(pair, "b")) == ("two two", "three three")
    assert not tell(pair, "b", "unmap"), "there is nothing mapped any more"


def test_revoked_memory_is_private_again(pair):
    name = granted(pair)
    assert tell(pair, "b", f"map {name} w") and tell(pair, "a", "put one")
    assert tell(pair, "a", "revoke") and mapped(pair) == 0
    assert tell(pair, "a", "put secret")
    assert seen(pair, "b") == "one one", "a copy of what it was when it was taken back"
    assert tell(pair, "b", "put two") and seen(pair, "a") == "secret secret"
    assert not tell(pair, "b", f"map {name} w"), "the grant is gone, too"


def test_read_only_mapping_never_changes_the_granters_memory(pair):
    name = granted(pair, "r")
    assert not tell(pair, "b", f"map {name} w")
    assert tell(pair, "a", "put one") and tell(pair, "b", f"map {name} r")
    assert seen(pair, "b") == "one one"
    assert tell(pair, "b", "put two") and seen(pair, "b") == "two two", "storing there gives it pages of its own"
    assert seen(pair, "a") == "one one"


def test_only_the_grantee_may_map(pair):
    assert tell(pair, "a", f"grant {endpoint(pair, 'a')} w")
    grant = pair.ok("cat /dev/map_a").split(" ")[0]
    assert not tell(pair, "b", f"map {endpoint(pair, 'a')} {grant} w")
    assert seen(pair, "b") == "old old"


@pytest.mark.parametrize("victim", "ab")
def test_death_of_either_side_leaves_the_other_alone(pair, victim):
    other = "b" if victim == "a" else "a"
    assert tell(pair, "b", f"map {granted(pair)} w") and tell(pair, "b", "put one")
    pair.ok(f"service fi map_{victim} segv")
    pair.ok(f"until cat /dev/map_{victim} >/dev/null 2>&1; do usleep 10000; done")
    assert mapped(pair) == 0
    assert seen(pair, other) == "one one" and seen(pair, victim) == " "
    assert tell(pair, other, "put two") and seen(pair, victim) == " "
    assert tell(pair, "a", "revoke"), "there is nothing to take back, which is fine"


def test_mappings_leave_nothing_behind(pair):
    """Half of them end by unmap, half by revoke. A page lost in each would be far more than any cache grows."""
    rounds, mappings = 3, 50
    granter, grantee = endpoint(pair, "a"), endpoint(pair, "b")
    script = (f"i=0; while [ $i -lt {mappings} ]; do echo grant {grantee} w > /dev/map_a; read grant rest < /dev/map_a; "
              f"echo map {granter} $grant w > /dev/map_b || break; [ $((i % 2)) = 0 ] || echo unmap > /dev/map_b; "
              "echo revoke > /dev/map_a; i=$((i+1)); done; echo $i")
    assert pair.ok(script) == str(mappings)
    before = counters(pair)
    for _ in range(rounds):
        assert pair.ok(script) == str(mappings)
    after = counters(pair)
    assert {name: after[name] for name in EXACT} == {name: before[name] for name in EXACT}
    assert frames(before) - frames(after) < rounds * mappings
