"""Fixtures: a shared machine for tests that leave no trace, a fresh one for the others."""
import pytest

from axolotl import Build, Machine


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
