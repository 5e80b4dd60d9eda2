"""The files of the tree, as git knows them, and what is said in them."""
import functools
import pathlib
import re
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
TEXT = {".md", ".cpp", ".hpp", ".c", ".h", ".py", ".mk", ".asm", ".S", ".ld", ".conf", ".sh", ""}


@functools.cache
def files():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=TOP, check=True, capture_output=True,
                            text=True).stdout.split("\n")
    return [name for name in listed if name and (TOP / name).is_file()]


@functools.cache
def folders():
    return {str(parent) for name in files() for parent in pathlib.PurePath(name).parents}


@functools.cache
def text(name):
    return (TOP / name).read_text(encoding="utf-8", errors="replace")


def texts():
    """(name, text) of everything that people read."""
    return [(name, text(name)) for name in files() if pathlib.PurePath(name).suffix in TEXT]


def prose(name):
    """(line number, text) of what is said to readers: all of a document, the comments of a source."""
    suffix = pathlib.PurePath(name).suffix
    for number, line in enumerate(text(name).split("\n"), 1):
        if suffix == ".md":
            yield number, line
        elif suffix in (".cpp", ".hpp", ".c", ".h", ".S"):
            comment = re.search(r"(?:^|\s)//+(.*)", line)
            if comment:
                yield number, comment.group(1)
        elif suffix in (".py", ".mk", ".sh", ".conf", "", ".asm"):
            comment = re.search(r"(?:^|\s)[#;](?!!)(.*)", line)
            if comment:
                yield number, comment.group(1)
