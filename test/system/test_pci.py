"""PCI on the running system: what is plugged into the machine is listed, whatever happens to the server."""
import contextlib

import pytest

from axolotl import Machine
from axolotl.counters import counters, differing, settled
from axolotl.services import status, table

BEHIND_BRIDGES = {
    "pc": ["-device", "pci-bridge,id=one,chassis_nr=1,addr=8", "-device", "pci-bridge,id=two,chassis_nr=2,bus=one,addr=3",
           "-device", "rtl8139,bus=two,addr=4"],
    "q35": ["-device", "pcie-root-port,id=rp,addr=8", "-device", "e1000e,bus=rp"],
}


@contextlib.contextmanager
def machine_with(build, machine, devices):
    with Machine(build, machine=machine, extra=devices) as guest:
        guest.wait_prompt()
        yield guest


def lines(guest, command="lspci"):
    return guest.ok(command).splitlines()


def test_devices_behind_bridges_are_listed_on_pc(build):
    with machine_with(build, "pc", BEHIND_BRIDGES["pc"]) as guest:
        assert lines(guest)[:2] == ["00:00.0 Host bridge: 8086:1237 (rev 02)", "00:01.0 ISA bridge: 8086:7000"]
        listed = lines(guest, "lspci -n")
        assert "00:01.1 0101: 8086:7010" in listed, "one function of several"
        assert "00:08.0 0604: 1b36:0001" in listed and "01:03.0 0604: 1b36:0001" in listed
        assert "02:04.0 0200: 10ec:8139 (rev 20)" in listed, "behind two bridges"
        assert len(set(listed)) == len(listed)


def test_devices_behind_root_ports_are_listed_on_q35(build):
    with machine_with(build, "q35", BEHIND_BRIDGES["q35"]) as guest:
        listed = lines(guest, "lspci -n")
        assert "00:1f.2 0106: 8086:2922 (rev 02)" in listed
        assert "00:08.0 0604: 1b36:000c" in listed and "01:00.0 0200: 8086:10d3" in listed
        ranges = guest.ok("lspci -v | sed -n '/^01:00.0/,$p'")
        assert "region 0: memory" in ranges and "region 2: ports" in ranges, ranges


def test_list_is_the_same_over_crashes_and_updates(machine):
    listed = lines(machine, "lspci -v")
    assert len(listed) > 5
    before = counters(machine)
    for fault in ("segv", "panic", "exit"):
        machine.ok(f"service fi pci {fault}")
        assert lines(machine, "lspci -v") == listed, fault
    assert status(machine, "pci")["restarts"] == 3
    machine.ok("service update /usr/sbin/pci -label pci")
    assert lines(machine, "lspci -v") == listed
    assert differing(before, settled(machine, before)) == {}


def test_no_server_is_no_list(machine):
    machine.ok("service down pci")
    assert machine.ok("cat /proc/bus/pci/devices; ls /proc/bus/pci") == "devices"
    assert machine.run("cat /proc/bus/pci/00/00.0")[1] == 1
    machine.ok("service up /usr/sbin/pci")
    assert "pci" in [entry["label"] for entry in table(machine, "status")]
    assert lines(machine)


def test_what_is_in_the_folder_is_what_is_listed(machine):
    places = [line.split()[0] for line in lines(machine)]
    found = machine.ok("cd /proc/bus/pci; ls -d */*").split()
    assert ["".join(place.replace("/", ":")) for place in found] == places
    assert machine.ok("wc -c </proc/bus/pci/00/00.0") == "64"
    for wrong in ("00/00.8", "00/20.0", "00/0.0", "0/00.0", "gg/00.0", "00/1f.7", "ff", "00/00.0/x"):
        assert machine.run(f"cat /proc/bus/pci/{wrong} 2>/dev/null")[1] == 1, wrong
    assert machine.run("echo x >/proc/bus/pci/00/00.0")[1] == 1


def computed(guest, number):
    return guest.ok(f"echo {number} >/dev/edu; cat /dev/edu")


@pytest.mark.parametrize("kind", ["pc", "q35"])
def test_driver_of_a_pci_device_crashes_and_is_updated_between_two_interrupts(build, kind):
    with machine_with(build, kind, ["-device", "edu"]) as guest:
        before = counters(guest)
        guest.ok("service up /usr/sbin/edu -dev /dev/edu")
        assert [computed(guest, n) for n in (5, 12, 13)] == ["120", "479001600", "1932053504"]
        assert guest.run("echo x >/dev/edu")[1] == 1
        for fault in ("segv", "hang", "exit"):
            guest.ok(f"service fi edu {fault}")
            assert computed(guest, 6) == "720", fault
        for _ in range(5):
            guest.ok("echo 10 >/dev/edu; service update /usr/sbin/edu -label edu")
            assert guest.ok("cat /dev/edu") == "3628800"
        guest.ok("service fi pci segv; service fi edu segv")
        assert computed(guest, 7) == "5040", "its device is its own, whatever becomes of the server that gave it"
        guest.ok("service down edu")
        assert differing(before, settled(guest, before)) == {}


def test_device_that_the_configuration_does_not_name_is_not_given(build):
    with machine_with(build, "pc", ["-device", "edu"]) as guest:
        guest.ok("sed 's,1234/11e8,1234/11e9,' /etc/system.conf >/tmp/other.conf")
        guest.ok("service up /usr/sbin/edu -dev /dev/edu -config /tmp/other.conf")
        assert guest.run("cat /dev/edu")[1] == 1
        guest.ok("service down edu; service up /usr/sbin/edu -dev /dev/edu")
        assert computed(guest, 4) == "24"


def test_device_belongs_to_one_service(build):
    with machine_with(build, "pc", ["-device", "edu"]) as guest:
        guest.ok("service up /usr/sbin/edu -dev /dev/edu")
        guest.ok("mknod /tmp/second c 19 0; service up /usr/sbin/edu -label second -dev /tmp/second")
        assert guest.run("cat /tmp/second")[1] == 1 and computed(guest, 4) == "24"
        guest.ok("service fi edu segv")
        assert guest.run("cat /tmp/second")[1] == 1 and computed(guest, 5) == "120"
        guest.ok("service down edu; service refresh second")
        assert guest.ok("echo 6 >/tmp/second; cat /tmp/second") == "720", "free since the other was taken down"
