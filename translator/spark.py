"""Translate the events in Spark data frames, batch or streaming.

Needs the extra `spark`. The translator is compiled on the driver, and once in each Python worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from translator import arrow
from translator.engine.translator import Translator
from translator.errors import TranslatorError

try:
    from pyspark.sql import Column, DataFrame
    from pyspark.sql import functions as f
    from pyspark.sql.types import ArrayType, StringType, StructField, StructType
except ModuleNotFoundError as error:  # pragma: no cover
    raise ModuleNotFoundError(
        "pyspark is not installed: pip install 'event-translator[spark]'", name="pyspark"
    ) from error

_PARAMS = "params"

_REJECT = StructType(
    [StructField(name, StringType()) for name in ("code", "path", "message", "event")]
)

_RESULT = StructType(
    [StructField("events", ArrayType(StringType())), StructField("reject", _REJECT)]
)


def translate(
    frame: DataFrame,
    source: str,
    target: str,
    *,
    column: str = "value",
    params: Mapping[str, Any] | None = None,
    **options: Any,
) -> DataFrame:
    """Translate the events in a column; return a frame with the columns `event` and `reject`.

    The column holds strings of JSON, or structs, which are written as JSON first. Each row of the
    result has the JSON of a translated event in `event`, or a struct of `code`, `path`, `message`
    and `event` in `reject`. A null or blank value has no row.

    Args:
        frame: a batch or streaming frame.
        source: the format of the events to read.
        target: the format of the events to write.
        column: the column of events.
        params: values that the events lack, by name; a value that is a `Column` is taken from the
            row, as a string.
        options: further arguments of `Translator`.

    Raises:
        TranslatorError: an argument is wrong, or the frame has no such column.

    """
    constant, row_params = _split_params(params)
    translator = Translator(source, target, params=constant, **options)
    columns = [_events(frame, column)]
    if row_params is not None:
        columns.append(row_params.alias(_PARAMS))
    names = ("value", _PARAMS if row_params is not None else None)

    def run(batches: Iterable[Any]) -> Iterator[Any]:
        return arrow.translate_batches(batches, translator, *names)

    schema = StructType([StructField("event", StringType()), StructField("reject", _REJECT)])
    return frame.select(*columns).mapInArrow(run, schema)


def translated(
    events: Column | str,
    source: str,
    target: str,
    *,
    params: Mapping[str, Any] | None = None,
    **options: Any,
) -> Column:
    """Return a column with the result of each event: a struct of `events` and `reject`.

    `events` is an array with the JSON of the events that the event became, in order, or null if it
    was refused; a null or blank value gives null. The other columns of the frame, such as the key
    and the offset of a Kafka message, stay beside it. This is slower than `translate`, which hands
    whole batches to the translator. See `translate` for the arguments and errors.
    """
    constant, row_params = _split_params(params)
    translator = Translator(source, target, params=constant, **options)
    column = f.col(events) if isinstance(events, str) else events

    def run(values: arrow.pa.Array) -> arrow.pa.Array:
        return arrow.translate_column(values, translator)

    def run_with_params(values: arrow.pa.Array, texts: arrow.pa.Array) -> arrow.pa.Array:
        return arrow.translate_column(values, translator, texts)

    if row_params is None:
        return f.arrow_udf(run, _RESULT)(column)
    return f.arrow_udf(run_with_params, _RESULT)(column, row_params)


def losses(
    frame: DataFrame,
    source: str,
    target: str,
    *,
    column: str = "value",
    params: Mapping[str, Any] | None = None,
    **options: Any,
) -> DataFrame:
    """Count what the translation of a column loses; return a frame of `kind`, `path` and `count`.

    This translates the events a second time, and more slowly. See `translate` for the arguments
    and errors; a param from a column of the row is not possible here.
    """
    constant, row_params = _split_params(params)
    if row_params is not None:
        raise TranslatorError("losses takes no params from columns: give their values")
    translator = Translator(source, target, params=constant, **options)

    def run(batches: Iterable[Any]) -> Iterator[Any]:
        return arrow.count_losses(batches, translator)

    counts = frame.select(_events(frame, column)).mapInArrow(
        run, "kind string, path string, count bigint"
    )
    return counts.groupBy("kind", "path").agg(f.sum("count").alias("count"))


def _events(frame: DataFrame, column: str) -> Column:
    """Return the column of events as strings, named `value`."""
    if column not in frame.columns:
        names = ", ".join(frame.columns)
        raise TranslatorError(f"the frame has no column {column!r} (it has {names})")
    kind = frame.schema[column].dataType
    events = frame[column]
    if isinstance(kind, StructType):
        events = f.to_json(events)
    elif kind.typeName() == "binary":  # such as the value of a Kafka message
        events = events.cast("string")
    elif not isinstance(kind, StringType):
        name = kind.simpleString()
        raise TranslatorError(f"the column {column!r} holds {name}, not JSON strings or structs")
    return events.alias("value")


def _split_params(
    params: Mapping[str, Any] | None,
) -> tuple[dict[str, Any], Column | None]:
    """Return the params that are the same for all rows, and the JSON of those of a row."""
    params = params or {}
    columns = {name: value for name, value in params.items() if isinstance(value, Column)}
    constant = {name: value for name, value in params.items() if name not in columns}
    if not columns:
        return constant, None
    fields = [value.cast("string").alias(name) for name, value in columns.items()]
    return constant, f.to_json(f.struct(*fields))
