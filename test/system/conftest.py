"""Fixtures: a shared machine for tests that leave no trace, a fresh one for the others."""
import pytest

from axolotl import Build, Machine, failures


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test keeps what is needed to look at it and to run it again."""
    outcome = yield
    report = outcome.get_result()
    if report.when == "call" and report.passed and (broken := failures.broken_turns()):
        report.outcome = "failed"
        report.longrepr = "a service read back what it changed in the same turn:\n" + "\n".join(broken)
    if report.failed:
        printed = "".join(f"---- {title}\n{content}\n" for title, content in report.sections)
        folder = failures.failed(item.nodeid, f"{report.longreprtext}\n{printed}")
        report.sections.append(("kept", f"{folder}; recorded with RECORD=1 it can be replayed: make replay "
                                        f"TEST={item.name}"))
    if report.when == "teardown":
        failures.test_ended()


@pytest.fixture(scope="session")
def build():
    return Build()


@pytest.fixture(scope="session")
def _shared(build):
    with Machine(build) as machine:
        machine.wait_prompt()
        yield machine


@pytest.fixture
def machine(_shared):
    """The machine that all tests of this run share; a test puts back what it changes."""
    return _shared


@pytest.fixture
def boot(build):
    """boot(**options) starts a machine of the test's own; it ends with the test."""
    machines = []

    def start(**options):
        machine = Machine(build, **options)
        machines.append(machine)
        return machine

    yield start
    for machine in machines:
        machine.close()
