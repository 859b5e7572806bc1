"""Run all benchmarks, or the parts selected with `--only`."""

from __future__ import annotations

import argparse
import os
import platform
import time
from importlib import import_module
from importlib.metadata import version

PARTS = ("per_event", "params", "streams", "startup", "growth")
PEERS = ("jsonata-python", "jsonschema-rs", "orjson", "pydantic")


def main() -> None:
    """Print the environment, then run the selected parts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only",
        action="append",
        metavar="PART",
        choices=PARTS,
        help=f"run only this part ({', '.join(PARTS)}); repeatable",
    )
    parts = parser.parse_args().only or PARTS
    begin = time.monotonic()
    print(f"{platform.python_implementation()} {platform.python_version()}", end=", ")
    print(f"{os.cpu_count()} CPUs, {platform.platform()}")
    print("Peers:", ", ".join(f"{peer} {version(peer)}" for peer in PEERS))
    print("Medians with quartiles; ratios are computed within each round. See the README.")
    for part in parts:
        import_module(f"benchmarks.{part}").main()
    print(f"\nTotal: {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
