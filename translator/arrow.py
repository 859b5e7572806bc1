"""Translate the events in Arrow record batches, for Spark, Ray, Dask, Polars and DuckDB.

Needs the extra `arrow`. Events are JSON in a column of strings. A result has two columns, of which
each row has one: `event`, the JSON of a translated event, or `reject`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from translator.engine.translator import Translator
from translator.errors import TranslatorError
from translator.results import ENCODER, EventResult, LossKind, Rejected, TranslatedLines
from translator.streaming.ndjson import STREAM_CODES, read_line
from translator.streaming.pipeline import fold_path, translate_event

try:
    import pyarrow as pa
    import pyarrow.compute as pc
except ModuleNotFoundError as error:  # pragma: no cover
    raise ModuleNotFoundError(
        "pyarrow is not installed: pip install 'event-translator[arrow]'", name="pyarrow"
    ) from error

REJECT = pa.struct([(name, pa.string()) for name in ("code", "path", "message", "event")])
"""Why an event was refused, and the JSON of the event, or its text if it is not JSON."""

SCHEMA = pa.schema([("event", pa.string()), ("reject", REJECT)])
"""The columns of a result."""

RESULT = pa.struct([("events", pa.list_(pa.string())), ("reject", REJECT)])
"""The result of one event: the events that it became, or why it was refused."""

LOSSES = pa.schema([("kind", pa.string()), ("path", pa.string()), ("count", pa.int64())])
"""The number of losses of a kind at a path."""


def translate_batches(
    batches: Iterable[pa.RecordBatch],
    translator: Translator,
    column: str = "value",
    params: str | None = None,
) -> Iterator[pa.RecordBatch]:
    """Translate the events in a column, batch by batch; the rows of a result have `SCHEMA`.

    In a result, the events come before the rejects; the order of the events is kept. A value that
    is null or blank has no event. `params` names a column of JSON objects: params for the event of
    the row. Raises `TranslatorError` if there is no such column of strings.
    """
    for batch in batches:
        values = _strings(batch, column)
        if params is not None:
            lines = _translate_rows(values, _strings(batch, params), translator)
        else:
            lines = _translate_values(values, translator)
        rejects = [_reject(reject) for reject in lines.rejects]
        split = pc.split_pattern(pa.array([lines.events], pa.binary()), b"\n").flatten()
        events = split.slice(0, max(len(split) - 1, 0)).cast(pa.string())
        yield pa.RecordBatch.from_arrays(
            [
                pa.concat_arrays([events, pa.nulls(len(rejects), pa.string())]),
                pa.concat_arrays([pa.nulls(len(events), REJECT), pa.array(rejects, REJECT)]),
            ],
            schema=SCHEMA,
        )


def translate_column(
    values: pa.Array, translator: Translator, params: pa.Array | None = None
) -> pa.Array:
    """Translate each event in an array of strings; the result has the type `RESULT`.

    A value that is null or blank gives null. `params` are JSON objects: params for the event of the
    same row.
    """
    results: list[dict[str, Any] | None] = []
    texts = [None] * len(values) if params is None else params.to_pylist()
    for value, text in zip(values.to_pylist(), texts, strict=True):
        if _is_blank(value):
            results.append(None)
            continue
        result = _translate_row(value, text, translator)
        if isinstance(result, Rejected):
            results.append({"events": None, "reject": _reject(result)})
        else:
            events = [ENCODER.encode(event).decode() for event in result.events]
            results.append({"events": events, "reject": None})
    return pa.array(results, RESULT)


def count_losses(
    batches: Iterable[pa.RecordBatch], translator: Translator, column: str = "value"
) -> Iterator[pa.RecordBatch]:
    """Count the losses of the events in a column, batch by batch; the results have `LOSSES`."""
    for batch in batches:
        losses = _translate_values(_strings(batch, column), translator, losses=True).losses
        rows = [(*key, count) for key, count in losses.items()]
        columns = zip(*rows, strict=True) if rows else ((), (), ())
        types = (field.type for field in LOSSES)
        arrays = [pa.array(each, kind) for each, kind in zip(columns, types, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=LOSSES)


def _strings(batch: pa.RecordBatch, column: str) -> pa.Array:
    index = batch.schema.get_field_index(column)
    if index < 0:
        names = ", ".join(batch.schema.names)
        raise TranslatorError(f"the batch has no column {column!r} (it has {names})")
    values = batch.column(index)
    kind = values.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise TranslatorError(f"the column {column!r} holds {kind}, not strings of JSON")
    return values


def _translate_values(
    values: pa.Array, translator: Translator, *, losses: bool = False
) -> TranslatedLines:
    """Translate each value as a line, except those that contain a line end."""
    values = values.drop_null()
    if not len(values):
        return translator.translate_lines(b"")
    lists = pa.ListArray.from_arrays([0, len(values)], values.cast(pa.binary()))
    lines = pc.binary_join(lists, b"\n")[0].as_py()
    if lines.count(b"\n") == len(values) - 1:
        return translator.translate_lines(lines, losses=losses)
    # JSON with line ends in it is not a line: each value is translated on its own.
    return _collect(translator.stream(map(str.encode, values.to_pylist()), losses=losses))


def _translate_rows(values: pa.Array, params: pa.Array, translator: Translator) -> TranslatedLines:
    """Translate each value with the params of its row."""
    rows = zip(values.to_pylist(), params.to_pylist(), strict=True)
    return _collect(
        _translate_row(value, text, translator) for value, text in rows if not _is_blank(value)
    )


def _is_blank(value: str | None) -> bool:
    return not value or value.isspace()


def _translate_row(value: str, params: str | None, translator: Translator) -> EventResult:
    event = read_line(value.encode(), is_first=False)
    bound: Any = None
    if params is not None:
        try:
            bound = msgspec.json.decode(params)
        except msgspec.DecodeError:
            bound = params
        if not isinstance(bound, dict):
            return Rejected(1, "invalid-param", "$", "the params are not a JSON object", event)
    return translate_event(1, event, translator, params=bound)


def _collect(results: Iterable[EventResult]) -> TranslatedLines:
    """Return the results of single events as those of lines."""
    events: list[Any] = []
    rejects: list[Rejected] = []
    losses: Counter[tuple[LossKind, str]] = Counter()
    read = 0
    for result in results:
        read += 1
        if isinstance(result, Rejected):
            rejects.append(result)
            continue
        events += result.events
        losses.update((loss.kind, fold_path(loss.path)) for loss in result.losses or ())
    return TranslatedLines(ENCODER.encode_lines(events), rejects, read, len(events), losses)


def _reject(reject: Rejected) -> dict[str, str]:
    is_text = isinstance(reject.event, str) and reject.code in STREAM_CODES
    event = reject.event if is_text else ENCODER.encode(reject.event).decode()
    return {
        "code": reject.code,
        "path": reject.path,
        "message": reject.message,
        "event": event,
    }
