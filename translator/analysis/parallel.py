"""Compute independent results in several processes.

Compiling is work for the processor alone, so threads would not help. Processes are forked: tasks
need no pickling, and have what the process has read and parsed.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import current_process, get_context
from typing import Any, Final, TypeVar

_Result = TypeVar("_Result")

PATIENCE: Final = 0.5
"""Seconds of work in one process after which others are started."""

_MIN_TASKS: Final = 4
"""Minimum number of tasks for which to start processes."""

_tasks: list[Callable[[], Any]] = []
"""The tasks at the time of the fork."""


def compute_all(
    tasks: Sequence[Callable[[], _Result]], patience: float = PATIENCE
) -> list[_Result]:
    """Return the results of tasks in their order, which can be pickled.

    A task changes nothing that others read. Other processes are started after some seconds of
    work (`patience`), unless few tasks are left, the system cannot fork, or other threads run,
    whose locks a fork would copy. Raises what the first task raises that fails.
    """
    results: list[_Result] = []
    end = time.monotonic() + patience
    while len(results) < len(tasks) and (time.monotonic() < end or not _can_fork()):
        results.append(tasks[len(results)]())
    rest = tasks[len(results) :]
    if len(rest) < _MIN_TASKS:
        return results + [task() for task in rest]
    return results + _compute_in_processes(rest)


def _compute_in_processes(tasks: Sequence[Callable[[], _Result]]) -> list[_Result]:
    _tasks[:] = tasks
    count = min(len(tasks), _processors())
    try:
        with ProcessPoolExecutor(count, get_context("fork"), _ignore_interrupts) as pool:
            try:
                return list(pool.map(_run, range(len(tasks))))
            except BaseException:
                pool.shutdown(cancel_futures=True)  # waits for the tasks that run
                raise
    finally:
        _tasks.clear()


def _can_fork() -> bool:
    is_daemon = current_process().daemon
    is_alone = threading.active_count() == 1
    return hasattr(os, "fork") and is_alone and not is_daemon and _processors() > 1


def _processors() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the parent process, which gives this one no more tasks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run(number: int) -> Any:
    return _tasks[number]()
