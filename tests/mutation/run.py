"""All mutants of all mappings and specs: what the check finds, by kind, and what it does not.

`python -m tests.mutation.run [--jobs N] [FILE ...]`
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from multiprocessing import Pool

from tests.mutation.finding import first_code
from tests.mutation.subjects import every


def code_of(number: int) -> str:
    mutant = every()[number]
    try:
        return first_code(mutant)
    except Exception as error:
        return f"CRASH {type(error).__name__}: {error}"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    wanted = [n for n, one in enumerate(every()) if one.file in (arguments.files or [one.file])]
    start = time.perf_counter()
    with Pool(arguments.jobs) as pool:
        codes = dict(zip(wanted, pool.map(code_of, wanted, chunksize=16), strict=True))
    took = time.perf_counter() - start
    by_kind: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for number, code in codes.items():
        mutant = every()[number]
        by_kind[mutant.file.rpartition(".")[2], mutant.kind][code.partition(":")[0]] += 1
    for (file, kind), found in sorted(by_kind.items()):
        listed = ", ".join(f"{code or 'NOT FOUND'} {count}" for code, count in found.most_common())
        print(f"{file} {kind:24}{sum(found.values()):6}  {listed}")
    for number, code in codes.items():
        if not code or code.startswith("CRASH"):
            print(f"  {every()[number].name}   {code}", file=sys.stderr)
    missed = sum(not code for code in codes.values())
    print(f"{len(codes)} mutants, {missed} not found, {took:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
