"""What a mutant is: one file, changed in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class Mutant:
    """A change of a mapping or a spec in one place: its kind, where, and what becomes of it.

    `make` gives the changed file: the tree of a mapping, or the document of a spec.
    """

    kind: str
    file: str
    place: str
    change: str
    make: Callable[[], Any]

    @property
    def name(self) -> str:
        """The name by which the list of survivors knows it."""
        return f"{self.file} {self.place}: {self.kind}" + (f" {self.change}" if self.change else "")
