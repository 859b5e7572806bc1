"""`translator translate` reads and writes Parquet files by their extension."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import ROOT, Run, view_event

EXAMPLES = ROOT / "examples" / "goshops.ndjson"


def write(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path, row_group_size=100)
    return path


def write_rows(path: Path, rows: list[dict[str, Any]], schema: pa.Schema | None = None) -> Path:
    pq.write_table(pa.Table.from_pylist(rows, schema), path)
    return path


def read(path: Path) -> list[Any]:
    table = pq.read_table(path)
    assert table.schema == pa.schema([("event", pa.string())])
    return [json.loads(event) for event in table["event"].to_pylist()]


def rejects_in(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def example_lines() -> list[str]:
    return EXAMPLES.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_column_is_translated_as_lines_are(run: Run, tmp_path: Path, jobs: int) -> None:
    """Events, rejects and counts are those of the same lines; `line` is the row."""
    lines = example_lines()
    file = write(tmp_path / "events.parquet", key=range(len(lines)), value=lines)
    output, rejects, plain = (tmp_path / name for name in ("o.parquet", "r.ndjson", "p.ndjson"))
    options = ("--jobs", jobs, "--rejects")
    expected = run("translate", "goshops", "miso", EXAMPLES, *options, plain)
    result = run("translate", "goshops", "miso", file, *options, rejects, "-o", output)
    assert (result.code, result.out, result.err) == (1, "", expected.err)
    assert read(output) == expected.events
    assert rejects.read_text() == plain.read_text()


def test_output_is_input(run: Run, tmp_path: Path) -> None:
    """A written file can be read again, since it has one column."""
    output, back = tmp_path / "miso.parquet", tmp_path / "goshops.parquet"
    run("translate", "goshops", "miso", EXAMPLES, "-q", "-o", output, "--rejects", tmp_path / "r")
    result = run("translate", "miso", "goshops", output, "-q", "-o", back)
    assert (result.code, result.err) == (0, "")
    assert len(read(back)) == len(read(output)) > 100


def test_null_and_blank_values_count_as_rows(run: Run, tmp_path: Path) -> None:
    """Null and blank values are skipped; a value may hold line ends."""
    event = json.dumps(view_event("SKU-1"), indent=1)
    values = [None, "", event, event.replace("\n", "\r"), "[]", None, '"a\nb"', "{", event]
    rejects = tmp_path / "rejects.ndjson"
    file = write(tmp_path / "events.parquet", value=values)
    result = run("translate", "goshops", "miso", file, "--rejects", rejects)
    assert len(result.events) == 3
    codes = [(reject["line"], reject["code"]) for reject in rejects_in(rejects)]
    assert codes == [(5, "invalid-event"), (7, "invalid-json"), (8, "invalid-json")]
    assert result.error_lines == ["read 6, written 3, rejected 3 (invalid-event 1, invalid-json 2)"]


def test_the_first_value_is_no_document(run: Run, tmp_path: Path) -> None:
    """A JSON array in a row is one invalid event, not several events."""
    file = write(tmp_path / "events.parquet", value=[json.dumps([view_event("a")] * 2)])
    assert "line 1: invalid-event" in run("translate", "goshops", "miso", file).err


def test_column(run: Run, tmp_path: Path) -> None:
    """--column names the column; a column of binary data is read too."""
    event = json.dumps(view_event("SKU-1"))
    file = write(tmp_path / "a.parquet", value=["{"], payload=[event.encode()])
    other = write(tmp_path / "b.parquet", payload=pa.array([event]).dictionary_encode())
    result = run("translate", "goshops", "miso", file, other, "--column", "payload")
    assert (result.code, len(result.events)) == (0, 2)


@pytest.mark.parametrize(
    ("column", "problem"),
    [("x", "has no column 'x' (its columns: 'key', 'value')"), ("key", "has the type int64")],
)
def test_column_that_cannot_be_used(run: Run, tmp_path: Path, column: str, problem: str) -> None:
    """A column that is missing or holds no strings is an error with code 2."""
    file = write(tmp_path / "a.parquet", key=[1], value=["{}"])
    result = run("translate", "goshops", "miso", file, "--column", column)
    assert (result.code, result.out) == (2, "")
    assert problem in result.err


def test_column_without_parquet(run: Run, event_file: Path) -> None:
    """--column is an error unless a file is Parquet."""
    result = run("translate", "goshops", "miso", event_file, "--column", "value")
    assert result.code == 2
    assert "no FILE ends in .parquet" in result.err


def test_rows_are_events(run: Run, tmp_path: Path) -> None:
    """Without a column of JSON, the columns are the fields; nulls are absent fields."""
    row = view_event("SKU-1")
    with_null = view_event("SKU-2")
    with_null["data"]["customer"] = None
    file = write_rows(tmp_path / "events.parquet", [row, with_null])
    rejects = tmp_path / "rejects.ndjson"
    result = run("translate", "goshops", "miso", file, "--rejects", rejects)
    plain = tmp_path / "event.ndjson"
    plain.write_text(json.dumps(row))
    assert result.events == run("translate", "goshops", "miso", plain).events
    (reject,) = rejects_in(rejects)
    del with_null["data"]["customer"]
    assert (reject["line"], reject["event"]) == (2, with_null)


def test_types_of_columns(run: Run, tmp_path: Path) -> None:
    """Timestamps and dates become strings, maps and structs objects; nested nulls are absent."""
    time = datetime(2024, 5, 1, 12, 30, 15, 250_000)
    schema = pa.schema(
        [
            ("flag", pa.bool_()),
            ("big", pa.uint64()),
            ("ratio", pa.float64()),
            ("zoned", pa.timestamp("ns", "Europe/Berlin")),
            ("local", pa.timestamp("ms")),
            ("day", pa.date32()),
            ("map", pa.map_(pa.string(), pa.int64())),
            ("list", pa.list_(pa.struct([("at", pa.timestamp("s", "UTC")), ("x", pa.int8())]))),
            ("word", pa.dictionary(pa.int32(), pa.string())),
            ("nothing", pa.null()),
        ]
    )
    row = {
        "flag": True,
        "big": 2**64 - 1,
        "ratio": 0.1,
        "zoned": time.replace(tzinfo=UTC),
        "local": time,
        "day": date(2024, 5, 1),
        "map": {"k": 1, "n": None},
        "list": [{"at": time.replace(tzinfo=UTC, microsecond=0), "x": None}, None],
        "word": "é\n",
        "nothing": None,
    }
    file, rejects = write_rows(tmp_path / "e.parquet", [row], schema), tmp_path / "r.ndjson"
    run("translate", "goshops", "miso", file, "--rejects", rejects)
    (reject,) = rejects_in(rejects)
    assert reject["event"] == {
        "flag": True,
        "big": 2**64 - 1,
        "ratio": 0.1,
        "zoned": "2024-05-01T12:30:15.250000Z",
        "local": "2024-05-01T12:30:15.250000",
        "day": "2024-05-01",
        "map": {"k": 1},
        "list": [{"at": "2024-05-01T12:30:15Z"}, None],
        "word": "é\n",
    }


def test_not_a_number(run: Run, tmp_path: Path) -> None:
    """A row with NaN is rejected."""
    file = write(tmp_path / "events.parquet", project=["p", "q"], number=[float("nan"), 1.0])
    err = run("translate", "goshops", "miso", file).err
    assert "line 1: not-finite at $.number" in err
    assert "line 2: invalid-event" in err


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"a": [1], "price": [Decimal("1.50")]}, "column 'price'"),
        ({"a": [1], "list": [[{"x": b"1"}]]}, "column 'list[].x'"),
        ({"a": [1], "time": pa.array([1], pa.time64("us"))}, "column 'time'"),
        ({"a": [1], "map": pa.array([[(1, 1)]], pa.map_(pa.int8(), pa.int8()))}, "column 'map'"),
    ],
)
def test_types_that_json_lacks(
    run: Run, tmp_path: Path, columns: dict[str, Any], problem: str
) -> None:
    """A column whose values are not JSON is an error that names it, with code 2."""
    output = tmp_path / "out.parquet"
    file = write(tmp_path / "events.parquet", **columns)
    result = run("translate", "goshops", "miso", file, "-o", output)
    assert (result.code, result.out) == (2, "")
    assert problem in result.err
    assert not output.exists()


def test_nanoseconds_are_not_dropped(run: Run, tmp_path: Path) -> None:
    """A timestamp with nanoseconds ends the run, since nothing is rounded."""
    file = write(tmp_path / "events.parquet", a=[1], at=pa.array([1], pa.timestamp("ns")))
    result = run("translate", "goshops", "miso", file)
    assert result.code == 74
    assert "would lose data" in result.err


def test_no_events(run: Run, tmp_path: Path) -> None:
    """A file without rows gives a file without rows."""
    file = write(tmp_path / "a.parquet", value=pa.array([], pa.string()))
    output = tmp_path / "out.parquet"
    result = run("translate", "goshops", "miso", file, "-o", output)
    assert (result.code, read(output)) == (0, [])


@pytest.mark.parametrize("kind", ["other", "empty", "truncated", "folder", "missing"])
def test_file_that_is_not_parquet(run: Run, tmp_path: Path, kind: str) -> None:
    """A file that cannot be opened as Parquet is an error with code 2, first or not."""
    good = write(tmp_path / "good.parquet", value=example_lines())
    file, output = tmp_path / "events.parquet", tmp_path / "out.parquet"
    if kind == "folder":
        file.mkdir()
    elif kind != "missing":
        data = {"other": EXAMPLES.read_bytes(), "empty": b"", "truncated": good.read_bytes()[:-9]}
        file.write_bytes(data[kind])
    for files in ((file,), (good, file)):
        result = run("translate", "goshops", "miso", *files, "-q", "-o", output)
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith(f"translator: cannot read {str(file)!r}")
        assert len(result.error_lines) == 1
        assert not output.exists()


def test_damaged_file(run: Run, tmp_path: Path) -> None:
    """Damage within a file ends the run with code 74; the output does not appear."""
    file = write(tmp_path / "events.parquet", value=example_lines())
    data = bytearray(file.read_bytes())
    data[-len(data) // 2 : -len(data) // 2 + 500] = bytes(500)
    file.write_bytes(data)
    output = tmp_path / "out.parquet"
    result = run("translate", "goshops", "miso", file, "-q", "-o", output, "--rejects", "/dev/null")
    assert result.code == 74
    assert result.error_lines[-1].startswith(f"translator: reading failed: cannot read {file} ")
    assert [path.name for path in tmp_path.iterdir()] == ["events.parquet"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_output_that_fails(run: Run, event_file: Path, tmp_path: Path) -> None:
    """An output that cannot be written ends the run with code 74."""
    output = tmp_path / "full.parquet"
    output.symlink_to("/dev/full")
    result = run("translate", "goshops", "miso", event_file, "-o", output)
    assert result.code == 74
    assert "No space left" in result.err


def test_interrupted_run(run: Run, tmp_path: Path) -> None:
    """A run that ends early leaves no output."""
    output = tmp_path / "out.parquet"
    limit = ("--max-rejects", 0, "--rejects", tmp_path / "rejects.ndjson")
    result = run("translate", "goshops", "miso", EXAMPLES, "-o", output, *limit)
    assert result.code == 3
    assert [path.name for path in tmp_path.iterdir()] == ["rejects.ndjson"]


def test_wrapped_and_envelope(run: Run, tmp_path: Path) -> None:
    """Rows hold what lines do: events with params, and request bodies."""
    event = view_event("SKU-1")
    wrapped = {"event": event, "params": {"timezone": "Europe/Berlin"}}
    event["data"]["date"] = "2024-05-01T12:00:00"
    output = tmp_path / "bodies.parquet"
    for file in (
        write(tmp_path / "strings.parquet", value=[json.dumps(wrapped)]),
        write_rows(tmp_path / "rows.parquet", [wrapped]),
    ):
        result = run("translate", "goshops", "miso", file, "--wrapped", "--envelope", "-o", output)
        assert result.code == 0, result.err
        (body,) = read(output)
        assert body["data"][0]["timestamp"] == "2024-05-01T12:00:00+02:00"
    result = run("translate", "miso", "goshops", output, "--envelope")
    assert [event["data"]["item"] for event in result.events] == ["SKU-1"]


def test_many_row_groups(run: Run, tmp_path: Path) -> None:
    """A large output has several row groups, and every event in order."""
    events = [json.dumps(view_event(f"SKU-{number}")) for number in range(40_000)]
    file, output = write(tmp_path / "in.parquet", value=events), tmp_path / "out.parquet"
    result = run("translate", "goshops", "miso", file, "-o", output)
    assert result.error_lines == ["read 40000, written 40000, rejected 0"]
    assert pq.read_metadata(output).num_row_groups > 1
    assert [event["product_ids"] for event in read(output)] == [
        [f"SKU-{number}"] for number in range(40_000)
    ]


@pytest.mark.parametrize("option", ["--rejects", "--losses", "--summary"])
def test_only_events_are_written_as_parquet(run: Run, event_file: Path, option: str) -> None:
    """Reports cannot be Parquet files."""
    result = run("translate", "goshops", "miso", event_file, option, "report.parquet")
    assert result.code == 2
    assert f"{option}: 'report.parquet' cannot be a Parquet file" in result.err


def test_pyarrow_is_not_installed(
    run: Run, event_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without pyarrow, the command exits with 2 and names the package to install."""
    file, output = write(tmp_path / "in.parquet", value=["{}"]), tmp_path / "out.parquet"
    monkeypatch.setitem(sys.modules, "translator.cli.parquet", None)
    monkeypatch.delattr("translator.cli.parquet", raising=False)
    for arguments in ((file,), (event_file, "-o", output)):
        result = run("translate", "goshops", "miso", *arguments)
        assert (result.code, result.out) == (2, "")
        assert "pip install 'event-translator[arrow]'" in result.err
    assert not output.exists()
