"""What an import changes, what it cannot carry over, and where that was in the source."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Notes:
    """The notes of one import. `origins` has the place in the source of each component."""

    origins: dict[str, str] = field(default_factory=dict)
    _changes: Counter[str] = field(default_factory=Counter)
    _unsupported: dict[str, None] = field(default_factory=dict)

    def change(self, text: str) -> None:
        """Note that something is spelled differently in the spec."""
        self._changes[text] += 1

    def drop(self, place: str, text: str) -> None:
        """Note that the spec does not say what the source says at `place`."""
        self._unsupported[f"{place}: {text}"] = None

    def place(self, component: str, pointer: str) -> str:
        """Return the place in the source of a part of a component."""
        return f"{self.origins.get(component, component)}{pointer}"

    @property
    def changes(self) -> list[str]:
        """Each change once, with the number of times."""
        return [
            text if number == 1 else f"{text} ({number} times)"
            for text, number in self._changes.items()
        ]

    @property
    def unsupported(self) -> list[str]:
        """What could not be carried over, each with its place."""
        return list(self._unsupported)
