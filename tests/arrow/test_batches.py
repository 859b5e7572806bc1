"""Arrow record batches are translated as streams of lines are."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.tools.shipped import PAIR_PARAMS
from translator import Rejected, Translator, TranslatorError
from translator.arrow import (
    LOSSES,
    RESULT,
    SCHEMA,
    count_losses,
    translate_batches,
    translate_column,
)
from translator.results import EventResult

ROOT = Path(__file__).parents[2]

INVALID = [
    "{",
    '{"a": NaN}',
    "[]",
    '{"project": "p"}',
    '"a\nb"',
    "\x00",
    "\u00a0",
    '{"a": "\u20ac"}',
]
BLANK = [None, "", " ", "\t\r\n", "\n\n"]

EVENT = (
    '{"project": "p", "data": {"event": "view", "item": "i", "customer": "c",'
    ' "date": "2024-05-01T12:00:00"}}'
)
PARAMS = '{"timezone": "Europe/Berlin"}'


def example_lines(source: str) -> list[str]:
    return (ROOT / "examples" / f"{source}.ndjson").read_text(encoding="utf-8").splitlines()


def indent(line: str, newline: str) -> str:
    """Spread an event over lines."""
    return json.dumps(json.loads(line), indent=1, ensure_ascii=False).replace("\n", newline)


def mixed_values(source: str) -> list[str | None]:
    """Valid and invalid events, with blank values and with line ends."""
    lines = example_lines(source)
    values: list[str | None] = [*lines]
    values[3:3] = INVALID
    values[9:9] = BLANK
    values[20:20] = [indent(lines[0], "\n"), indent(lines[1], "\r"), indent(lines[2], "\r\n")]
    return values


def results(values: list[str | None], translator: Translator) -> list[tuple[str, EventResult]]:
    """Translate each value alone, as the first line of a stream."""
    pairs = [(value, line) for value in values if (line := (value or "").replace("\n", "\r"))]
    return [(value or "", result) for value, line in pairs for result in translator.stream([line])]


def expected_rows(values: list[str | None], translator: Translator) -> list[dict[str, Any]]:
    events, rejects = [], []
    for value, result in results(values, translator):
        if isinstance(result, Rejected):
            reject = {"code": result.code, "path": result.path, "message": result.message}
            rejects.append({"event": None, "reject": reject | {"event": value}})
        else:
            events += [{"event": event, "reject": None} for event in result.events]
    return events + rejects


def rows_of(batches: list[pa.RecordBatch]) -> list[dict[str, Any]]:
    """Return the rows, events first, with the events parsed."""
    rows = [row for batch in batches for row in batch.to_pylist()]
    for row in rows:
        row["event"] = row["event"] and json.loads(row["event"])
    return sorted(rows, key=lambda row: row["event"] is None)


def translate(translator: Translator, *columns: Any, **options: Any) -> list[pa.RecordBatch]:
    batches = [pa.record_batch({"value": pa.array(column, pa.string())}) for column in columns]
    return list(translate_batches(batches, translator, **options))


@pytest.mark.parametrize(("source", "target"), PAIR_PARAMS)
def test_a_pair_agrees_with_streams(source: str, target: str) -> None:
    """Batches, columns and counted losses are those of the stream, which is compiled once."""
    translator, values = Translator(source, target), mixed_values(source)
    expected = expected_rows(values, translator)
    check_batches(values, translator, expected)
    check_column(values, translator, expected)
    check_losses(example_lines(source), translator)


def check_batches(
    values: list[str | None], translator: Translator, expected: list[dict[str, Any]]
) -> None:
    """A batch has the events and the rejects of the stream of its values, in order."""
    batches = translate(translator, values)
    assert all(batch.schema == SCHEMA for batch in batches)
    assert rows_of(batches) == expected


def check_column(
    values: list[str | None], translator: Translator, expected: list[dict[str, Any]]
) -> None:
    """A column keeps the place of each result, and is null for blank values."""
    column = translate_column(pa.array(values), translator)
    assert column.type == RESULT
    assert len(column) == len(values)
    rows = []
    for value, result in zip(values, column.to_pylist(), strict=True):
        assert (result is None) == (value in BLANK)
        if result is not None and result["reject"] is None:
            rows += [{"event": json.loads(event), "reject": None} for event in result["events"]]
        elif result is not None:
            assert result["events"] is None
            rows.append({"event": None, "reject": result["reject"]})
    rows.sort(key=lambda row: row["event"] is None)
    assert rows == expected


def check_losses(lines: list[str], translator: Translator) -> None:
    """The counted losses are those of the lines, whatever the batches."""
    batches = [pa.record_batch({"value": lines[start::3]}) for start in range(3)]
    counts: Counter[tuple[str, str]] = Counter()
    for batch in count_losses(batches, translator):
        assert batch.schema == LOSSES
        for row in batch.to_pylist():
            counts[row["kind"], row["path"]] += row["count"]
    data = "\n".join(lines).encode()
    assert counts == translator.translate_lines(data, losses=True).losses


def test_large_batches_are_translated_in_order() -> None:
    """A batch that is translated in several pieces keeps the order of its events."""
    values = [
        EVENT.replace('"i"', f'"item-{number}"').replace(':00"', ':00Z"') for number in range(5000)
    ]
    batches = translate(Translator("goshops", "miso"), values, values[:10])
    ids = [row["event"]["product_ids"] for row in rows_of(batches)]
    assert ids == [[f"item-{number}"] for number in [*range(5000), *range(10)]]
    assert len(batches) > 2


def test_empty_input() -> None:
    """Without batches there are no results; a batch without events has no rows."""
    translator = Translator("goshops", "miso")
    assert translate(translator) == []
    for values in ([], [None], ["", " "]):
        (batch,) = translate(translator, values)
        assert (batch.num_rows, batch.schema) == (0, SCHEMA)
    assert translate_column(pa.array([], pa.string()), translator).to_pylist() == []
    assert list(count_losses([], translator)) == []


@pytest.mark.parametrize(
    "kind",
    [
        pa.large_string(),
        pa.string_view(),
        pa.binary(),
        pa.large_binary(),
        pa.binary_view(),
        pa.dictionary(pa.int32(), pa.string()),
    ],
    ids=str,
)
def test_every_type_of_strings_is_read(kind: pa.DataType) -> None:
    """Strings and binary data of any layout are read, and so are parts of arrays."""
    translator = Translator("goshops", "miso", params={"timezone": "UTC"})
    strings = pa.array(["{", EVENT, None, EVENT])
    values = strings.dictionary_encode() if pa.types.is_dictionary(kind) else strings.cast(kind)
    expected = expected_rows([EVENT, None, EVENT], translator)
    batch = pa.record_batch({"value": values.slice(1)})
    assert rows_of(list(translate_batches([batch], translator))) == expected
    column = translate_column(pa.chunked_array([values.slice(1), values.slice(0, 0)]), translator)
    assert [value is None for value in column.to_pylist()] == [False, True, False]


def test_values_that_are_not_utf8_are_rejected() -> None:
    """A binary value that is not UTF-8 is rejected; its bytes are escaped."""
    translator = Translator("goshops", "miso", params={"timezone": "UTC"})
    values = pa.array([b'{"a": "\xff"}', EVENT.encode()])
    (batch,) = translate_batches([pa.record_batch({"value": values})], translator)
    event, reject = batch.to_pylist()
    assert json.loads(event["event"])["product_ids"] == ["i"]
    assert reject["reject"]["code"] == "not-utf8"
    assert reject["reject"]["event"] == '{"a": "\\xff"}'


def test_params_of_rows() -> None:
    """A column of params overrides the params of the translator, row by row."""
    translator = Translator("goshops", "miso", params={"timezone": "UTC"})
    params = [PARAMS, None, '{"timezone": "Mars/Base"}', "[]", "{", '{"unknown": "x"}', PARAMS]
    values = [EVENT, EVENT, EVENT, EVENT, EVENT, EVENT, None]
    batch = pa.record_batch({"json": values, "params": params})
    (result,) = translate_batches([batch], translator, column="json", params="params")
    column = translate_column(pa.array(values), translator, pa.array(params))
    events = [json.loads(row["event"]) for row in result.to_pylist() if row["event"]]
    times = ["2024-05-01T12:00:00+02:00", "2024-05-01T12:00:00+00:00"]
    assert [event["timestamp"] for event in events] == times
    rejects = [row["reject"] for row in result.to_pylist() if row["reject"]]
    codes = ["invalid-param", "invalid-param", "invalid-param", "unknown-param"]
    assert [reject["code"] for reject in rejects] == codes
    assert {reject["event"] for reject in rejects} == {EVENT}
    assert [row and row["reject"] for row in column.to_pylist()] == [None, None, *rejects, None]


def test_columns_that_cannot_be_used() -> None:
    """A missing, repeated or wrong column raises an error that names it."""
    translator = Translator("goshops", "miso")
    batch = pa.record_batch({"key": [1], "value": [EVENT]})
    repeated = pa.RecordBatch.from_arrays([pa.array([EVENT])] * 2, names=["value", "value"])
    for wrong, column, message in (
        (batch, "event", r"no column 'event' \(its columns: key, value\)"),
        (batch, "key", "the column 'key' holds int64, not JSON as strings or binary data"),
        (repeated, "value", "several columns 'value'"),
    ):
        with pytest.raises(TranslatorError, match=message):
            list(translate_batches([wrong], translator, column))
        with pytest.raises(TranslatorError, match=message):
            list(count_losses([wrong], translator, column))
    with pytest.raises(TranslatorError, match="no column 'params'"):
        list(translate_batches([batch], translator, params="params"))
    with pytest.raises(TranslatorError, match="the array of events holds int64"):
        translate_column(pa.array([1]), translator)


def test_another_process_translates_batches(tmp_path: Path) -> None:
    """A pickled translator translates batches in another process."""
    import pickle

    translator = Translator("goshops", "miso", params={"timezone": "Europe/Berlin"})
    (tmp_path / "translator.pickle").write_bytes(pickle.dumps(translator))
    code = f"""
import pickle, sys
import pyarrow as pa
from translator.arrow import translate_batches
translator = pickle.load(open("translator.pickle", "rb"))
for batch in translate_batches([pa.record_batch({{"value": [{EVENT!r}]}})], translator):
    print(*batch.column("event").to_pylist())
"""
    environment = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c", code]
    output = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)
    (row,) = rows_of(translate(translator, [EVENT]))
    assert json.loads(output.stdout) == row["event"]


def test_pyarrow_is_not_installed() -> None:
    """Without pyarrow, the import raises an error that says what to install."""
    code = "import sys; sys.modules['pyarrow'] = None; import translator.arrow"
    command = [sys.executable, "-c", code]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    last = process.stderr.splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: translator.arrow requires pyarrow")
    assert "pip install 'event-translator[arrow]'" in last
