"""Worker processes give the same results as one process, whatever happens to them."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from translator.errors import TranslationError, WorkerLost
from translator.streaming.ndjson import LongLine, read_chunks
from translator.streaming.pipeline import ChunkResult, InputPart, part_translator, translate_stream
from translator.streaming.workers import WorkerDefect, WorkerPool


class Doubler:
    """Doubles events; rejects those without an `id`; fails or dies for two values of it."""

    def translate_all(self, event: Any, params: Any = None) -> list[dict[str, Any]]:
        match event:
            case {"id": "defect"}:
                raise ZeroDivisionError("a defect")
            case {"id": "die"}:
                os.kill(os.getpid(), signal.SIGKILL)
            case {"id": _}:
                return [event, event]
        raise TranslationError("no-item", "$.id", "the event names no item")


WORK = part_translator(Doubler())

DATA = b"".join(
    b'{"id":%d,"big":%d}\n' % (number, 2**80) if number % 7 else b'{"x":[%d]}\n\n' % 2**70
    for number in range(3000)
)


def chunks(data: bytes, size: int) -> Iterator[InputPart]:
    return read_chunks(io.BytesIO(data), size)


@pytest.mark.parametrize(("count", "size"), [(1, 700), (2, 700), (5, 10_000), (3, 1_000_000)])
def test_results_do_not_depend_on_the_number_of_workers(count: int, size: int) -> None:
    """Events, rejects, counts and their order are those of a single process."""
    with WorkerPool(count) as workers:
        results = list(workers.map_parts(WORK, chunks(DATA, size)))
    assert results == list(map(WORK, chunks(DATA, size)))


def test_empty_input() -> None:
    """Without input there are no results, and no process is started."""
    with WorkerPool(3) as workers:
        assert list(workers.map_parts(WORK, iter(()))) == []
        assert workers._workers == []


def test_long_lines() -> None:
    """A line above the limit is one reject with its number."""
    parts: list[InputPart] = [LongLine(7, b"head", 10**9)]
    with WorkerPool(2) as workers:
        (result,) = workers.map_parts(WORK, iter(parts))
    rejects = [(reject.line, reject.code, reject.event) for reject in result.rejects]
    assert rejects == [(7, "too-long", "head")]


def test_defect() -> None:
    """An unexpected exception is raised with the worker's traceback, after earlier results."""
    target = io.BytesIO()
    data = b'{"id":1}\n{"id":"defect"}\n{"id":2}\n'
    with WorkerPool(2) as workers, pytest.raises(WorkerDefect, match="in line 2 of the input"):
        translate_stream(io.BytesIO(data), target, Doubler(), map_stream=workers.map_stream)
    assert target.getvalue() == b'{"id":1}\n' * 2


@pytest.mark.parametrize("size", [20, 100_000])
def test_lost_worker(size: int) -> None:
    """A worker killed from outside raises an error that says how; all others are ended."""
    data = b'{"id":1}\n{"id":"die"}\n' + b'{"id":2}\n' * 20_000
    with WorkerPool(2) as workers:
        with pytest.raises(WorkerLost, match="was ended by SIGKILL"):
            list(workers.map_parts(WORK, chunks(data, size)))
        pids = [worker.process.pid for worker in workers._workers]
    for pid in pids:
        assert pid is not None
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_failing_input() -> None:
    """If reading fails, the results of the input read before come first."""

    def parts() -> Iterator[InputPart]:
        yield from chunks(DATA[:5000], 700)
        raise OSError("the disk is gone")

    results: list[ChunkResult] = []
    with WorkerPool(3) as workers, pytest.raises(OSError, match="the disk is gone"):
        for result in workers.map_parts(WORK, parts()):
            results.append(result)
    assert results == list(map(WORK, chunks(DATA[:5000], 700)))
