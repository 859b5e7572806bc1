"""Runs the benchmarks: all of them, or those named with `--only`."""

from __future__ import annotations

import argparse
import time
from importlib import import_module

from benchmarks import measure, peers

PARTS = ("per_event", "streams", "startup", "growth", "shares")


def main() -> None:
    """Run the parts that are asked for, and say on what."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="PART",
        choices=PARTS,
        help=f"one of {', '.join(PARTS)}; repeatable",
    )
    asked = parser.parse_args().only
    begin = time.monotonic()
    print(measure.machine())
    print("peers:", ", ".join(peers.versions()))
    print("Medians, and quartiles beside them; ratios are taken within a round. See the README.")
    for part in asked or PARTS:
        import_module(f"benchmarks.{part}").main()
    print(f"\n{time.monotonic() - begin:.0f} s in all")


if __name__ == "__main__":
    main()
