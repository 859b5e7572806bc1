"""Run a target in a child process with limited time and memory.

The operating system kills the child if an input takes too long or too much memory. The last input
is in shared memory.
"""

from __future__ import annotations

import mmap
import os
import pickle
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.targets import Inputs, Target

SECONDS = 20
"""CPU time limit for one input, after which the process is killed."""

SLOW = 5.0
"""An input that takes more seconds of CPU time is a finding."""

MEMORY = 1536 * 1024 * 1024
"""Memory that a process may map beyond what it has at first, in bytes."""

MAX_FINDINGS = 20
"""A run ends after this number of findings."""

_MAX_INPUT = 64 * 1024 * 1024


@dataclass
class Report:
    """The result of a run: the number of inputs by outcome, and inputs with what went wrong."""

    outcomes: Counter[str] = field(default_factory=Counter)
    findings: list[tuple[bytes, str]] = field(default_factory=list)
    slowest: float = 0.0

    @property
    def count(self) -> int:
        """The number of inputs."""
        return self.outcomes.total()


def _run_input(target: Target, data: bytes, expected: str, report: Report) -> bool:
    """Run one input and return whether its outcome is new."""
    start = time.process_time()
    try:
        outcome = target.run(data)
        assert outcome.startswith(expected), f"{outcome!r} and not {expected!r}"
    except Exception:
        outcome = "FAILED"
        report.findings.append((data, traceback.format_exc(limit=-6)))
    seconds = time.process_time() - start
    report.slowest = max(report.slowest, seconds)
    if seconds > SLOW:
        report.findings.append((data, f"took {seconds:.1f} s of CPU time"))
    report.outcomes[outcome] += 1
    return report.outcomes[outcome] == 1


def run_bounded(target: Target, source: Inputs, seconds: float, limit: float = SECONDS) -> Report:
    """Run a target in a child process until there are no more inputs, or for `seconds`.

    The child is killed if an input takes more than `limit` seconds of CPU time.
    """
    with mmap.mmap(-1, _MAX_INPUT) as shared:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _work(target, source, (seconds, limit), shared, writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            encoded = pipe.read()
        _, status = os.waitpid(child, 0)
        report = Report(*pickle.loads(encoded)) if encoded else Report()
        if status:
            length = int.from_bytes(shared[:8], "little")
            cause = signal.strsignal(status & 127) if status & 127 else f"exit code {status >> 8}"
            finding = bytes(shared[8 : 8 + length]), f"the process was killed: {cause}"
            report.findings.append(finding)
    return report


def _address_space() -> int:
    """Return the size of what this process has mapped, such as the libraries it loaded."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def _work(
    target: Target, source: Inputs, limits: tuple[float, float], shared: mmap.mmap, pipe: int
) -> None:
    """Run inputs in the child: copy each to `shared` first, and finally write the report."""
    code = 1
    try:
        memory = _address_space() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        report = Report()
        seconds, limit = limits
        deadline = time.monotonic() + seconds
        is_new: bool | None = None
        while time.monotonic() < deadline and len(report.findings) < MAX_FINDINGS:
            try:
                data, expected = source.send(is_new)
            except StopIteration:
                break
            shared[:8] = len(data).to_bytes(8, "little")
            shared[8 : 8 + len(data)] = data
            signal.setitimer(signal.ITIMER_PROF, limit)
            is_new = _run_input(target, data, expected, report)
        signal.setitimer(signal.ITIMER_PROF, 0)
        with os.fdopen(pipe, "wb") as file:
            pickle.dump((report.outcomes, report.findings, report.slowest), file)
        code = 0
    except BaseException:
        traceback.print_exc(limit=-6)
    finally:
        sys.stderr.flush()
        os._exit(code)
