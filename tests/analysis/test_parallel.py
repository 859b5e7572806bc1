"""Results that several processes compute."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tests.tools.shipped import ROOT

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

PREPARATION = """
import os, threading, time
from translator.analysis.parallel import compute_all
from translator.errors import Diagnostic, Location, MappingError
os.sched_getaffinity = lambda pid: {0, 1}
"""


def start(script: str, folder: Path = ROOT) -> subprocess.Popen[str]:
    """Run a script in a process of its own, so that nothing of the test run is forked."""
    return subprocess.Popen(
        [sys.executable, "-c", PREPARATION + textwrap.dedent(script)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def output_of(script: str) -> str:
    process = start(script)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    return out


def test_results_are_in_the_order_of_the_tasks() -> None:
    """Two processes share the tasks; results are in their order."""
    out = output_of("""
        def task(number):
            return lambda: (time.sleep(0.02 if number % 2 else 0), number, os.getpid())

        results = compute_all([task(number) for number in range(20)], 0)
        print([number for _, number, _ in results] == list(range(20)))
        print(len({process for _, _, process in results} - {os.getpid()}))
    """)
    assert out == "True\n2\n"


def test_few_or_fast_tasks_run_in_this_process() -> None:
    """Processes are started only for several tasks, and only if these take time."""
    assert (
        output_of("""
        print(compute_all([os.getpid, os.getpid], 0) == [os.getpid()] * 2)
        print(compute_all([os.getpid] * 8) == [os.getpid()] * 8, compute_all([]))
    """)
        == "True\nTrue []\n"
    )


def test_a_process_with_threads_computes_alone() -> None:
    """With other threads, whose locks a fork would copy, all tasks run in this process."""
    assert (
        output_of("""
        waiting = threading.Event()
        threading.Thread(target=waiting.wait).start()
        print(set(compute_all([os.getpid] * 8, 0)) == {os.getpid()})
        waiting.set()
    """)
        == "True\n"
    )


def test_an_error_of_a_task_is_raised() -> None:
    """The error of the first task that fails is raised, with its diagnostics."""
    assert (
        output_of("""
        def fail():
            raise MappingError([Diagnostic("undecided", Location("a.yaml", 3, 7), "no", "hint")])

        try:
            compute_all([*[os.getpid] * 6, fail, fail], 0)
        except MappingError as error:
            print(error.diagnostics[0].code, error.diagnostics[0].location)
    """)
        == "undecided a.yaml:3:7\n"
    )


def test_an_interrupt_ends_all_processes(tmp_path: Path) -> None:
    """After Ctrl-C no task begins; the processes end, and print no traceback of their own."""
    process = start(
        """
        def task():
            open(f"{time.monotonic_ns()}", "w").close()
            time.sleep(0.5)

        try:
            compute_all([task] * 200, 0)
        except KeyboardInterrupt:
            print("interrupted")
        """,
        tmp_path,
    )
    deadline = time.monotonic() + 60
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60) == ("interrupted\n", "")
    assert len(list(tmp_path.iterdir())) < 20
