"""Translate chunks in several worker processes and return the results in order.

Workers are forked, so they have the compiled translator already. An idle worker takes a part of any
size, since it is reading. A part is sent ahead to a busy worker only if it fits into the pipe:
otherwise sending would wait for a worker that itself waits for its result to be received.
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
from multiprocessing import get_context
from typing import BinaryIO, Final

import msgspec

from translator.errors import WorkerLost
from translator.results import ENCODER, Rejected
from translator.streaming.ndjson import LongLine
from translator.streaming.pipeline import ChunkResult, InputPart, TranslatePart

WORKER_CHUNK_SIZE: Final = 256 * 1024
"""Approximate size in bytes of the chunks that are sent to a worker."""

_PIPE_SIZE: Final = 1024 * 1024

_REJECTS_DECODER: Final = msgspec.json.Decoder(list[Rejected])

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class WorkerDefect(Exception):
    """An unexpected exception in a worker; the message is its traceback."""


class _Worker:
    """A worker process. `pending_sizes` are the sizes of the parts it has not returned yet."""

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

    def can_take_ahead(self, size: int) -> bool:
        return len(self.pending_sizes) == 1 and self.pending_sizes[0] + size <= self.capacity

    def join(self) -> None:
        self.process.join()
        for pipe in self.pipes:
            with suppress(BrokenPipeError):
                pipe.close()


class WorkerPool:
    """Up to `count` worker processes, which live until the end of the `with` statement.

    `is_ready` tells whether the next part can be read without waiting; each stream has its own.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self.is_ready: Callable[[], bool] = lambda: True
        self._workers: list[_Worker] = []

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        """Kill every worker and wait until it is gone."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.join()
        self._workers.clear()

    def map_parts(self, work: TranslatePart, parts: Iterator[InputPart]) -> Iterator[ChunkResult]:
        """Apply `work` to each part and yield the results in order, as `map` does.

        An error of reading the parts is raised after the results of the parts before it. Raises
        `WorkerLost` if a worker was killed.
        """
        upcoming = _PartLookahead(parts)
        busy: deque[_Worker] = deque()
        while self._send_available(busy, upcoming, work, may_wait=True):
            worker = busy.popleft()
            chunk_result = self._receive(worker)
            worker.pending_sizes.popleft()
            self._send_available(busy, upcoming, work, may_wait=False)
            yield chunk_result
        if upcoming.failure is not None:
            raise upcoming.failure

    def _send_available(
        self, busy: deque[_Worker], upcoming: _PartLookahead, work: TranslatePart, *, may_wait: bool
    ) -> bool:
        """Send parts while there are any and a worker can take them; return if any is busy.

        Wait for a part only if no worker is busy, and only if `may_wait`.
        """
        while True:
            if (may_wait and not busy) or self.is_ready():
                upcoming.fetch()
            part = upcoming.part
            if part is None:
                return bool(busy)
            size = len(part.head if isinstance(part, LongLine) else part.data)
            worker = self._find_worker(size, work)
            if worker is None:
                return bool(busy)
            upcoming.part = None
            worker.pending_sizes.append(size)
            busy.append(worker)
            try:
                _send(part, worker.requests)
            except BrokenPipeError:
                raise self._worker_lost(worker) from None

    def _find_worker(self, size: int, work: TranslatePart) -> _Worker | None:
        """Return an idle worker, a new one, or one that can take `size` bytes ahead."""
        for worker in self._workers:
            if not worker.pending_sizes:
                return worker
        if len(self._workers) == self._count:
            able = (worker for worker in self._workers if worker.can_take_ahead(size))
            return next(able, None)
        previous_mask = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            self._workers.append(_Worker(work, self._workers))
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, previous_mask)
        return self._workers[-1]

    def _receive(self, worker: _Worker) -> ChunkResult:
        try:
            message: tuple[bytes, ChunkResult] = pickle.load(worker.responses)
        except (EOFError, pickle.UnpicklingError):
            raise self._worker_lost(worker) from None
        rejects, chunk_result = message
        return msgspec.structs.replace(chunk_result, rejects=_REJECTS_DECODER.decode(rejects))

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

    def __init__(self, parts: Iterator[InputPart]) -> None:
        self._parts = parts
        self.part: InputPart | None = None
        self.failure: Exception | None = None

    def fetch(self) -> None:
        """Read the next part, unless there is one."""
        if self.part is None and self.failure is None:
            try:
                self.part = next(self._parts, None)
            except Exception as error:
                self.failure = error


def _send(message: object, pipe: BinaryIO) -> None:
    pickle.dump(message, pipe, pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def _serve(work: TranslatePart, request_fd: int, response_fd: int, pipes: list[BinaryIO]) -> None:
    """Do the work on each part received, until the parent process closes the pipes or ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent process
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    for pipe in pipes:
        pipe.close()
    with (
        suppress(EOFError, pickle.UnpicklingError, BrokenPipeError),
        os.fdopen(request_fd, "rb") as requests,
        os.fdopen(response_fd, "wb") as responses,
    ):
        while True:
            chunk_result = work(pickle.load(requests))
            if chunk_result.defect is not None:
                text = "".join(traceback.format_exception(chunk_result.defect))
                chunk_result.defect = WorkerDefect(text)
            rejects = ENCODER.encode(chunk_result.rejects)  # pickling them is four times slower
            _send((rejects, msgspec.structs.replace(chunk_result, rejects=[])), responses)
