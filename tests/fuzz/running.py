"""Running a target: in this process, or in a child whose time and memory are bounded.

A child is ended by the system when an input takes too long, wherever it is stuck, and cannot take
more memory than it is given. What it worked on last is in a file.
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

from tests.fuzz.targets import Inputs, Target

SECONDS = 20
"""So much processor time may one input take before its process is ended."""

SLOW = 5.0
"""An input that takes more seconds of processor time is a finding."""

MEMORY = 1536 * 1024 * 1024
"""So much memory may a process have."""

MOST_FINDINGS = 20
"""Once there are so many, a run ends."""

_LONGEST = 64 * 1024 * 1024


@dataclass
class Report:
    """What a run came to: inputs by outcome, and findings: each an input with what went wrong."""

    outcomes: Counter[str] = field(default_factory=Counter)
    findings: list[tuple[bytes, str]] = field(default_factory=list)
    slowest: float = 0.0

    @property
    def count(self) -> int:
        """How many inputs were run."""
        return self.outcomes.total()


def _one(target: Target, data: bytes, becomes: str, report: Report) -> bool:
    """Run one input; gives whether its outcome is a new one."""
    start = time.process_time()
    try:
        outcome = target.run(data)
        assert outcome.startswith(becomes), f"{outcome!r} and not {becomes!r}"
    except Exception:
        outcome = "FAILED"
        report.findings.append((data, traceback.format_exc(limit=-6)))
    spent = time.process_time() - start
    report.slowest = max(report.slowest, spent)
    if spent > SLOW:
        report.findings.append((data, f"took {spent:.1f} s of processor time"))
    report.outcomes[outcome] += 1
    return report.outcomes[outcome] == 1


def bounded(target: Target, source: Inputs, seconds: float, most: float = SECONDS) -> Report:
    """Run a target in a child of bounded memory, until the inputs or seconds end.

    An input that takes more than `most` seconds of processor time ends the child.
    """
    with mmap.mmap(-1, _LONGEST) as shared:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _work(target, source, (seconds, most), shared, writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read()
        _, status = os.waitpid(child, 0)
        report = _received(said)
        if status:
            length = int.from_bytes(shared[:8], "little")
            how = signal.strsignal(status & 127) if status & 127 else f"exit code {status >> 8}"
            why = f"the process was ended: {how}"
            report.findings.append((bytes(shared[8 : 8 + length]), why))
    return report


def _work(
    target: Target,
    source: Inputs,
    limits: tuple[float, float],
    shared: mmap.mmap,
    pipe: int,
) -> None:
    """Run inputs in a child: note each in `shared` before, and at the end write the report."""
    code = 1
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        report = Report()
        seconds, most = limits
        until = time.monotonic() + seconds
        new: bool | None = None
        while time.monotonic() < until and len(report.findings) < MOST_FINDINGS:
            try:
                data, becomes = source.send(new)
            except StopIteration:
                break
            shared[:8] = len(data).to_bytes(8, "little")
            shared[8 : 8 + len(data)] = data
            signal.setitimer(signal.ITIMER_PROF, most)
            new = _one(target, data, becomes, report)
        signal.setitimer(signal.ITIMER_PROF, 0)
        _sent(report, pipe)
        code = 0
    except BaseException:
        traceback.print_exc(limit=-6)
    finally:
        sys.stderr.flush()
        os._exit(code)


def _sent(report: Report, pipe: int) -> None:
    with os.fdopen(pipe, "wb") as file:
        pickle.dump((report.outcomes, report.findings, report.slowest), file)


def _received(said: bytes) -> Report:
    return Report(*pickle.loads(said)) if said else Report()
