"""Job control at the console, as its user has it: typed at the interactive shell."""
import pytest

SUSPEND, INTERRUPT, END = "\x1a", "\x03", "\x04"


@pytest.fixture
def shell(boot):
    return boot().wait_prompt()


def bring_back(shell, number=1):
    """Types `fg`; the shell says which program it is."""
    shell.send(f"fg %{number}\n")
    shell.wait(rf"fg %{number}\n.*\n")


def start(shell, command, line):
    shell.send(f"{command}\n")
    shell.wait(rf"^{line}\n")


def suspend(shell):
    shell.send(SUSPEND)
    shell.wait(r"^\^Z\[1\]\+ +Stopped ")
    shell.wait_prompt()


def state_of_job(shell):
    return shell.ok("sed -n 's/^State:.//p' /proc/$(jobs -p)/status")


def test_program_is_suspended_goes_on_behind_and_comes_back(shell):
    start(shell, "sh -c 'echo begun; exec sleep 1000'", "begun")
    suspend(shell)
    assert "Stopped" in shell.ok("jobs") and state_of_job(shell).startswith("T")
    assert "sleep 1000" in shell.ok("bg")
    assert "Stopped" not in shell.ok("jobs") and state_of_job(shell).startswith("S")
    bring_back(shell)
    shell.send(INTERRUPT)
    shell.wait_prompt()
    assert shell.ok("jobs") == ""


def test_suspended_reader_takes_nothing_that_is_typed_to_others(shell):
    start(shell, "sh -c 'echo begun; exec cat'", "begun")
    suspend(shell)
    shell.send("read x; echo \"[$x]\"\n")
    shell.send("for the shell\n")
    shell.wait(r"^\[for the shell\]\n")
    shell.wait_prompt()
    bring_back(shell)
    shell.send("for cat\n")
    shell.wait(r"^for cat\nfor cat\n")
    shell.send(END)
    shell.wait_prompt()
    assert shell.ok("jobs") == ""


def test_reader_behind_is_stopped_until_it_is_brought_to_the_front(shell):
    shell.send("cat &\n")
    shell.wait_prompt()
    # The shell tells of it before a prompt, once it has heard.
    assert shell.run("until jobs | grep -q 'tty input'; do :; done")[1] == 0
    assert state_of_job(shell).startswith("T")
    bring_back(shell)
    shell.send("to cat\n")
    shell.wait(r"^to cat\nto cat\n")
    shell.send(END)
    shell.wait_prompt()


def test_writer_behind_is_stopped_where_the_terminal_says_so(shell):
    assert "written" in shell.ok("sh -c 'echo written' & wait")
    shell.ok("stty tostop")
    shell.send("sh -c 'echo held back' &\n")
    shell.wait_prompt()
    assert "held back\n" not in shell.ok("until jobs | grep -q 'tty output'; do :; done; jobs >/dev/null")
    bring_back(shell)
    shell.wait(r"^held back\n")
    shell.wait_prompt()
    shell.ok("stty -tostop")


def test_whole_pipeline_is_suspended_and_goes_on(shell):
    shell.send("cat | tr a-z A-Z | cat\nfirst\n")
    shell.wait(r"^FIRST\n")  # all of it runs
    suspend(shell)
    bring_back(shell)
    shell.send("second\n" + END)
    shell.wait(r"^SECOND\n")
    shell.wait_prompt()
    assert shell.ok("jobs") == ""


def test_end_of_the_shell_hangs_up_the_foreground_and_those_it_left_stopped(shell):
    start(shell, "sh -c 'echo begun; exec sleep 1000'", "begun")
    suspend(shell)
    stopped = shell.ok("jobs -p")
    shell.send("sleep 2000 &\n")  # neither in front nor stopped: nobody tells it
    shell.wait_prompt()
    behind = shell.ok("echo $!")
    shell.send("sh -c 'trap \"echo hung up >/tmp/told; exit\" HUP; kill -9 $PPID; while :; do sleep 1; done'\n")
    shell.wait_prompt()  # init's next shell
    assert shell.ok("until [ -s /tmp/told ]; do :; done; cat /tmp/told") == "hung up"
    shell.ok(f"until ! [ -e /proc/{stopped} ]; do :; done; kill {behind}")
    start(shell, "sh -c 'echo begun; exec sleep 3000'", "begun")  # the next session has job control too
    suspend(shell)
    shell.ok("kill -9 $(jobs -p)")
