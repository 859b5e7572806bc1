"""The reviewed list of mutants that the tests do not notice, since they change no translation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from translator.yamlsource import parse_yaml, plain

LIST = Path(__file__).with_name("survivors.yaml")


@dataclass(frozen=True)
class Group:
    """Mutants by their names, and why they change nothing that anybody could notice."""

    because: str
    mutants: tuple[str, ...]


@cache
def groups() -> tuple[Group, ...]:
    """All groups of the list."""
    found: Any = plain(parse_yaml(LIST.read_bytes(), str(LIST)))
    return tuple(Group(one["because"], tuple(one["mutants"])) for one in found)


def listed(name: str) -> Group | None:
    """The group that a mutant is in."""
    return next((group for group in groups() if name in group.mutants), None)
