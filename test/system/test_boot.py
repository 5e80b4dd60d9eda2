"""Both loaders on both machines reach the shell; a damaged boot ends with one clear line and its code."""

import pytest

from axolotl import archive

@pytest.mark.parametrize("machine_type", ["pc", "q35"])
def test_pvh_reaches_the_prompt(boot, machine_type):
    machine = boot(machine=machine_type).wait_prompt()
    assert machine.ok("echo $((6 * 7))") == "42"


@pytest.mark.parametrize("machine_type", ["pc", "q35"])
def test_grub_iso_reaches_the_prompt(boot, build, machine_type):
    machine = boot(machine=machine_type, iso=build.iso).wait_prompt()
    assert machine.ok("uname -s") != ""


def test_poweroff_ends_the_machine(boot):
    machine = boot().wait_prompt()
    machine.send("poweroff\n")
    assert machine.wait_exit() == 0


def test_plain_processor_boots(boot):
    machine = boot(cpu="qemu64").wait_prompt()
    assert machine.ok("echo plain") == "plain"


def test_another_init_by_command_line(boot):
    machine = boot(append="init=/bin/sh").wait_prompt()
    assert machine.ok("echo $$") == "1"


def damaged(build, path, change):
    content = bytearray(build.archive.read_bytes())
    change(content)
    path.write_bytes(content)
    return path


def test_no_archive(boot):
    machine = boot(archive=False)
    machine.wait(r"axolotl: .*archive")
    assert machine.wait_exit() == 0x10


def test_archive_with_wrong_magic(boot, build, tmp_path):
    def change(content):
        content[0] ^= 0xff
    machine = boot(archive=damaged(build, tmp_path / "a", change))
    machine.wait(r"axolotl: .*archive")
    assert machine.wait_exit() == 0x11


def test_archive_with_a_flipped_bit_in_a_service(boot, build, tmp_path):
    def change(content):
        offset = {name: offset for name, _, offset, _, _ in archive.entries(content)}["pm"]
        content[offset + 5000] ^= 1
    machine = boot(archive=damaged(build, tmp_path / "a", change))
    machine.wait(r"axolotl: .*pm")
    assert machine.wait_exit() == 0x11


def test_archive_cut_short(boot, build, tmp_path):
    path = tmp_path / "a"
    path.write_bytes(build.archive.read_bytes()[:100_000])
    machine = boot(archive=path)
    machine.wait(r"axolotl: .*archive")
    assert machine.wait_exit() == 0x11


def test_service_that_is_not_elf(boot, build, tmp_path):
    services = build.services_copy(tmp_path / "services")
    (services / "tty").write_text("this is no program\n" * 100)
    machine = boot(archive=build.archive_with(tmp_path / "a", services=services))
    machine.wait(r"axolotl: .*tty")
    assert machine.wait_exit() == 0x12


def test_too_little_memory(boot):
    machine = boot(memory=4, archive=False)  # the image itself takes 3
    machine.wait(r"axolotl: ")
    assert machine.wait_exit() != 0


def test_root_that_is_not_ext2(boot, build, tmp_path):
    root = tmp_path / "root"
    root.write_bytes(b"not a file system" * 100_000)
    machine = boot(archive=build.archive_with(tmp_path / "a", root=root))
    machine.wait(r"axolotl: .*root")
    assert machine.wait_exit() == 0x14


def test_init_that_does_not_exist(boot):
    machine = boot(append="init=/no/such/program")
    machine.wait(r"cannot run /no/such/program")
    assert machine.wait_exit() != 0
