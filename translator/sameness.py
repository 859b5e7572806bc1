"""Values that are written as they are: those that need nothing at all, and those only checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from translator.fitting import fits
from translator.inverse import Directed, Source
from translator.nodes import Codec, DateTime, Iso8601, Same
from translator.shapes import Opaque, Scalar, Shape
from translator.symbols import Value


class Making(Protocol):
    """Whoever makes the moves: the mapping in its direction, and what is asked of the code."""

    @property
    def directed(self) -> Directed:
        """The mapping in its direction."""

    @property
    def guarded(self) -> bool:
        """Whether values are held to what only the target demands of them."""

    @property
    def crosswalks(self) -> Mapping[str, str]:
        """The constants that hold the tables to use."""

    @property
    def report(self) -> bool:
        """Whether the code notes what becomes of each member."""


def is_plain(source: Source, value: Value, shape: Shape, making: Making) -> bool:
    """Whether a value can be written as it is, with nothing to convert, check or note."""
    noted = making.report and source.kind != "exact"
    if _crosses(source, making) or source.unless is not None or noted:
        return False
    if isinstance(source.codec, Same):
        proved = fits(value.shape, shape)
    else:
        proved = _is_unchanged(source.codec, making) and _is_dated(value.shape)
        proved = proved and fits(value.shape, shape)
    return proved or (_trusts(source, making) and _is_text_or_number(value, shape, source, making))


def may_be_none(source: Source, value: Value, shape: Shape, making: Making) -> bool:
    """Whether None can be taken as it is where a value is not there; never in a report."""
    scalar = isinstance(shape, Scalar) and not making.report
    return scalar and is_plain(source, value, shape, making)


def is_held(source: Source, value: Value, shape: Shape, making: Making) -> bool:
    """Whether an optional value is written as it is, once it was checked; never in a report."""
    elsewhere = source.skips or source.unless is not None or source.param or making.report
    single = value.optional and not _crosses(source, making) and not elsewhere
    return single and _is_text_or_number(value, shape, source, making)


def is_sifted(source: Source, value: Value, shape: Shape, making: Making) -> bool:
    """Whether a value is written as it is or, where it does not fit, passed over."""
    elsewhere = source.unless is not None or source.param or making.report
    same = isinstance(source.codec, Same) and isinstance(value.shape, Scalar)
    sifts = source.skips and isinstance(shape, Scalar) and not fits(value.shape, shape)
    return same and sifts and not elsewhere and not _crosses(source, making)


def _trusts(source: Source, making: Making) -> bool:
    """Whether what the target demands of a value is not looked at, and decides nothing either."""
    return not making.guarded and not source.skips and not source.param


def _is_text_or_number(value: Value, shape: Shape, source: Source, making: Making) -> bool:
    """Whether a value is no list and no object, and stays what it is."""
    scalar = isinstance(value.shape, Scalar | Opaque) and isinstance(shape, Scalar)
    return scalar and _is_unchanged(source.codec, making)


def _is_unchanged(codec: Codec, making: Making) -> bool:
    """Whether a codec writes in this direction what it was given."""
    match codec:
        case Same():
            return True
        case Iso8601():
            return making.directed.to_left
        case DateTime(epoch=epoch):
            return making.directed.to_left or not epoch
    return False


def _is_dated(shape: Shape) -> bool:
    """Whether a value is proved to be a date-time."""
    return isinstance(shape, Scalar) and shape.format == "date-time" and shape.types == {"string"}


def _crosses(source: Source, making: Making) -> bool:
    return source.id is not None and source.id in making.crosswalks
