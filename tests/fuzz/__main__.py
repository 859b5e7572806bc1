"""`make fuzz`: every target for a share of the time, with the seed said first."""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from pathlib import Path
from random import Random

from tests.fuzz.running import Report, bounded
from tests.fuzz.targets import TARGETS, inputs, large

FINDINGS = Path(__file__).parents[2] / "build" / "fuzz"


def main() -> int:
    """Run what the command line asks for; gives the exit code."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="for all targets together")
    parser.add_argument("--seed", type=int, required=True, help="the same seed, the same inputs")
    parser.add_argument("--target", choices=TARGETS, action="append", help="only this one")
    parser.add_argument("--replay", type=Path, help="a file to run once, with --target")
    given = parser.parse_args()
    if given.replay is not None:
        (name,) = given.target
        print(TARGETS[name].run(given.replay.read_bytes()))
        return 0
    names = given.target or list(TARGETS)
    print(f"seed {given.seed}, {given.seconds / len(names):.0f} s for each of {', '.join(names)}")
    failed = False
    for name in names:
        random = Random(f"{name} {given.seed}")
        start = time.monotonic()
        for source in (large(name), inputs(TARGETS[name], random)):
            left = start + given.seconds / len(names) - time.monotonic()
            report = bounded(TARGETS[name], source, left)
            _told(name, report, time.monotonic() - start)
            failed = failed or bool(report.findings)
    return int(failed)


def _told(name: str, report: Report, seconds: float) -> None:
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
