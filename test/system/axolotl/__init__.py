"""Drives Axolotl in QEMU from tests, benchmarks and demos."""
from .machine import Machine, MachineError
from .build import Build

__all__ = ["Build", "Machine", "MachineError"]
