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

from translator.chunks import Chunk, LongLine
from translator.exits import WorkerLost
from translator.streams import ENCODER, Outcome, Part, Rejected, Work
from translator.sums import Count

SIZE: Final = 256 * 1024
"""About so many bytes go to a worker at a time."""

_PIPE: Final = 1024 * 1024
"""So many bytes a pipe is to hold, where the system lets it."""

_REQUEST: Final = struct.Struct("!QQQQ")
_ANSWER: Final = struct.Struct("!QQQQQQQQ")
_REJECTS: Final = msgspec.json.Decoder(list[Rejected])
_SUMS: Final = msgspec.json.Decoder(list[Count])
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class WorkerDefect(Exception):
    """The exception that ended the work of a worker; the text is its traceback."""


@dataclass(frozen=True, slots=True, eq=False)
class _Worker:
    """`sent` are the sizes of the parts that it has; `ahead` bytes of them fit into the pipe."""

    pid: int
    requests: BinaryIO
    answers: BinaryIO
    ahead: int
    sent: deque[int] = field(default_factory=deque)


class Workers:
    """Does work in `count` processes, which live until the end of the `with` statement."""

    def __init__(self, count: int, ready: Callable[[], bool] = lambda: True) -> None:
        """`ready` says whether the next part can be had without waiting for it."""
        self._count = count
        self._ready = ready
        self._workers: list[_Worker] = []

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        """End every worker, whatever it is doing, and wait until it is gone."""
        for worker in self._workers:
            with suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)
        for worker in self._workers:
            with suppress(OSError):
                worker.requests.close()
            worker.answers.close()
            os.waitpid(worker.pid, 0)
        self._workers.clear()

    def each(self, work: Work, parts: Iterator[Part]) -> Iterator[Outcome]:
        """Do the work on each part; the outcomes come in order, as those of `map` do.

        Where reading the parts fails, that is raised after the outcomes of what was read before.
        Raises `WorkerLost` where a worker was ended from outside.
        """
        upcoming = _Upcoming(parts)
        busy: deque[_Worker] = deque()
        while True:
            self._fill(busy, upcoming, work, wait=True)
            if not busy:
                break
            worker = busy.popleft()
            outcome = self._answer(worker)
            worker.sent.popleft()
            self._fill(busy, upcoming, work, wait=False)
            yield outcome
        if upcoming.failure is not None:
            raise upcoming.failure

    def _fill(self, busy: deque[_Worker], upcoming: _Upcoming, work: Work, *, wait: bool) -> None:
        """Send parts for as long as there are any, and a worker to take them.

        Only where nobody is busy, and it may `wait`, a part is waited for.
        """
        while True:
            if (wait and not busy) or self._ready():
                upcoming.look()
            if not upcoming.waits:
                return
            worker = self._free(upcoming.size, work)
            if worker is None:
                return
            worker.sent.append(upcoming.size)
            busy.append(worker)
            self._send(worker, upcoming.take())

    def _free(self, size: int, work: Work) -> _Worker | None:
        """A worker that has nothing to do, or a new one, or one that can be sent so much ahead."""
        for worker in self._workers:
            if not worker.sent:
                return worker
        if len(self._workers) < self._count:
            return self._start(work)
        for worker in self._workers:
            if len(worker.sent) == 1 and worker.sent[0] + size <= worker.ahead:
                return worker
        return None

    def _start(self, work: Work) -> _Worker:
        request_out, request_in = os.pipe()
        answer_out, answer_in = os.pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            pid = os.fork()
            if pid == 0:
                for one in self._workers:
                    os.close(one.requests.fileno())
                    os.close(one.answers.fileno())
                os.close(request_in)
                os.close(answer_out)
                _serve(work, request_out, answer_in)
            ahead = _widened(request_in) - 2 * _REQUEST.size
            _widened(answer_in)
            worker = _Worker(pid, os.fdopen(request_in, "wb"), os.fdopen(answer_out, "rb"), ahead)
            self._workers.append(worker)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        os.close(request_out)
        os.close(answer_in)
        return worker

    def _send(self, worker: _Worker, part: Part) -> None:
        if isinstance(part, LongLine):
            head, data = (part.number, 0, len(part.head), part.length), part.head
        else:
            head, data = (part.first, part.last, len(part.data), 0), part.data
        try:
            worker.requests.write(_REQUEST.pack(*head))
            worker.requests.write(data)
            worker.requests.flush()
        except BrokenPipeError:
            raise self._lost(worker) from None

    def _answer(self, worker: _Worker) -> Outcome:
        head = worker.answers.read(_ANSWER.size)
        if len(head) < _ANSWER.size:
            raise self._lost(worker)
        line, read, written, *sizes = _ANSWER.unpack(head)
        found = [worker.answers.read(size) for size in sizes]
        if [len(one) for one in found] != sizes:
            raise self._lost(worker)
        events, rejects, text, losses, sums = found
        defect = WorkerDefect(text.decode()) if text else None
        told = events, _REJECTS.decode(rejects), defect, losses, _SUMS.decode(sums)
        return Outcome(line, read, written, *told)

    def _lost(self, worker: _Worker) -> WorkerLost:
        """Why a worker answers no more."""
        self._workers.remove(worker)
        with suppress(OSError):
            worker.requests.close()
        worker.answers.close()
        _, status = os.waitpid(worker.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return WorkerLost(f"a worker process ({worker.pid}) {how}")


def _widened(pipe: int) -> int:
    """How many bytes a pipe holds, once it was asked to hold more; 0 where nobody can say."""
    try:
        import fcntl

        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)
        return fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ)
    except (ImportError, AttributeError, OSError):
        return 0


class _Upcoming:
    """What comes next of the parts, and why there is no more, if reading failed."""

    def __init__(self, parts: Iterator[Part]) -> None:
        self._parts = parts
        self._part: Part | None = None
        self._ended = False
        self.failure: Exception | None = None

    def look(self) -> None:
        """Read the next part, unless that was done already."""
        if self._part is not None or self._ended:
            return
        try:
            self._part = next(self._parts, None)
        except Exception as error:
            self.failure = error
        self._ended = self._part is None

    @property
    def waits(self) -> bool:
        """Whether a part was read and not taken yet."""
        return self._part is not None

    @property
    def size(self) -> int:
        """How many bytes the part that waits has."""
        part = self._part
        return len(part.head if isinstance(part, LongLine) else part.data) if part else 0

    def take(self) -> Part:
        """The part that waits."""
        part, self._part = self._part, None
        assert part is not None
        return part


def _serve(work: Work, requests: int, answers: int) -> NoReturn:
    """Do the work that is asked for, until nobody asks any more; the life of a worker."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        with os.fdopen(requests, "rb") as source, os.fdopen(answers, "wb") as target:
            while head := source.read(_REQUEST.size):
                first, last, size, length = _REQUEST.unpack(head)
                data = source.read(size)
                part = LongLine(first, data, length) if length else Chunk(first, last, data)
                outcome = work(part)
                text = "".join(traceback.format_exception(outcome.defect)) if outcome.defect else ""
                rejects, sums = ENCODER.encode(outcome.rejects), ENCODER.encode(outcome.sums)
                texts = outcome.events, rejects, text.encode(), outcome.losses, sums
                counts = outcome.line, outcome.read, outcome.written
                target.write(_ANSWER.pack(*counts, *map(len, texts)))
                for one in texts:
                    target.write(one)
                target.flush()
        os._exit(0)
    except BrokenPipeError:
        os._exit(0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)
