"""Losses summed by kind and path, in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, get_args

from translator.accounting import LossKind

MAX_PATHS: Final = 1000
"""So many pairs of a kind and a path are counted apart, the first that come; others by kind."""

MAX_PATH_LENGTH: Final = 200
"""A path is cut at so many characters; those that begin alike are counted together."""

LossCount = tuple[LossKind, str, int]
"""A kind, a path without the places in lists (`$.items[].quantity`), and how many."""

_KINDS: Final[tuple[LossKind, ...]] = get_args(LossKind)
_LIST_INDEX: Final = re.compile(r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|\[\d+\]""", re.DOTALL)


class LossTotals:
    """How often which member was lost, approximated, normalised or carried."""

    def __init__(self, max_paths: int = MAX_PATHS) -> None:
        self._max_paths = max_paths
        self._counts: dict[tuple[LossKind, str], int] = {}
        self._other_counts: dict[LossKind, int] = {}

    def add(self, counts: Iterable[LossCount]) -> None:
        """Count some more, in the order in which they came."""
        for kind, path, count in counts:
            key = kind, path
            if key in self._counts or len(self._counts) < self._max_paths:
                self._counts[key] = self._counts.get(key, 0) + count
            else:
                self._other_counts[kind] = self._other_counts.get(kind, 0) + count

    @property
    def counts(self) -> list[LossCount]:
        """What was counted apart: what is lost first, by path."""
        keys = sorted(self._counts, key=lambda key: (_KINDS.index(key[0]), key[1]))
        return [(*key, self._counts[key]) for key in keys]

    @property
    def other_counts(self) -> dict[LossKind, int]:
        """How many more of each kind there were, of further paths."""
        return {kind: self._other_counts[kind] for kind in _KINDS if kind in self._other_counts}

    def format_lines(self) -> Iterator[str]:
        """The sums for people, as aligned columns: the kind, how many, and the path."""
        rows: list[tuple[str, str, str]] = [
            (kind, str(count), path) for kind, path, count in self.counts
        ]
        rows += [(kind, str(count), "and others") for kind, count in self.other_counts.items()]
        if not rows:
            yield "nothing lost, approximated, normalised or carried"
        kind_width = max((len(row[0]) for row in rows), default=0)
        count_width = max((len(row[1]) for row in rows), default=0)
        for kind, count, path in rows:
            yield f"{kind.ljust(kind_width)}  {count.rjust(count_width)}  {path}"


def fold_path(path: str) -> str:
    """A JSON path without the places in lists, cut where it is very long."""
    if "[" in path:
        path = _LIST_INDEX.sub(lambda match: match[1] or "[]", path)
    return path if len(path) <= MAX_PATH_LENGTH else f"{path[: MAX_PATH_LENGTH - 1]}…"
