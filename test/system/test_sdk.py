"""The page docs/writing-a-driver.md does what it says: its own blocks are built, put on an image and run."""
import pathlib
import re
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
PAGE = TOP / "docs/writing-a-driver.md"


def blocks():
    """(language, name, text) of every code block of the page."""
    return re.findall(r"^```(\w+) (\S+)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def text_of(name):
    return next(text for _, place, text in blocks() if place == name)


@pytest.fixture(scope="module")
def sdk(tmp_path_factory, build):
    folder = tmp_path_factory.mktemp("sdk") / "sdk"
    subprocess.run(["make", "-C", TOP, f"BUILD={build.folder}", "CHECKED=1", f"SDK={folder}", "sdk"], check=True,
                   capture_output=True, text=True)
    return folder


@pytest.fixture(scope="module")
def driver(sdk, tmp_path_factory):
    """The driver's folder: files from the page, built and laid out by the page's host commands."""
    folder = tmp_path_factory.mktemp("visits")
    for _, name, text in blocks():
        if name not in ("host", "guest"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    result = subprocess.run(["sh", "-e", "-c", text_of("host")], cwd=folder, capture_output=True, text=True,
                            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SDK": str(sdk)})
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


@pytest.fixture
def own_machine(driver, build, boot, tmp_path):
    """A machine whose root image carries the driver by OVERLAY."""
    programs = [f"{TOP}/build/commands/service=/bin/service"]
    root = build.root_with(tmp_path / "root.img", overlay=driver / "overlay", programs=programs)
    return boot(archive=build.archive_with(tmp_path / "boot.axo", root=root)).wait_prompt()


def test_page_builds_a_static_program_outside_the_tree(driver):
    program = driver / "overlay/usr/sbin/visits"
    assert program.read_bytes()[:4] == b"\x7fELF"
    header = subprocess.run(["readelf", "-lW", program], check=True, capture_output=True, text=True).stdout
    assert "INTERP" not in header and "RWE" not in header


def test_makefile_of_the_page_has_four_lines_at_most():
    assert len(text_of("Makefile").splitlines()) <= 4


def test_build_names_a_member_that_cannot_be_carried_over(driver, sdk, tmp_path):
    text = (driver / "visits.cpp").read_text()
    (tmp_path / "visits.cpp").write_text(text.replace("std::uint64_t visits = 0;",
                                                      "std::uint64_t visits = 0; void (*hook)() = nullptr;"))
    (tmp_path / "Makefile").write_text(text_of("Makefile"))
    result = subprocess.run(["make", f"SDK={sdk}"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert re.search(r"NOTE .*no live update.*State\.hook is a function pointer", result.stdout + result.stderr)


def test_page_starts_crashes_and_updates_the_driver(own_machine):
    for line in text_of("guest").splitlines():
        command, _, expected = (part.strip() for part in line.partition("#"))
        output = own_machine.ok(command)
        if expected:
            assert output.splitlines()[-1] == expected, line
