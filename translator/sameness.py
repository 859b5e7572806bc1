"""Values that are written as they are: those that need nothing at all, and those only checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from translator.fitting import fits
from translator.inverse import Directed, Source
from translator.nodes import Iso8601, Same
from translator.shapes import Opaque, Scalar, Shape
from translator.symbols import Value


class Making(Protocol):
    """Whoever makes the moves: the mapping in its direction, and what is asked of the code."""

    @property
    def directed(self) -> Directed:
        """The mapping in its direction."""

    @property
    def crosswalks(self) -> Mapping[str, str]:
        """The constants that hold the tables to use."""

    @property
    def report(self) -> bool:
        """Whether the code notes what becomes of each member."""


def is_plain(source: Source, value: Value, shape: Shape, making: Making) -> bool:
    """Whether a value can be written as it is, with nothing to convert, check or note."""
    crosses = source.id is not None and source.id in making.crosswalks
    noted = making.report and source.kind != "exact"
    plain = isinstance(source.codec, Same) and not crosses and source.unless is None
    return plain and not noted and fits(value.shape, shape)


def is_held(source: Source, value: Value, shape: Shape, making: Making) -> bool:
    """Whether an optional value is written as it is, once it was checked; never in a report."""
    unchanged = isinstance(source.codec, Iso8601) and making.directed.to_left
    same = unchanged or isinstance(source.codec, Same)
    scalar = isinstance(value.shape, Scalar | Opaque) and isinstance(shape, Scalar)
    crosses = source.id is not None and source.id in making.crosswalks
    elsewhere = source.skips or source.unless is not None or source.param or making.report
    return same and scalar and value.optional and not crosses and not elsewhere
