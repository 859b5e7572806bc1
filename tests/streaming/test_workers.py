"""Worker processes: whatever is done by several is what one would have done."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from translator.errors import TranslationError, WorkerLost
from translator.streaming.ndjson import LongLine, read_chunks
from translator.streaming.pipeline import ChunkResult, InputPart, make_work, translate_stream
from translator.streaming.workers import WorkerDefect, WorkerPool


class Odd:
    """Doubles events; refuses those without an `id`, and ends its process where that is told."""

    def translate_all(self, event: Any, params: Any = None) -> list[dict[str, Any]]:
        match event:
            case {"id": "defect"}:
                raise ZeroDivisionError("a defect")
            case {"id": "die"}:
                os.kill(os.getpid(), signal.SIGKILL)
            case {"id": _}:
                return [event, event]
        raise TranslationError("no-item", "$.id", "the event names no item")


DATA = b"".join(
    b'{"id":%d,"big":%d}\n' % (number, 2**80) if number % 7 else b'{"x":[%d]}\n\n' % 2**70
    for number in range(3000)
)


def outcomes(data: bytes, count: int, size: int) -> list[ChunkResult]:
    with WorkerPool(count) as workers:
        return list(workers.map_parts(make_work(Odd()), read_chunks(io.BytesIO(data), size)))


@pytest.mark.parametrize(("count", "size"), [(1, 700), (2, 700), (5, 10_000), (3, 1_000_000)])
def test_the_same(count: int, size: int) -> None:
    """Events, rejects, counts and their order do not depend on how many do the work."""
    work = make_work(Odd())
    assert outcomes(DATA, count, size) == list(map(work, read_chunks(io.BytesIO(DATA), size)))


def test_nothing() -> None:
    """Of nothing comes nothing, and no process is started."""
    with WorkerPool(3) as workers:
        assert list(workers.map_parts(make_work(Odd()), iter(()))) == []
        assert workers._workers == []


def test_long_lines() -> None:
    """A line above the bound is one reject, by its number."""
    parts: list[InputPart] = [LongLine(7, b"head", 10**9)]
    with WorkerPool(2) as workers:
        (found,) = workers.map_parts(make_work(Odd()), iter(parts))
    assert [(one.line, one.code, one.event) for one in found.rejects] == [(7, "too-long", "head")]


def test_a_defect() -> None:
    """A defect comes with the worker's traceback, and after what came before it."""
    target = io.BytesIO()
    data = b'{"id":1}\n{"id":"defect"}\n{"id":2}\n'
    with WorkerPool(2) as workers, pytest.raises(WorkerDefect, match="in line 2 of the input"):
        translate_stream(io.BytesIO(data), target, Odd(), map_parts=workers.map_parts)
    assert target.getvalue() == b'{"id":1}\n' * 2


@pytest.mark.parametrize("size", [20, 100_000])
def test_a_lost_worker(size: int) -> None:
    """A worker that is ended from outside is an error that says how; none is left over."""
    data = b'{"id":1}\n{"id":"die"}\n' + b'{"id":2}\n' * 20_000
    with WorkerPool(2) as workers:
        with pytest.raises(WorkerLost, match="was ended by SIGKILL"):
            list(workers.map_parts(make_work(Odd()), read_chunks(io.BytesIO(data), size)))
        pids = [worker.pid for worker in workers._workers]
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_input_that_fails() -> None:
    """Where reading fails, what was read before is done first."""

    def parts() -> Iterator[InputPart]:
        yield from read_chunks(io.BytesIO(DATA[:5000]), 700)
        raise OSError("the disk is gone")

    done: list[ChunkResult] = []
    with WorkerPool(3) as workers, pytest.raises(OSError, match="the disk is gone"):
        for one in workers.map_parts(make_work(Odd()), parts()):
            done.append(one)
    assert done == list(map(make_work(Odd()), read_chunks(io.BytesIO(DATA[:5000]), 700)))
