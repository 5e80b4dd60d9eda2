"""Drives Axolotl in QEMU from tests, benchmarks and demos."""
from . import failures
from .machine import Machine, MachineError
from .build import Build

__all__ = ["Build", "failures", "Machine", "MachineError"]
