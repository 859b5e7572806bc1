"""The reviewed list of mutants without findings, which change no translation."""

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
    """Mutants whose names match one of `patterns`, their number, and why they change nothing."""

    because: str
    count: int
    patterns: tuple[str, ...]

    def matches(self, name: str) -> bool:
        # Brackets in names are no character classes.
        name = name.replace("[", "(")
        return any(fnmatchcase(name, pattern.replace("[", "(")) for pattern in self.patterns)


@cache
def groups() -> tuple[Group, ...]:
    entries: Any = to_data(parse_yaml(LIST.read_bytes(), str(LIST)))
    return tuple(
        Group(entry["because"], entry["count"], tuple(entry["mutants"])) for entry in entries
    )


def group_of(name: str) -> Group | None:
    return next((group for group in groups() if group.matches(name)), None)
