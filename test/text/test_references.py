"""Mentions that lead somewhere: `plan section n`, `plan rule n`, `ref n.m`, `D n`, `finding A1`, paths and links."""
import pathlib
import re

from tree import TOP, files, folders, prose, text, texts

ROOTS = ("docs", "kernel", "lib", "servers", "drivers", "include", "test", "tools", "commands", "etc", "mk")
PATH = re.compile(r"(?<![\w./-])((?:%s)/[A-Za-z0-9_./*{},-]*[A-Za-z0-9_*}/])" % "|".join(ROOTS))
FILE = re.compile(r"(?<![\w./*-])([a-z][a-z0-9_]*\.(?:cpp|hpp|asm))\b")
# Written about, not pointed to: what other systems have, what the build makes, and what the plan says is to come.
FOREIGN = {"docs/findings.md", "docs/plan.md", "docs/rebirth.md", "docs/reference/semantics.md",
           "docs/reference/anchors.md"}


def headings(name, pattern):
    return set(re.findall(pattern, text(name), re.MULTILINE))


def where(name, position):
    return f"{name}:{text(name).count(chr(10), 0, position) + 1}"


def numbers(words):
    """Of "13-17 and 34" all of them."""
    found = []
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", words):
        found += range(int(first), int(last or first) + 1)
    return found


def test_plan_sections_and_rules_exist():
    sections = headings("docs/plan.md", r"^## (\d+)\. ")
    rules = headings("docs/plan.md", r"^(\d+)\. \*\*")
    assert len(sections) > 10 and len(rules) == 12
    bad = []
    for name, content in texts():
        for mention in re.finditer(r"\b[Pp]lan,?\s+(section|rule)s?\s+(\d+)", content):
            if mention.group(2) not in (sections if mention.group(1) == "section" else rules):
                bad.append(f"{where(name, mention.start())}: {mention.group(0)}")
    assert not bad, "\n".join(bad)


def test_sections_of_the_reference_exist():
    known = headings("docs/reference/semantics.md", r"^#+ (\d+(?:\.\d+)*)\.?\s")
    bad, seen = [], 0
    for name, content in texts():
        for mention in re.finditer(r"\bref (\d[\d.]*(?:(?:, | to | and )\d[\d.]*)*)", content):
            for number in re.findall(r"\d+(?:\.\d+)*", mention.group(1)):
                seen += 1
                # "3.1, 1 to 6" goes on with items of a section; an item may also be its last number.
                if number not in known and "." in number and number.rpartition(".")[0] not in known:
                    bad.append(f"{where(name, mention.start())}: ref {number}")
    assert seen > 80 and not bad, "\n".join(bad)


def test_defects_of_the_ancestor_exist():
    known = {int(number) for number in headings("docs/reference/semantics.md", r"^\| (\d+) \|[^|]*\|[^|]*\|[^|]*\|$")}
    assert known >= set(range(1, 55))
    bad, seen = [], 0
    for name, content in texts():
        for mention in re.finditer(r"\bD (\d+(?:-\d+)?(?:(?:, (?:D )?| and )\d+(?:-\d+)?)*)", content):
            for number in numbers(mention.group(1)):
                seen += 1
                if number not in known:
                    bad.append(f"{where(name, mention.start())}: D {number}")
    assert seen > 30 and not bad, "\n".join(bad)


def test_findings_exist():
    known = headings("docs/findings.md", r"^\| ([A-I]\d+) \|")
    assert len(known) > 100
    bad = []
    for name, content in texts():
        for mention in re.finditer(r"\bfindings? ([A-Z]\d+)\b", content):
            if mention.group(1) not in known:
                bad.append(f"{where(name, mention.start())}: {mention.group(0)}")
    assert not bad, "\n".join(bad)


def exists(path):
    path = path.rstrip("/.,")
    if re.search(r"[*{]", path):
        pattern = re.escape(re.sub(r"\{.*?\}", "*", path)).replace(r"\*", r"[^/]*")
        return any(re.fullmatch(pattern, name) for name in list(files()) + list(folders()))
    return path in files() or path in folders() or (TOP / path).exists()


def test_paths_in_prose_exist():
    bad = []
    for name, _ in texts():
        if name in FOREIGN:
            continue
        for number, line in prose(name):
            # A pattern of sources may be there for folders to come.
            for path in () if "sources:" in line and "*" in line else PATH.findall(line):
                here = str(pathlib.PurePath(name).parent / path)
                # A path is named from the top of the tree, from where it is named, or as an #include has it.
                if not any(exists(one) for one in (path, here, "include/" + path)):
                    bad.append(f"{name}:{number}: {path}")
    assert not bad, "\n".join(bad)


def shown(name, source):
    """A document may show a file that its reader writes."""
    return name.endswith(".md") and f"```cpp {source}" in text(name)


def test_sources_named_in_prose_exist():
    known = {pathlib.PurePath(name).name for name in files()}
    bad = []
    for name, _ in texts():
        if name in FOREIGN or name == "docs/style.md":
            continue
        for number, line in prose(name):
            bad += [f"{name}:{number}: {one}" for one in FILE.findall(line) if one not in known and not shown(name, one)]
    assert not bad, "\n".join(bad)


def test_links_of_documents_resolve():
    bad = []
    for name, content in texts():
        if not name.endswith(".md"):
            continue
        for target in re.findall(r"\]\(([^)#\s]+)", content):
            if not target.startswith("http") and not (TOP / name).parent.joinpath(target).exists():
                bad.append(f"{name}: {target}")
    assert not bad, "\n".join(bad)


def test_nothing_points_outside_the_tree():
    bad = [f"{name}: {found}" for name, content in texts() if name.endswith(".md")
           for found in re.findall(r"(?<![\w/.])\.\./(?:shared|design|reference|prototype|bench)[\w./-]*", content)]
    assert not bad, "\n".join(bad)
