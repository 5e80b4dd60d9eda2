"""The random driver on the running system."""
import pytest

from axolotl import Machine

@pytest.fixture(scope="module")
def random_machine(build):
    with Machine(build) as machine:
        yield machine.wait_prompt()  # /etc/rc started the driver


def hexdump(machine, device="/dev/urandom", count=32):
    return machine.ok(f"head -c {count} {device} | hexdump -v -e '1/1 \"%02x\"'")


@pytest.mark.parametrize("device", ["/dev/random", "/dev/urandom"])
def test_bytes_never_repeat(random_machine, device):
    values = {hexdump(random_machine, device) for _ in range(5)}
    assert len(values) == 5
    assert all(len(value) == 64 for value in values)


def test_long_read_is_whole_and_cannot_be_compressed(random_machine):
    random_machine.ok("dd if=/dev/urandom of=/tmp/random bs=1M count=2 2>/dev/null")
    assert random_machine.ok("wc -c </tmp/random") == "2097152"
    assert int(random_machine.ok("gzip -c /tmp/random | wc -c")) > 2097152
    random_machine.ok("rm /tmp/random")


def test_long_reads_hold_up_neither_short_ones_nor_the_heartbeat(random_machine):
    """Two seconds of reads without end: more work than a service may do without an answer to RS' ping."""
    random_machine.ok("dd if=/dev/urandom of=/dev/null bs=32M count=10000 2>/dev/null & p=$!")
    random_machine.ok("end=$(( $(cut -d. -f1 /proc/uptime) + 3 )); while [ $(cut -d. -f1 /proc/uptime) -lt $end ]; do "
                      "head -c 100 /dev/urandom > /dev/null; done")
    random_machine.ok("kill $p; wait $p 2>/dev/null; true")
    assert '"hang"' not in random_machine.ok("service events --json")


def test_anybody_may_add_entropy(random_machine):
    random_machine.ok("echo seed >/dev/random")
    random_machine.ok("dd if=/dev/zero of=/dev/urandom bs=100k count=3 2>/dev/null")


def test_restarted_driver_gives_other_bytes(random_machine):
    before = hexdump(random_machine)
    random_machine.ok("service fi random segv")
    random_machine.ok("until head -c 1 /dev/urandom >/dev/null 2>&1; do usleep 10000; done")
    assert hexdump(random_machine) != before


def test_long_read_goes_on_over_an_update(random_machine):
    random_machine.ok("(head -c 50000000 /dev/urandom | wc -c >/tmp/bytes) & true")
    random_machine.ok("service update /usr/sbin/random -dev /dev/urandom")
    random_machine.ok("wait")
    assert random_machine.ok("cat /tmp/bytes") == "50000000"
