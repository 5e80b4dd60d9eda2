"""What somebody meets in the first minutes: who one is, what the console says, what help says."""
import pathlib
import re


def test_console_has_one_line_for_a_death_and_dmesg_the_rest(boot):
    machine = boot().wait_prompt()
    machine.ok("service up /usr/sbin/hello -dev /dev/hello")
    machine.send("service fi hello segv\n")
    machine.wait(r"rs: hello \(endpoint \d+\.\d+\) died: bad memory access \(11\)\n")
    machine.wait(r"hello: Hello, World! \(I have just been restarted\)\n")
    machine.ok("true")
    assert not re.search(r"exception 14|^ *rip|fault injected", machine.text, re.MULTILINE)
    log = machine.ok("dmesg")
    assert re.search(r"^  hello \(.*\): exception 14, error 0x6, address 0x8$", log, re.MULTILINE)
    assert re.search(r"^    rip 0x", log, re.MULTILINE)
    assert machine.run("su user -c dmesg")[1] != 0


def test_boot_shows_no_details(boot):
    machine = boot().wait_prompt()
    text = machine.text[: machine.seen]
    assert "is not there" not in text and "NOTE" not in text
    assert machine.ok("head -c 4 /dev/urandom | wc -c") == "4", "/etc/rc started the driver"


def test_terminal_is_set_as_on_linux(boot):
    settings = boot().wait_prompt().ok("stty -a").split()
    for name in ("icrnl", "ixon", "-ixoff", "opost", "onlcr", "isig", "icanon", "iexten", "echo", "echoe", "echok",
                 "echoctl", "echoke", "-noflsh", "-tostop", "-istrip", "cs8", "cread", "hupcl"):
        assert name in settings, settings


def test_login_shell_of_a_user_is_at_home(machine):
    assert machine.ok("su - user -c 'echo $HOME; pwd'").split() == ["/home", "/home"]
    assert machine.ok("sh -lc 'echo $HOME'") == "/root"


def test_free_counts_cached_files_once(machine):
    cached = int(machine.ok("awk '/^Cached/ { print $2 }' /proc/meminfo"))
    columns = machine.ok("free | grep Mem").split()
    assert int(columns[5]) <= cached + 512, columns


def test_service_explains_itself(machine):
    for words in ("help", "--help", "-h"):
        assert machine.ok(f"service {words}").startswith("usage: service")
    machine.ok("service up /usr/sbin/hello")
    assert "hello: a service has this label (-label" in machine.run("service up /usr/sbin/hello")[0]
    assert "hello: it runs" in machine.run("service restart hello")[0]
    assert "hello: it has not died yet" in machine.run("service trace hello")[0]
    assert "-label says which one" in machine.run("service update /usr/sbin/hello2")[0]
    machine.ok("service down hello")
    assert "hello: no service has this label" in machine.run("service down hello")[0]
    assert "cannot do without" in machine.run("service down vfs")[0]


def test_hundreds_of_files_fit_into_the_root(machine):
    made = "i=0; while [ $i -lt 1200 ]; do : > /root/f$i || break; i=$((i+1)); done; echo $i; rm -f /root/f*"
    assert machine.ok(made) == "1200"


def readme_transcript():
    """(command, lines that the console shows) of the session in README.md."""
    text = (pathlib.Path(__file__).resolve().parents[2] / "README.md").read_text().split("A minute in it", 1)[1]
    steps = []
    for line in re.search(r"(?:^    .*\n)+", text, re.MULTILINE).group(0).splitlines():
        if line.startswith("    # "):
            steps.append((line.removeprefix("    # "), []))
        else:
            steps[-1][1].append(line.strip())
    return steps


def test_session_in_the_readme_is_true(boot):
    machine = boot().wait_prompt()
    for command, lines in readme_transcript():
        start = machine.seen
        machine.send(command + "\n")
        for line in lines:
            machine.seen = start  # a service's line may come before or after what the command itself writes
            machine.wait("^" + re.sub(r"\d+\\\.\d+", r"\\d+\\.\\d+", re.escape(line)) + "$")
        machine.run("true")
