"""A mutant: one file with one change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class Mutant:
    """One change of a mapping or a spec.

    `make` returns the changed file: the tree of a mapping, or the document of a spec.
    """

    kind: str
    file: str
    place: str
    change: str
    make: Callable[[], Any]

    @property
    def name(self) -> str:
        """The name in the list of survivors."""
        return f"{self.file} {self.place}: {self.kind}" + (f" {self.change}" if self.change else "")
