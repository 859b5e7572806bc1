"""Translate the events in Spark data frames, batch or streaming.

Needs the extra `spark`. Arguments are checked, and the translator is compiled, on the driver; each
Python worker compiles it once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from translator import arrow
from translator.engine.translator import Translator
from translator.errors import MissingExtraError, TranslatorError, did_you_mean

try:
    import pyarrow as pa
    from pyspark.sql import Column, DataFrame
    from pyspark.sql import functions as f
    from pyspark.sql.types import (
        ArrayType,
        BinaryType,
        NumericType,
        StringType,
        StructField,
        StructType,
    )
except ModuleNotFoundError as error:
    message = str(MissingExtraError("spark", "translator.spark", "pyspark"))
    raise ModuleNotFoundError(message, name="pyspark") from error

if TYPE_CHECKING:
    from translator.catalog.catalog import Catalog
    from translator.engine.bindings import CrosswalkLike

_VALUE, _PARAMS = "value", "params"

_REJECT = StructType(
    [StructField(name, StringType()) for name in ("code", "path", "message", "event")]
)
_ROWS = StructType([StructField("event", StringType()), StructField("reject", _REJECT)])
_RESULT = StructType(
    [StructField("events", ArrayType(StringType())), StructField("reject", _REJECT)]
)
_LOSSES = "kind string, path string, count bigint"


def translate(
    frame: DataFrame,
    source: str,
    target: str,
    *,
    column: str = "value",
    params: Mapping[str, Any] | None = None,
    crosswalks: Mapping[str, CrosswalkLike] | None = None,
    allow: Iterable[str] = (),
    strict: bool = False,
    accept: Iterable[str] = (),
    validate: bool = True,
    catalog: Catalog | None = None,
) -> DataFrame:
    """Translate the events in a column; return a frame with the columns `event` and `reject`.

    Each row of the result has the JSON of a translated event in `event`, or a struct of `code`,
    `path`, `message` and `event` in `reject`; the other column is null. Null and blank values have
    no row. Rows are in no particular order.

    Args:
        frame: a batch or streaming frame.
        source: the format of the events to read.
        target: the format of the events to write.
        column: the column of events: JSON as strings or bytes, or structs, which are written as
            JSON first.
        params: values for params by name; a `Column` gives each row its own value.
        crosswalks: see `Translator`, as for all arguments below.
        allow: names of opt-ins.
        strict: refuse events that would lose or approximate anything.
        accept: paths of fields that may be lost even so.
        validate: validate each event, and check the outputs.
        catalog: where to find formats other than those shipped; its files need not exist on the
            workers.

    Raises:
        TranslatorError: the frame has no such column or the column has another type, or
            `Translator` refuses an argument.

    """
    constants, row_params = _split_params(frame, params)
    translator = Translator(
        source,
        target,
        params=constants,
        crosswalks=crosswalks,
        allow=allow,
        strict=strict,
        accept=accept,
        validate=validate,
        catalog=catalog,
    )
    columns = [_events(frame, column).alias(_VALUE)]
    if row_params is not None:
        columns.append(row_params.alias(_PARAMS))
    params_name = None if row_params is None else _PARAMS

    def run(batches: Iterable[Any]) -> Iterator[Any]:
        return arrow.translate_batches(batches, translator, _VALUE, params_name)

    return frame.select(*columns).mapInArrow(run, _ROWS)


def translate_column(
    frame: DataFrame,
    source: str,
    target: str,
    *,
    column: str = "value",
    params: Mapping[str, Any] | None = None,
    crosswalks: Mapping[str, CrosswalkLike] | None = None,
    allow: Iterable[str] = (),
    strict: bool = False,
    accept: Iterable[str] = (),
    validate: bool = True,
    catalog: Catalog | None = None,
) -> Column:
    """Return a column with the result of each row, to select beside other columns of the frame.

    The result is a struct of `events` and `reject`: `events` is an array with the JSON of all
    events that the event became, in order; it is null if the event was refused, and `reject` says
    why. A null or blank value gives null. Slower than `translate`, which hands whole batches to the
    translator. See `translate` for arguments and errors.
    """
    constants, row_params = _split_params(frame, params)
    translator = Translator(
        source,
        target,
        params=constants,
        crosswalks=crosswalks,
        allow=allow,
        strict=strict,
        accept=accept,
        validate=validate,
        catalog=catalog,
    )
    events = _events(frame, column)

    # Spark reads the types of the parameters.
    def run(values: pa.Array, params: pa.Array) -> pa.Array:
        return arrow.translate_column(values, translator, params)

    no_params = f.lit(None).cast("string")
    return f.arrow_udf(run, _RESULT)(events, no_params if row_params is None else row_params)


def count_losses(
    frame: DataFrame,
    source: str,
    target: str,
    *,
    column: str = "value",
    params: Mapping[str, Any] | None = None,
    crosswalks: Mapping[str, CrosswalkLike] | None = None,
    allow: Iterable[str] = (),
    validate: bool = True,
    catalog: Catalog | None = None,
) -> DataFrame:
    """Count what translation loses; return a frame with the columns `kind`, `path` and `count`.

    It translates the events again, and more slowly. See `translate` for arguments and errors;
    params cannot be columns here.
    """
    constants, row_params = _split_params(frame, params)
    if row_params is not None:
        raise TranslatorError("count_losses takes no params from columns; pass constant values")
    translator = Translator(
        source,
        target,
        params=constants,
        crosswalks=crosswalks,
        allow=allow,
        validate=validate,
        catalog=catalog,
    )

    def run(batches: Iterable[Any]) -> Iterator[Any]:
        return arrow.count_losses(batches, translator, _VALUE)

    counts = frame.select(_events(frame, column).alias(_VALUE)).mapInArrow(run, _LOSSES)
    return counts.groupBy("kind", "path").agg(f.sum("count").alias("count"))


def _events(frame: DataFrame, column: str) -> Column:
    """Return the column of events as JSON strings."""
    if column not in frame.columns:
        hint = did_you_mean(column, frame.columns)
        names = ", ".join(frame.columns)
        problem = f"the frame has no column {column!r}"
        raise TranslatorError(f"{problem}; {hint or 'pass column=NAME'} (columns: {names})")
    events = f.col("`" + column.replace("`", "``") + "`")
    kind = frame.schema[column].dataType
    if isinstance(kind, StructType):
        return f.to_json(events)
    if isinstance(kind, BinaryType):  # such as the value of a Kafka message
        return events.cast("string")
    if not isinstance(kind, StringType):
        name = kind.simpleString()
        raise TranslatorError(
            f"the column {column!r} has the type {name}; events are JSON strings, bytes or structs"
        )
    return events


def _split_params(
    frame: DataFrame, params: Mapping[str, Any] | None
) -> tuple[Mapping[str, Any] | None, Column | None]:
    """Return the constant params, and the JSON of those that are columns.

    Names of columns are among the constants with the value None, so that they are checked.
    """
    if not isinstance(params, Mapping):
        return params, None
    columns = {name: value for name, value in params.items() if isinstance(value, Column)}
    if not columns:
        return params, None
    constants = {name: None if name in columns else value for name, value in params.items()}
    named = [value.alias(name) for name, value in columns.items()]
    fields = [
        # A param accepts the string of a number too. The JSON of bytes is base64.
        value.cast("string").alias(field.name)
        if isinstance(field.dataType, NumericType | BinaryType)
        else value.alias(field.name)
        for value, field in zip(columns.values(), frame.select(*named).schema, strict=True)
    ]
    return constants, f.to_json(f.struct(*fields))
