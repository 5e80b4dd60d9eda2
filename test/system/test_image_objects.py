"""A service remembers what must survive in its State, and everything else in its ProcessContext: no image has another object
that can be written (rule 1 of the architecture). Checked on the images themselves, since a static is easily added."""
import os
import pathlib
import re
import subprocess

import pytest

SERVICES = pathlib.Path(os.environ.get("AXO_BUILD", "build/test")) / "services"
ALLOWED = [
    r"axo_process_context",                     # lib/sys/context.hpp
    r"__dso_handle",                            # the compiler's; nobody writes it
    r"axo::sef::detail::(state|type)_marker<.*>",  # filled in by tools/make_schema.py, in the image
]
# Versions of hello that do wrong on purpose keep counts of how often they did.
BROKEN = re.compile(r"hello2?_\w+")


def writable_objects(image):
    """Names of what lies in .data and .bss."""
    table = subprocess.run(["objdump", "-t", "-C", image], capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^[0-9a-f]{16} .{7} (?:\.data|\.bss)\t([0-9a-f]{16}) +(?:\.hidden )?(.*)$", table, re.MULTILINE)
    return [name for size, name in found if int(size, 16) != 0]


def images():
    return sorted(path for path in SERVICES.glob("*.debug") if not BROKEN.fullmatch(path.stem))


def test_there_are_images():
    assert {"rs", "vm", "pm", "vfs", "ds", "ext2", "tmpfs", "procfs", "tty", "hello"} <= {image.stem for image in images()}


@pytest.mark.parametrize("image", images(), ids=lambda image: image.stem)
def test_only_the_context_can_be_written(image):
    others = [name for name in writable_objects(image) if not any(re.fullmatch(rule, name) for rule in ALLOWED)]
    assert not others, f"{image.stem} remembers outside its State: {others}"
