"""`make fuzz`: fuzz every target for an equal share of the time, and print the seed."""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from pathlib import Path
from random import Random

from tests.fuzz.process import Report, run_bounded
from tests.fuzz.targets import TARGETS, giant_inputs, inputs

FINDINGS = Path(__file__).parents[2] / "build" / "fuzz"


def main() -> int:
    """Fuzz the targets of the command line and return the exit code."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="time for all targets together")
    parser.add_argument("--seed", type=int, required=True, help="determines the inputs")
    parser.add_argument("--target", choices=TARGETS, action="append", help="fuzz only this target")
    parser.add_argument("--replay", type=Path, help="run one input file, with --target")
    arguments = parser.parse_args()
    if arguments.replay is not None:
        (name,) = arguments.target
        print(TARGETS[name].run(arguments.replay.read_bytes()))
        return 0
    names = arguments.target or list(TARGETS)
    share = arguments.seconds / len(names)
    print(f"seed {arguments.seed}, {share:.0f} s for each of {', '.join(names)}")
    failed = False
    for name in names:
        random = Random(f"{name} {arguments.seed}")
        start = time.monotonic()
        for source in (giant_inputs(name), inputs(TARGETS[name], random)):
            seconds = start + share - time.monotonic()
            report = run_bounded(TARGETS[name], source, seconds)
            _print_report(name, report, time.monotonic() - start)
            failed = failed or bool(report.findings)
    return int(failed)


def _print_report(name: str, report: Report, seconds: float) -> None:
    print(
        f"{name}: {report.count} inputs, {len(report.outcomes)} outcomes, after {seconds:.0f} s; "
        f"the slowest took {report.slowest:.2f} s, {len(report.findings)} findings",
        flush=True,
    )
    for data, why in report.findings:
        path = FINDINGS / name / hashlib.sha256(data).hexdigest()[:16]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        print(f"  {path}\n    {why.strip().replace(chr(10), chr(10) + '    ')}")


if __name__ == "__main__":
    sys.exit(main())
