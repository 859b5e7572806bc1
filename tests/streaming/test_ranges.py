"""Workers that read ranges of a file, and write to one, give the bytes that one process gives."""

from __future__ import annotations

import io
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from translator.cli.files import open_output
from translator.errors import TranslationError, WorkerLost
from translator.results import Rejected
from translator.streaming import ndjson
from translator.streaming.pipeline import Counts, part_translator, translate_stream
from translator.streaming.ranges import split_file
from translator.streaming.workers import WorkerDefect, WorkerPool


class Repeater:
    """Repeats the events with an `id`; fails or dies for two values of it."""

    def translate_all(self, event: Any, params: Any = None) -> list[dict[str, Any]]:
        match event:
            case {"id": "defect"}:
                raise ZeroDivisionError("a defect")
            case {"id": "die"}:
                os.kill(os.getpid(), signal.SIGKILL)
            case {"id": _}:
                return [event] * event.get("times", 1)
        raise TranslationError("no-item", "$.id", "the event names no item")


Outcome = tuple[bytes, bytes, Counts, list[int]]


def run(source: Path, jobs: int, size: int = 64, start: int = 0, shared: bool = True) -> Outcome:
    """Translate a file from offset `start`; return what is written, and the rejects' lines."""
    target, rejects, lines = source.with_name("out"), io.BytesIO(), list[int]()

    def add_line(reject: Rejected) -> None:
        lines.append(reject.line)

    memory = io.BytesIO()
    with (
        open(source, "rb") as file,
        open_output(str(target)) as output,
        WorkerPool(jobs, size) as pool,
    ):
        file.seek(start)
        counts = translate_stream(
            file,
            output.sink if shared else memory,
            Repeater(),
            map_stream=pool.map_stream if jobs > 1 else None,
            rejects=rejects,
            on_reject=add_line,
            file="source",
        )
        output.commit()
        position = file.tell()
    assert position == max(source.stat().st_size, start)
    written = target.read_bytes() if shared else memory.getvalue()
    return written, rejects.getvalue(), counts, lines


LINES = st.lists(
    st.sampled_from(
        [
            b'{"id":1}',
            b'{"id":"a long string, longer than a range of this test is, so that it has none"}',
            b'{"id":2,"times":0}',
            b'{"id":3,"times":3}\r',
            b"",
            b" \r",
            b"oops",
            b'{"x":1}',
            b"\xef\xbb\xbf{}",
            b"\xff",
        ]
    ),
    max_size=60,
)


@settings(max_examples=25)
@given(lines=LINES, end=st.sampled_from([b"", b"\n"]), size=st.integers(1, 80), data=st.data())
def test_same_bytes_as_one_process(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[bytes],
    end: bytes,
    size: int,
    data: st.DataObject,
) -> None:
    """Borders may fall anywhere: output, rejects, their lines and the counts stay the same."""
    source = tmp_path_factory.getbasetemp() / "ranges.ndjson"
    source.write_bytes(b"\n".join(lines) + end)
    start = data.draw(st.integers(0, source.stat().st_size))
    expected = run(source, 1, start=start)
    assert run(source, 2, size, start) == expected
    assert run(source, 3, size, start, shared=False) == expected


@given(lines=LINES, end=st.sampled_from([b"", b"\n"]), size=st.integers(1, 80))
def test_ranges_are_whole_lines(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], end: bytes, size: int
) -> None:
    """Ranges follow one another, end in newlines, and are not longer than they must be."""
    source = tmp_path_factory.getbasetemp() / "split.ndjson"
    source.write_bytes(b"\n".join(lines) + end)
    with open(source, "rb") as file:
        ranges = [each.open().read() for each in split_file(file, size)]
        rest = file.read()
    assert b"".join((*ranges, rest)) == source.read_bytes()
    for each in ranges:
        assert len(each) >= size
        assert each.find(b"\n", size - 1) == len(each) - 1


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "source"
    file.write_bytes(b"".join(b'{"id":%d}\n' % number for number in range(1000)))
    return file


def test_workers_write_to_new_files_only(source: Path, tmp_path: Path) -> None:
    """Results have no events if workers wrote them; compressed output is written by the parent."""
    for name, is_shared in (("out", True), ("out.gz", False)):
        with (
            open(source, "rb") as file,
            open_output(str(tmp_path / name)) as output,
            WorkerPool(2, 100) as pool,
        ):
            first = next(pool.map_stream(part_translator(Repeater()), file, output.sink))
        assert first.written > 0
        assert (first.events == b"") is is_shared


def test_long_lines(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines above the limit are rejected with their length, wherever ranges end."""
    monkeypatch.setattr(ndjson, "MAX_LINE", 300_000)
    monkeypatch.setattr(ndjson, "LOOKAHEAD", 100_000)
    long = b'{"id":"%s"}\n'
    data = source.read_bytes()
    source.write_bytes(data + long % (b"x" * 300_001) + data + long % (b"x" * 100_000) + data)
    expected = run(source, 1)
    assert expected[3] == [1001]
    assert run(source, 2, 5000) == expected
    assert run(source, 2, 120_000) == expected


@pytest.mark.parametrize("line", [1, 2, 500, 999])
def test_defect(source: Path, tmp_path: Path, line: int) -> None:
    """An unexpected error has the line's number; all before it is written, and nothing after."""
    lines = source.read_bytes().splitlines(keepends=True)
    lines[line - 1] = b'{"id":"defect"}\n'
    source.write_bytes(b"".join(lines))
    counts = Counts()
    with open(source, "rb") as file, open_output(str(tmp_path / "out")) as output:
        with (
            WorkerPool(2, 100) as pool,
            pytest.raises(WorkerDefect, match=f"in line {line} of the input"),
        ):
            translate_stream(file, output, Repeater(), map_stream=pool.map_stream, counts=counts)
        output.commit()
    assert (tmp_path / "out").read_bytes() == b"".join(lines[: line - 1])
    assert (counts.line, counts.read, counts.written) == (line, line, line - 1)


def test_lost_worker(source: Path, tmp_path: Path) -> None:
    """A worker that is killed while it has ranges ends the stream."""
    source.write_bytes(source.read_bytes() + b'{"id":"die"}\n' + source.read_bytes())
    with (
        open(source, "rb") as file,
        open_output(str(tmp_path / "out")) as output,
        WorkerPool(2, 100) as pool,
        pytest.raises(WorkerLost, match="SIGKILL"),
    ):
        translate_stream(file, output, Repeater(), map_stream=pool.map_stream)


def after_first_chunk(source: Path, act: Callable[[], object]) -> Outcome:
    """Run with two workers, and act when the first results are there."""
    acted: list[object] = []

    def on_progress(counts: Counts) -> None:
        if not acted:
            acted.append(act())

    target = io.BytesIO()
    with open(source, "rb") as file, WorkerPool(2, 100) as pool:
        counts = translate_stream(
            file, target, Repeater(), map_stream=pool.map_stream, on_progress=on_progress
        )
    return target.getvalue(), b"", counts, []


def test_growing_file(source: Path) -> None:
    """Lines that are appended while the file is read are translated too."""
    more = b'{"id":"new"}\n' * 500

    def append() -> None:
        with open(source, "ab") as file:
            file.write(more)

    written, _, counts, _ = after_first_chunk(source, append)
    assert written == source.read_bytes()
    assert written.endswith(more)
    assert (counts.line, counts.read) == (1500, 1500)


def test_shrinking_file(source: Path) -> None:
    """A file that is truncated while it is read ends there, at the latest."""
    data = source.read_bytes()
    written, _, counts, _ = after_first_chunk(source, lambda: os.truncate(source, 5000))
    assert data.startswith(written.removesuffix(b"\n"))
    assert counts.written == written.count(b"\n")


def test_several_files(tmp_path: Path) -> None:
    """Files that are opened after the workers were started are read, and outputs follow."""
    with open_output(str(tmp_path / "out")) as output, WorkerPool(2, 100) as pool:
        for name in ("a", "b", "c"):
            (tmp_path / name).write_text(f'{{"id":"{name}"}}\n' * (3 if name == "b" else 200))
            with open(tmp_path / name, "rb") as file:
                translate_stream(file, output, Repeater(), map_stream=pool.map_stream)
        output.commit()
    ids = [json.loads(line)["id"] for line in (tmp_path / "out").read_text().splitlines()]
    assert ids == ["a"] * 200 + ["b"] * 3 + ["c"] * 200


def test_failing_read(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If reading a range fails, everything before it is written, and the error is raised."""
    read, failing = os.pread, 3000

    def pread(descriptor: int, size: int, offset: int) -> bytes:
        if offset >= failing and size < 1000:  # in a worker
            raise OSError(5, "Input/output error")
        return read(descriptor, size, offset)

    monkeypatch.setattr(os, "pread", pread)
    target, counts = io.BytesIO(), Counts()
    with (
        open(source, "rb") as file,
        WorkerPool(2, 100) as pool,
        pytest.raises(OSError, match="Input/output error"),
    ):
        translate_stream(file, target, Repeater(), map_stream=pool.map_stream, counts=counts)
    assert target.getvalue() == source.read_bytes()[: len(target.getvalue())]
    assert failing <= len(target.getvalue()) < failing + 300
    assert counts.line == target.getvalue().count(b"\n")
