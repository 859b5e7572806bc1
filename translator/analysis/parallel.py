"""Compute independent results in several processes.

Compiling is work for the processor alone, so threads would not help. Processes are forked: tasks
need no pickling, and have what the process has read and parsed.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import active_children, current_process, get_context
from typing import Any, Final, TypeVar

_Result = TypeVar("_Result")

_MIN_TASKS: Final = 4
"""Minimum number of tasks for which to start processes, which takes a tenth of a second."""

_tasks: list[Callable[[], Any]] = []
"""The tasks at the time of the fork."""


def compute_all(tasks: Sequence[Callable[[], _Result]]) -> list[_Result]:
    """Return the results of tasks in their order, which can be pickled.

    A task changes nothing that others read. All run in this process if there are few, if the
    system cannot fork, or if other threads run, whose locks a fork would copy. Raises what the
    first task raises that fails.
    """
    count = min(len(tasks), _processors())
    can_fork = hasattr(os, "fork") and not current_process().daemon
    if len(tasks) < _MIN_TASKS or count < 2 or not can_fork or threading.active_count() > 1:
        return [task() for task in tasks]
    _tasks[:] = tasks
    try:
        with ProcessPoolExecutor(count, get_context("fork"), _ignore_interrupts) as pool:
            try:
                return list(pool.map(_run, range(len(tasks))))
            except BaseException:
                for process in active_children():
                    process.terminate()
                raise
    finally:
        _tasks.clear()


def _processors() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the parent process, which ends this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run(number: int) -> Any:
    return _tasks[number]()
