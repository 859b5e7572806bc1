"""Losses summed by kind and path, in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, get_args

from translator.accounting import LossKind

MOST: Final = 1000
"""So many pairs of a kind and a path are counted apart, the first that come; others by kind."""

WIDTH: Final = 200
"""A path is cut at so many characters; those that begin alike are counted together."""

Count = tuple[LossKind, str, int]
"""A kind, a path without the places in lists (`$.items[].quantity`), and how many."""

_KINDS: Final[tuple[LossKind, ...]] = get_args(LossKind)
_PLACE: Final = re.compile(r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|\[\d+\]""", re.DOTALL)


class Sums:
    """How often which member was lost, approximated, normalised or carried."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._counts: dict[tuple[LossKind, str], int] = {}
        self._others: dict[LossKind, int] = {}

    def add(self, counts: Iterable[Count]) -> None:
        """Count some more, in the order in which they came."""
        for kind, path, count in counts:
            key = kind, path
            if key in self._counts or len(self._counts) < self._most:
                self._counts[key] = self._counts.get(key, 0) + count
            else:
                self._others[kind] = self._others.get(kind, 0) + count

    @property
    def counts(self) -> list[Count]:
        """What was counted apart: what is lost first, by path."""
        order = sorted(self._counts, key=lambda key: (_KINDS.index(key[0]), key[1]))
        return [(*key, self._counts[key]) for key in order]

    @property
    def others(self) -> dict[LossKind, int]:
        """How many more of each kind there were, of further paths."""
        return {kind: self._others[kind] for kind in _KINDS if kind in self._others}

    def lines(self) -> Iterator[str]:
        """The sums for people, as aligned columns: the kind, how many, and the path."""
        rows: list[tuple[str, str, str]] = [
            (kind, str(count), path) for kind, path, count in self.counts
        ]
        rows += [(kind, str(count), "and others") for kind, count in self.others.items()]
        if not rows:
            yield "nothing lost, approximated, normalised or carried"
        kinds = max((len(row[0]) for row in rows), default=0)
        digits = max((len(row[1]) for row in rows), default=0)
        for kind, count, path in rows:
            yield f"{kind.ljust(kinds)}  {count.rjust(digits)}  {path}"


def folded(path: str) -> str:
    """A JSON path without the places in lists, cut where it is very long."""
    if "[" in path:
        path = _PLACE.sub(lambda found: found[1] or "[]", path)
    return path if len(path) <= WIDTH else f"{path[: WIDTH - 1]}…"
