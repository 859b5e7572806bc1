"""The reviewed list of mutants that the check does not find, since they change no translation."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from translator.language.yaml_tree import parse_yaml, to_data

LIST = Path(__file__).with_name("survivors.yaml")


@dataclass(frozen=True)
class Group:
    """Mutants whose names match one of `patterns`, so many, and why they change nothing."""

    because: str
    count: int
    patterns: tuple[str, ...]

    def holds(self, name: str) -> bool:
        return any(
            fnmatchcase(name.replace("[", "("), one.replace("[", "(")) for one in self.patterns
        )


@cache
def groups() -> tuple[Group, ...]:
    listed: Any = to_data(parse_yaml(LIST.read_bytes(), str(LIST)))
    return tuple(Group(one["because"], one["count"], tuple(one["mutants"])) for one in listed)


def listed(name: str) -> Group | None:
    return next((group for group in groups() if group.holds(name)), None)
