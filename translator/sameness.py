"""Values that are written as they are: those that need nothing at all, and those only checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from translator.fitting import is_subtype
from translator.inverse import DirectedMapping, Source
from translator.nodes import Codec, DateTime, Identity, Iso8601
from translator.shapes import RawSchema, Scalar, SchemaType
from translator.symbols import Value


class AssignmentSettings(Protocol):
    """Whoever makes the moves: the mapping in its direction, and what is asked of the code."""

    @property
    def directed(self) -> DirectedMapping:
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


def is_passthrough(
    source: Source, value: Value, target_type: SchemaType, settings: AssignmentSettings
) -> bool:
    """Whether a value can be written as it is, with nothing to convert, check or note."""
    is_reported = settings.report and source.kind != "exact"
    if _uses_crosswalk(source, settings) or source.unless is not None or is_reported:
        return False
    if isinstance(source.codec, Identity):
        proved = is_subtype(value.type, target_type)
    else:
        proved = _is_identity(source.codec, settings) and _is_date_time(value.type)
        proved = proved and is_subtype(value.type, target_type)
    return proved or (
        _skips_checks(source, settings)
        and _is_unchanged_scalar(value, target_type, source, settings)
    )


def is_null_passthrough(
    source: Source, value: Value, target_type: SchemaType, settings: AssignmentSettings
) -> bool:
    """Whether None can be taken as it is where a value is not there; never in a report."""
    is_scalar = isinstance(target_type, Scalar) and not settings.report
    return is_scalar and is_passthrough(source, value, target_type, settings)


def is_checked_passthrough(
    source: Source, value: Value, target_type: SchemaType, settings: AssignmentSettings
) -> bool:
    """Whether an optional value is written as it is, once it was checked; never in a report."""
    disqualified = source.skip_unfit or source.unless is not None or source.param or settings.report
    is_eligible = value.optional and not _uses_crosswalk(source, settings) and not disqualified
    return is_eligible and _is_unchanged_scalar(value, target_type, source, settings)


def is_filtered_passthrough(
    source: Source, value: Value, target_type: SchemaType, settings: AssignmentSettings
) -> bool:
    """Whether a value is written as it is or, where it does not fit, passed over."""
    disqualified = source.unless is not None or source.param or settings.report
    is_scalar_copy = isinstance(source.codec, Identity) and isinstance(value.type, Scalar)
    filters = (
        source.skip_unfit
        and isinstance(target_type, Scalar)
        and not is_subtype(value.type, target_type)
    )
    return is_scalar_copy and filters and not disqualified and not _uses_crosswalk(source, settings)


def _skips_checks(source: Source, settings: AssignmentSettings) -> bool:
    """Whether what the target demands of a value is not looked at, and decides nothing either."""
    return not settings.guarded and not source.skip_unfit and not source.param


def _is_unchanged_scalar(
    value: Value, target_type: SchemaType, source: Source, settings: AssignmentSettings
) -> bool:
    """Whether a value is no list and no object, and stays what it is."""
    is_scalar = isinstance(value.type, Scalar | RawSchema) and isinstance(target_type, Scalar)
    return is_scalar and _is_identity(source.codec, settings)


def _is_identity(codec: Codec, settings: AssignmentSettings) -> bool:
    """Whether a codec writes in this direction what it was given."""
    match codec:
        case Identity():
            return True
        case Iso8601():
            return settings.directed.to_left
        case DateTime(epoch=epoch):
            return settings.directed.to_left or not epoch
    return False


def _is_date_time(schema_type: SchemaType) -> bool:
    """Whether a value is proved to be a date-time."""
    return (
        isinstance(schema_type, Scalar)
        and schema_type.format == "date-time"
        and schema_type.types == {"string"}
    )


def _uses_crosswalk(source: Source, settings: AssignmentSettings) -> bool:
    return source.id is not None and source.id in settings.crosswalks
