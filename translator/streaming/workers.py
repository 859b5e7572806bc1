"""Worker processes: chunks of a stream go out to several, and come back in order.

A worker is forked from this process, so it has the compiled translator already. It is sent a
chunk and, while it works on that, another, so that it need not wait. What is sent ahead fits into
the pipe: sending never waits for a worker that itself waits for its answer to be taken.
"""

from __future__ import annotations

import os
import signal
import struct
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO, Final, NoReturn

import msgspec

from translator.errors import WorkerLost
from translator.results import ENCODER, Rejected
from translator.streaming.ndjson import Chunk, LongLine
from translator.streaming.pipeline import ChunkResult, InputPart, LossCount, Work

WORKER_CHUNK_SIZE: Final = 256 * 1024
"""About so many bytes go to a worker at a time."""

_PIPE_SIZE: Final = 1024 * 1024
"""So many bytes a pipe is to hold, where the system lets it."""

_REQUEST_HEADER: Final = struct.Struct("!QQQQ")

_RESPONSE_HEADER: Final = struct.Struct("!QQQQQQQQ")

_REJECTS_DECODER: Final = msgspec.json.Decoder(list[Rejected])

_LOSS_COUNTS_DECODER: Final = msgspec.json.Decoder(list[LossCount])

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class WorkerDefect(Exception):
    """The exception that ended the work of a worker; the text is its traceback."""


@dataclass(frozen=True, slots=True, eq=False)
class _Worker:
    """`sent` are the sizes of the parts that it has; `ahead` bytes of them fit into the pipe."""

    pid: int
    requests: BinaryIO
    responses: BinaryIO
    pipe_capacity: int
    pending_sizes: deque[int] = field(default_factory=deque)


class WorkerPool:
    """Does work in `count` processes, which live until the end of the `with` statement."""

    def __init__(self, count: int, is_ready: Callable[[], bool] = lambda: True) -> None:
        """`ready` says whether the next part can be had without waiting for it."""
        self._count = count
        self._is_ready = is_ready
        self._workers: list[_Worker] = []

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        """End every worker, whatever it is doing, and wait until it is gone."""
        for worker in self._workers:
            with suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)
        for worker in self._workers:
            with suppress(OSError):
                worker.requests.close()
            worker.responses.close()
            os.waitpid(worker.pid, 0)
        self._workers.clear()

    def map_parts(self, work: Work, parts: Iterator[InputPart]) -> Iterator[ChunkResult]:
        """Do the work on each part; the outcomes come in order, as those of `map` do.

        Where reading the parts fails, that is raised after the outcomes of what was read before.
        Raises `WorkerLost` where a worker was ended from outside.
        """
        upcoming = _PartLookahead(parts)
        busy: deque[_Worker] = deque()
        while True:
            self._send_available(busy, upcoming, work, may_wait=True)
            if not busy:
                break
            worker = busy.popleft()
            chunk_result = self._receive(worker)
            worker.pending_sizes.popleft()
            self._send_available(busy, upcoming, work, may_wait=False)
            yield chunk_result
        if upcoming.failure is not None:
            raise upcoming.failure

    def _send_available(
        self, busy: deque[_Worker], upcoming: _PartLookahead, work: Work, *, may_wait: bool
    ) -> None:
        """Send parts for as long as there are any, and a worker to take them.

        Only where nobody is busy, and it may `wait`, a part is waited for.
        """
        while True:
            if (may_wait and not busy) or self._is_ready():
                upcoming.fetch()
            if not upcoming.has_part:
                return
            worker = self._find_free(upcoming.size, work)
            if worker is None:
                return
            worker.pending_sizes.append(upcoming.size)
            busy.append(worker)
            self._send(worker, upcoming.take())

    def _find_free(self, size: int, work: Work) -> _Worker | None:
        """A worker that has nothing to do, or a new one, or one that can be sent so much ahead."""
        for worker in self._workers:
            if not worker.pending_sizes:
                return worker
        if len(self._workers) < self._count:
            return self._start_worker(work)
        for worker in self._workers:
            if (
                len(worker.pending_sizes) == 1
                and worker.pending_sizes[0] + size <= worker.pipe_capacity
            ):
                return worker
        return None

    def _start_worker(self, work: Work) -> _Worker:
        request_read_fd, request_write_fd = os.pipe()
        response_read_fd, response_write_fd = os.pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            pid = os.fork()
            if pid == 0:
                for sibling in self._workers:
                    os.close(sibling.requests.fileno())
                    os.close(sibling.responses.fileno())
                os.close(request_write_fd)
                os.close(response_read_fd)
                _serve(work, request_read_fd, response_write_fd)
            pipe_capacity = _widen_pipe(request_write_fd) - 2 * _REQUEST_HEADER.size
            _widen_pipe(response_write_fd)
            worker = _Worker(
                pid,
                os.fdopen(request_write_fd, "wb"),
                os.fdopen(response_read_fd, "rb"),
                pipe_capacity,
            )
            self._workers.append(worker)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        os.close(request_read_fd)
        os.close(response_write_fd)
        return worker

    def _send(self, worker: _Worker, part: InputPart) -> None:
        if isinstance(part, LongLine):
            header, data = (part.number, 0, len(part.head), part.length), part.head
        else:
            header, data = (part.first, part.last, len(part.data), 0), part.data
        try:
            worker.requests.write(_REQUEST_HEADER.pack(*header))
            worker.requests.write(data)
            worker.requests.flush()
        except BrokenPipeError:
            raise self._reap(worker) from None

    def _receive(self, worker: _Worker) -> ChunkResult:
        header = worker.responses.read(_RESPONSE_HEADER.size)
        if len(header) < _RESPONSE_HEADER.size:
            raise self._reap(worker)
        line, read, written, *sizes = _RESPONSE_HEADER.unpack(header)
        payloads = [worker.responses.read(size) for size in sizes]
        if [len(payload) for payload in payloads] != sizes:
            raise self._reap(worker)
        events, rejects, defect_text, losses, loss_counts = payloads
        defect = WorkerDefect(defect_text.decode()) if defect_text else None
        fields = (
            events,
            _REJECTS_DECODER.decode(rejects),
            defect,
            losses,
            _LOSS_COUNTS_DECODER.decode(loss_counts),
        )
        return ChunkResult(line, read, written, *fields)

    def _reap(self, worker: _Worker) -> WorkerLost:
        """Why a worker answers no more."""
        self._workers.remove(worker)
        with suppress(OSError):
            worker.requests.close()
        worker.responses.close()
        _, status = os.waitpid(worker.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        ending = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return WorkerLost(f"a worker process ({worker.pid}) {ending}")


def _widen_pipe(pipe: int) -> int:
    """How many bytes a pipe holds, once it was asked to hold more; 0 where nobody can say."""
    try:
        import fcntl

        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
        return fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ)
    except (ImportError, AttributeError, OSError):
        return 0


class _PartLookahead:
    """What comes next of the parts, and why there is no more, if reading failed."""

    def __init__(self, parts: Iterator[InputPart]) -> None:
        self._parts = parts
        self._part: InputPart | None = None
        self._ended = False
        self.failure: Exception | None = None

    def fetch(self) -> None:
        """Read the next part, unless that was done already."""
        if self._part is not None or self._ended:
            return
        try:
            self._part = next(self._parts, None)
        except Exception as error:
            self.failure = error
        self._ended = self._part is None

    @property
    def has_part(self) -> bool:
        """Whether a part was read and not taken yet."""
        return self._part is not None

    @property
    def size(self) -> int:
        """How many bytes the part that waits has."""
        part = self._part
        return len(part.head if isinstance(part, LongLine) else part.data) if part else 0

    def take(self) -> InputPart:
        """The part that waits."""
        part, self._part = self._part, None
        assert part is not None
        return part


def _serve(work: Work, request_fd: int, response_fd: int) -> NoReturn:
    """Do the work that is asked for, until nobody asks any more; the life of a worker."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        with os.fdopen(request_fd, "rb") as source, os.fdopen(response_fd, "wb") as target:
            while header := source.read(_REQUEST_HEADER.size):
                first, last, size, length = _REQUEST_HEADER.unpack(header)
                data = source.read(size)
                part = LongLine(first, data, length) if length else Chunk(first, last, data)
                chunk_result = work(part)
                defect_text = (
                    "".join(traceback.format_exception(chunk_result.defect))
                    if chunk_result.defect
                    else ""
                )
                rejects, loss_counts = (
                    ENCODER.encode(chunk_result.rejects),
                    ENCODER.encode(chunk_result.loss_counts),
                )
                payloads = (
                    chunk_result.events,
                    rejects,
                    defect_text.encode(),
                    chunk_result.losses,
                    loss_counts,
                )
                counts = chunk_result.line, chunk_result.read, chunk_result.written
                target.write(_RESPONSE_HEADER.pack(*counts, *map(len, payloads)))
                for payload in payloads:
                    target.write(payload)
                target.flush()
        os._exit(0)
    except BrokenPipeError:
        os._exit(0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)
