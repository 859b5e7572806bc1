"""Translate the events in Arrow record batches, for Spark, Ray, Dask, Polars and DuckDB.

Requires the extra `arrow`. Events are JSON in a column of strings, or of binary data in UTF-8.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, Final

import msgspec

from translator.engine.translator import Translator
from translator.errors import MissingExtraError, TranslatorError
from translator.results import ENCODER, EventResult, Rejected
from translator.streaming.ndjson import read_line
from translator.streaming.pipeline import translate_event

try:
    import pyarrow as pa
    import pyarrow.compute as pc
except ModuleNotFoundError as error:
    message = str(MissingExtraError("arrow", "translator.arrow", "pyarrow"))
    raise ModuleNotFoundError(message, name="pyarrow") from error

REJECT: Final = pa.struct([(name, pa.string()) for name in ("code", "path", "message", "event")])
"""Type of a reject: why an event was refused, and the value of the column, unchanged."""

SCHEMA: Final = pa.schema([("event", pa.string()), ("reject", REJECT)])
"""Columns of a result: a row has the JSON of a translated event, or a reject."""

RESULT: Final = pa.struct([("events", pa.list_(pa.string())), ("reject", REJECT)])
"""Type of the result of one event: the JSON of the events that it became, or a reject."""

LOSSES: Final = pa.schema([("kind", pa.string()), ("path", pa.string()), ("count", pa.int64())])
"""Columns of counted losses: a row has a kind, a path without list indexes, and their number."""

_PIECE_SIZE: Final = 128 * 1024
"""Approximate number of bytes to translate at once."""

_BINARY: Final = pa.large_binary()

_JSON_TYPES: Final = (
    pa.string(),
    pa.large_string(),
    pa.string_view(),
    pa.binary(),
    pa.large_binary(),
    pa.binary_view(),
    pa.null(),
)


def translate_batches(
    batches: Iterable[pa.RecordBatch],
    translator: Translator,
    column: str = "value",
    params: str | None = None,
) -> Iterator[pa.RecordBatch]:
    """Translate the events in a column; each batch gives one or more batches with `SCHEMA`.

    The events of a result precede its rejects; the order of the events is that of the input. A null
    or blank value has no row. `params` names a column of JSON objects: params for the event of the
    same row, which take precedence over the translator's own; this is slower. Raises
    `TranslatorError` if a batch does not have these columns.
    """
    for batch in batches:
        values = _read_column(batch, column)
        if params is None:
            for piece in _split(values.drop_null()):
                yield _translate_piece(piece, translator)
        else:
            yield _translate_rows(values, _read_column(batch, params), translator)


def translate_column(
    values: pa.Array, translator: Translator, params: pa.Array | None = None
) -> pa.Array:
    """Translate each event of an array; the result has the same length and the type `RESULT`.

    A null or blank value gives null. See `translate_batches` for `params`. This is slower than
    `translate_batches`. Raises `TranslatorError` if an array holds neither strings nor binary data.
    """
    values = as_binary(values, "the array of events")
    if params is not None:
        params = as_binary(params, "the array of params")
    rows: list[dict[str, Any] | None] = []
    for value, result in _translate_each(values, params, translator):
        if result is None:
            rows.append(None)
        elif isinstance(result, Rejected):
            rows.append({"events": None, "reject": _reject(result, value)})
        else:
            rows.append({"events": [*map(_encode, result.events)], "reject": None})
    return pa.array(rows, RESULT)


def count_losses(
    batches: Iterable[pa.RecordBatch], translator: Translator, column: str = "value"
) -> Iterator[pa.RecordBatch]:
    """Count the losses of the events in a column; each batch gives batches with `LOSSES`.

    A kind and path may have several rows, whose counts add up. Raises `TranslatorError` if a batch
    does not have this column.
    """
    for batch in batches:
        for piece in _split(_read_column(batch, column).drop_null()):
            losses = translator.translate_lines(join_lines(piece), losses=True).losses
            rows = [
                {"kind": kind, "path": path, "count": count}
                for (kind, path), count in losses.items()
            ]
            yield pa.RecordBatch.from_pylist(rows, LOSSES)


def _read_column(batch: pa.RecordBatch, name: str) -> pa.Array:
    if batch.schema.names.count(name) != 1:
        amount = "several columns" if name in batch.schema.names else "no column"
        columns = ", ".join(batch.schema.names) or "none"
        raise TranslatorError(f"the batch has {amount} {name!r} (its columns: {columns})")
    return as_binary(batch.column(name), f"the column {name!r}")


def as_binary(values: pa.Array, name: str) -> pa.Array:
    """Return strings of any type as binary data whose offsets cannot overflow.

    Raises `TranslatorError`, which calls the values `name`, if they are of another type.
    """
    if not is_json_type(values.type):
        raise TranslatorError(f"{name} holds {values.type}, not JSON as strings or binary data")
    return values.cast(_BINARY)


def is_json_type(kind: pa.DataType) -> bool:
    """Return whether values of a type can be JSON: strings, binary data, or all null."""
    return (kind.value_type if pa.types.is_dictionary(kind) else kind) in _JSON_TYPES


def _split(values: pa.Array) -> Iterator[pa.Array]:
    """Split an array into pieces of about `_PIECE_SIZE`; an empty one is one piece."""
    count = max(1, _PIECE_SIZE * len(values) // max(1, values.nbytes))
    for start in range(0, max(1, len(values)), count):
        yield values.slice(start, count)


def join_lines(values: pa.Array) -> bytes:
    """Join values without nulls to lines, one for each value.

    A newline in a value becomes a carriage return: JSON allows either in the same places.
    """
    newline = pa.scalar(b"\n", _BINARY)
    offsets = pa.array([0, len(values)], pa.int32())
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, values), newline)
    lines: bytes = joined[0].as_py()
    if lines.count(b"\n") < max(len(values), 1):
        return lines
    return join_lines(pc.replace_substring(values, b"\n", b"\r"))


def _translate_piece(values: pa.Array, translator: Translator) -> pa.RecordBatch:
    """Translate values without nulls."""
    lines = translator.translate_lines(join_lines(values))
    rejects = [_reject(reject, values[reject.line - 1].as_py()) for reject in lines.rejects]
    events = pa.array([lines.events[:-1]] if lines.events else [], pa.string())
    return _make_batch(pc.split_pattern(events, "\n").flatten(), rejects)


def _translate_rows(values: pa.Array, params: pa.Array, translator: Translator) -> pa.RecordBatch:
    """Translate each value with the params of its row."""
    events: list[str] = []
    rejects: list[dict[str, str]] = []
    for value, result in _translate_each(values, params, translator):
        if isinstance(result, Rejected):
            rejects.append(_reject(result, value))
        elif result is not None:
            events += map(_encode, result.events)
    return _make_batch(pa.array(events, pa.string()), rejects)


def _make_batch(events: pa.Array, rejects: list[dict[str, str]]) -> pa.RecordBatch:
    columns = [
        pa.concat_arrays([events, pa.nulls(len(rejects), pa.string())]),
        pa.concat_arrays([pa.nulls(len(events), REJECT), pa.array(rejects, REJECT)]),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def _translate_each(
    values: pa.Array, params: pa.Array | None, translator: Translator
) -> Iterator[tuple[bytes, EventResult | None]]:
    """Yield each value and its result, which is None if the value is null or blank."""
    for row, value in enumerate(values.to_pylist()):
        if value is None or not value.strip():
            yield b"", None
            continue
        event = read_line(value, is_first=False)
        row_params = None if params is None else params[row].as_py()
        bound: Any = None
        if row_params is not None:
            with suppress(msgspec.DecodeError, UnicodeDecodeError):
                bound = msgspec.json.decode(row_params)
            if not isinstance(bound, dict):
                message = "the params of the row are not a JSON object"
                yield value, Rejected(1, "invalid-param", "$", message, event)
                continue
        yield value, translate_event(1, event, translator, params=bound)


def _encode(event: dict[str, Any]) -> str:
    return ENCODER.encode(event).decode()


def _reject(reject: Rejected, value: bytes) -> dict[str, str]:
    text = value.decode("utf-8", "backslashreplace")
    return {"code": reject.code, "path": reject.path, "message": reject.message, "event": text}
