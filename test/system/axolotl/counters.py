"""What the system has free and in use, compared by tests that look for leaks."""
import re

# What must be exactly as before. Frames are compared as free + cached, since the file cache may grow.
EXACT = ("free_process_slots", "free_privileges", "free_message_buffers", "safe_maps", "interrupt_hooks", "spaces", "regions",
         "processes", "zombies", "open_files", "pipes", "requests", "grants")


SHELL = "echo shell_frames $(cut -d' ' -f2 /proc/$$/statm)"


def counters(machine):
    """By name; lines of the kernel log may stand between them. What the shell itself has grows with the lines it has seen."""
    told = machine.ok(f"sync; counters; {SHELL}")
    return {name: int(value) for name, value in re.findall(r"^(\w+) (\d+)$", told, re.MULTILINE)}


def settled(machine, wanted):
    """The counters, once what must be equal is, or as they are after many looks."""
    for _ in range(50):
        found = counters(machine)
        if all(found[name] == wanted[name] for name in EXACT):
            break
    return found


def frames(found):
    """All but those in use. The kernel keeps some for page tables; the shell's are its own."""
    return sum(found[name] for name in ("free_frames", "free_table_frames", "cached_frames", "shell_frames"))


def frames_lost_by(machine, work):
    """In every round of `work`. A leak loses frames each time; a heap that grows once does not."""
    lost = 1
    for _ in range(3):
        before = frames(buried(machine))
        work()
        lost = before - frames(buried(machine))
        if lost <= 0:
            break
    return lost


def differing(before, after):
    """Which of EXACT are not as they were."""
    return {key: (before[key], after[key]) for key in EXACT if before[key] != after[key]}


def missing(before, after):
    """What is not as it was, as text; empty when everything is."""
    changed, lost = differing(before, after), frames(before) - frames(after)
    return f"{changed} {lost} frames lost" if changed or lost > 0 else ""


def buried(machine):
    """The counters once init has buried the orphans of the last run."""
    while True:
        found = counters(machine)
        if found["zombies"] == 0:
            return found
        machine.ok("true")
