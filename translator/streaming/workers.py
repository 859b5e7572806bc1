"""Translate chunks in several worker processes and return the results in order.

Workers are forked, so they have the compiled translator and the open files. They read ranges of a
regular file themselves, and write their output to a new file at offsets that they are given. Other
input is sent to them, and other output is sent back.

For each request there is one response. All are received in the order of the requests, so that
they need no numbers. An idle worker takes a chunk of any size, since it is reading. A chunk is sent
ahead to a busy worker only if it fits into the pipe: otherwise sending would wait for a worker that
itself waits for its result to be received.
"""

from __future__ import annotations

import fcntl
import os
import pickle
import signal
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain, islice
from multiprocessing import get_context
from typing import BinaryIO, Final, cast

import msgspec

from translator.errors import WorkerLost
from translator.results import ENCODER, Rejected
from translator.streaming.compression import SharedSink, Sink
from translator.streaming.ndjson import Chunk, LongLine, read_chunks
from translator.streaming.pipeline import ChunkResult, InputPart, TranslatePart, combine_results
from translator.streaming.ranges import RANGE_SIZE, FileRange, split_file

WORKER_CHUNK_SIZE: Final = 256 * 1024
"""Approximate size in bytes of the chunks that are sent to a worker."""

_PIPE_SIZE: Final = 1024 * 1024

_RANGES_AHEAD: Final = 3
"""Maximum number of ranges that a worker has: it reads the next ones before it translates one."""

_MAX_BLOCKS: Final = 1024
"""Maximum number of blocks that Linux writes at once."""

_REJECTS_DECODER: Final = msgspec.json.Decoder(list[Rejected])

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class WorkerDefect(Exception):
    """An unexpected exception in a worker; the message is its traceback."""


# --- messages: chunks and long lines are answered by their results; for a range, a worker reports
# its lines, gets the number of the first, and reports the size of the output or its result. Then
# it gets the offset to write the output at, and reports the result or why writing failed.


class _Lines(msgspec.Struct, frozen=True):
    """Response to a range: the number of its lines, which were read."""

    count: int


class _Translate(msgspec.Struct, frozen=True):
    """Request to translate the oldest range that was read.

    If `is_shared`, the worker keeps the output to write it.
    """

    first_line: int
    is_shared: bool


class _Output(msgspec.Struct, frozen=True):
    """Response to `_Translate`: the size of the output, which nothing follows after a defect."""

    size: int
    has_defect: bool


class _Write(msgspec.Struct, frozen=True):
    """Request to write the oldest output that is not written."""

    descriptor: int
    offset: int


_Part = InputPart | FileRange

_Request = _Part | _Translate | _Write

_Response = _Lines | _Output | ChunkResult | OSError


class _Worker:
    """A worker process. `pending_sizes` are the sizes of the parts it has not translated yet."""

    def __init__(self, work: TranslatePart, siblings: list[_Worker]) -> None:
        request_fd, requests_fd = os.pipe()
        responses_fd, response_fd = os.pipe()
        _widen_pipe(response_fd)
        self.capacity = _widen_pipe(requests_fd) * 3 // 4  # the rest is for partly filled pages
        self.requests = os.fdopen(requests_fd, "wb")
        self.responses = os.fdopen(responses_fd, "rb")
        self.pending_sizes: deque[int] = deque()
        # A worker ends when its pipes have no other end, so no sibling may have that end open.
        inherited = [pipe for worker in (self, *siblings) for pipe in worker.pipes]
        arguments = (work, request_fd, response_fd, inherited)
        self.process = get_context("fork").Process(target=_serve, args=arguments, daemon=True)
        self.process.start()
        os.close(request_fd)
        os.close(response_fd)

    @property
    def pipes(self) -> tuple[BinaryIO, BinaryIO]:
        return self.requests, self.responses

    def can_take_ahead(self, part: _Part) -> bool:
        most, limit = 2, self.capacity
        if isinstance(part, FileRange):
            most, limit = _RANGES_AHEAD, (_RANGES_AHEAD + 1) * RANGE_SIZE
        pending = self.pending_sizes
        return len(pending) < most and sum(pending) + _part_size(part) <= limit

    def join(self) -> None:
        self.process.join()
        for pipe in self.pipes:
            with suppress(BrokenPipeError):
                pipe.close()


class WorkerPool:
    """Up to `count` worker processes, which live until the end of the `with` statement.

    `is_ready` tells whether the next part can be read without waiting; each stream has its own.
    """

    def __init__(self, count: int, range_size: int = RANGE_SIZE) -> None:
        self._count = count
        self._range_size = range_size
        self.is_ready: Callable[[], bool] = lambda: True
        self._workers: list[_Worker] = []

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        """Kill every worker and wait until it is gone."""
        self._end_workers()

    def _end_workers(self) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.join()
        self._workers.clear()

    def map_stream(
        self, work: TranslatePart, source: BinaryIO, target: Sink
    ) -> Iterator[ChunkResult]:
        """Apply `work` to each part of a stream and yield the results in order.

        Events are written to the target already if it is a `SharedSink` and they come from a range
        of a file. Raises `WorkerLost` if a worker was killed.
        """
        # Larger results would get new memory from the system each time they are sent.
        size = self._range_size if _is_shared(target) else max(self._range_size // 2, 1)
        last_line = 0
        for chunk_result in self._map_ranges(work, split_file(source, size), target):
            last_line = chunk_result.line
            yield chunk_result
        yield from self.map_parts(work, read_chunks(source, WORKER_CHUNK_SIZE, last_line + 1))

    def _map_ranges(
        self, work: TranslatePart, ranges: Iterator[FileRange], target: Sink
    ) -> Iterator[ChunkResult]:
        first_range = next(ranges, None)
        if first_range is None:
            return
        self._end_workers()  # workers that were forked before the file was opened cannot read it
        yield from self.map_parts(work, chain((first_range,), ranges), target)

    def map_parts(
        self, work: TranslatePart, parts: Iterator[_Part], target: Sink | None = None
    ) -> Iterator[ChunkResult]:
        """Apply `work` to each part and yield the results in order, as `map` does.

        An error of reading the parts is raised after the results of the parts before it.
        """
        shared = cast("SharedSink", target) if _is_shared(target) else None
        upcoming = _PartLookahead(parts)
        awaited: deque[_Worker] = deque()  # the worker of each request without a response
        next_line = 1
        has_defect = False
        while self._send_available(awaited, upcoming, work, may_wait=True):
            worker = awaited.popleft()
            match self._receive(worker):
                case _Lines(count):
                    self._send(_Translate(next_line, shared is not None), worker, awaited)
                    next_line += count
                case _Output(size) as output if shared is not None:
                    worker.pending_sizes.popleft()
                    if not has_defect:
                        write = _Write(shared.descriptor, shared.reserve(size))
                        self._send(write, worker, awaited)
                    has_defect = has_defect or output.has_defect
                case OSError() as error if shared is not None:
                    error.filename = shared.name
                    raise error
                case ChunkResult() as chunk_result:
                    if shared is None:
                        worker.pending_sizes.popleft()
                    self._send_available(awaited, upcoming, work, may_wait=False)
                    yield chunk_result
        if upcoming.failure is not None:
            raise upcoming.failure

    def _send_available(
        self,
        awaited: deque[_Worker],
        upcoming: _PartLookahead,
        work: TranslatePart,
        *,
        may_wait: bool,
    ) -> bool:
        """Send parts while there are any and a worker can take them.

        Returns whether a response is awaited. Waits for a part only if none is, and `may_wait`.
        """
        while True:
            if (may_wait and not awaited) or self.is_ready():
                upcoming.fetch()
            part = upcoming.part
            if part is None:
                return bool(awaited)
            worker = self._find_worker(part, work)
            if worker is None:
                return bool(awaited)
            upcoming.part = None
            worker.pending_sizes.append(_part_size(part))
            self._send(part, worker, awaited)

    def _send(self, request: _Request, worker: _Worker, awaited: deque[_Worker]) -> None:
        awaited.append(worker)
        try:
            _dump(request, worker.requests)
        except BrokenPipeError:
            raise self._worker_lost(worker) from None

    def _find_worker(self, part: _Part, work: TranslatePart) -> _Worker | None:
        """Return an idle worker, a new one, or the least busy one that can take the part ahead."""
        for worker in self._workers:
            if not worker.pending_sizes:
                return worker
        if len(self._workers) == self._count:
            able = [worker for worker in self._workers if worker.can_take_ahead(part)]
            return min(able, key=lambda worker: len(worker.pending_sizes), default=None)
        previous_mask = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            self._workers.append(_Worker(work, self._workers))
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, previous_mask)
        return self._workers[-1]

    def _receive(self, worker: _Worker) -> _Response:
        try:
            message: tuple[bytes, _Response] = pickle.load(worker.responses)
        except (EOFError, pickle.UnpicklingError):
            raise self._worker_lost(worker) from None
        rejects, response = message
        if isinstance(response, ChunkResult):
            return msgspec.structs.replace(response, rejects=_REJECTS_DECODER.decode(rejects))
        return response

    def _worker_lost(self, worker: _Worker) -> WorkerLost:
        """Remove a worker that no longer answers, and describe how it ended."""
        self._workers.remove(worker)
        worker.join()
        code = worker.process.exitcode or 0
        ending = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return WorkerLost(f"a worker process ({worker.process.pid}) {ending}")


def _widen_pipe(pipe: int) -> int:
    """Enlarge the buffer of a pipe; return its size in bytes, 0 if the system does not tell."""
    try:
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
        return fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ)
    except (AttributeError, OSError):
        return 0


class _PartLookahead:
    """The next part, if it has been read, and the error that ended reading."""

    def __init__(self, parts: Iterator[_Part]) -> None:
        self._parts = parts
        self.part: _Part | None = None
        self.failure: Exception | None = None

    def fetch(self) -> None:
        """Read the next part, unless there is one."""
        if self.part is None and self.failure is None:
            try:
                self.part = next(self._parts, None)
            except Exception as error:
                self.failure = error


def _is_shared(target: Sink | None) -> bool:
    return getattr(target, "descriptor", None) is not None


def _part_size(part: _Part) -> int:
    match part:
        case FileRange():
            return part.size
        case LongLine():
            return len(part.head)
        case _:
            return len(part.data)


def _dump(message: object, pipe: BinaryIO) -> None:
    pickle.dump(message, pipe, pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def _serve(work: TranslatePart, request_fd: int, response_fd: int, pipes: list[BinaryIO]) -> None:
    """Respond to each request, until the parent process closes the pipes or ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent process
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    for pipe in pipes:
        pipe.close()
    server = _Server(work)
    with (
        suppress(EOFError, pickle.UnpicklingError, BrokenPipeError),
        os.fdopen(request_fd, "rb") as requests,
        os.fdopen(response_fd, "wb") as responses,
    ):
        while True:
            response = server.respond(pickle.load(requests))
            rejects = b"[]"
            if isinstance(response, ChunkResult):
                rejects = ENCODER.encode(response.rejects)  # pickling them is four times slower
                response = msgspec.structs.replace(response, rejects=[])
            _dump((rejects, response), responses)


class _Server:
    """What a worker does. The oldest range that was read, and output, is the first one."""

    def __init__(self, work: TranslatePart) -> None:
        self._work = work
        self._read: deque[tuple[list[InputPart], OSError | None]] = deque()
        self._unwritten: deque[list[ChunkResult]] = deque()

    def respond(self, request: _Request) -> _Response:
        match request:
            case FileRange():
                return self._read_range(request)
            case _Translate():
                results = self._translate_range(request.first_line)
                if not request.is_shared:
                    return combine_results(results)
                self._unwritten.append(results)
                size = sum(len(result.events) for result in results)
                return _Output(size, results[-1].defect is not None)
            case _Write():
                results = self._unwritten.popleft()
                try:
                    _write_events(results, request)
                except OSError as error:
                    return error
                return combine_results(results)
            case _:
                return self._translate(request)

    def _read_range(self, file_range: FileRange) -> _Lines:
        parts: list[InputPart] = []
        failure = None
        with file_range.open() as lines:
            try:
                parts.extend(read_chunks(lines))
            except OSError as error:
                failure = error
        self._read.append((parts, failure))
        return _Lines(parts[-1].last if parts else 0)

    def _translate_range(self, first_line: int) -> list[ChunkResult]:
        parts, failure = self._read.popleft()
        results: list[ChunkResult] = []
        for part in parts:
            results.append(self._translate(_add_to_numbers(part, first_line - 1)))
            if results[-1].defect is not None:
                return results
        if failure is not None or not results:
            last_line = results[-1].line if results else first_line - 1
            results.append(ChunkResult(last_line, defect=failure))
        return results

    def _translate(self, part: InputPart) -> ChunkResult:
        chunk_result = self._work(part)
        if chunk_result.defect is not None:
            text = "".join(traceback.format_exception(chunk_result.defect))
            chunk_result.defect = WorkerDefect(text)
        return chunk_result


def _add_to_numbers(part: InputPart, count: int) -> InputPart:
    if isinstance(part, LongLine):
        return msgspec.structs.replace(part, last=part.last + count)
    return Chunk(part.first + count, part.data)


def _write_events(results: list[ChunkResult], request: _Write) -> None:
    """Write all events at once, which is cheaper, and remove them from the results."""
    offset = request.offset
    blocks = deque(memoryview(result.events) for result in results if result.events)
    while blocks:
        size = os.pwritev(request.descriptor, [*islice(blocks, _MAX_BLOCKS)], offset)
        offset += size
        while blocks and size >= len(blocks[0]):
            size -= len(blocks.popleft())
        if size:
            blocks[0] = blocks[0][size:]
    for result in results:
        result.events = b""
