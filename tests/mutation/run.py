"""All mutants of all mappings and specs: what the check finds, by kind and code.

`python -m tests.mutation.run [--jobs N] [--every N] [FILE ...]` prints a table and exits with 1
where a mutant is neither found nor on the list of survivors, where one on the list is found, and
where one on the list changes a translation after all.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from multiprocessing import Pool
from pathlib import Path

from tests.mutation.corpus import differs
from tests.mutation.finding import first_code
from tests.mutation.subjects import every
from tests.mutation.survivors import groups, listed


def code_of(number: int) -> str:
    """The code of the first finding in a mutant, by its number, or what broke the check."""
    try:
        return first_code(every()[number])
    except Exception as error:
        return f"CRASH {type(error).__name__}: {error}"


def difference(number: int) -> str:
    """What a mutant that was not found changes."""
    return differs(every()[number])


def main() -> int:
    """Run all, or some, and print what came of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="every so many mutants only")
    parser.add_argument("--names", help="a file of names: these mutants only")
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    wanted = [n for n, one in enumerate(every()) if one.file in (arguments.files or [one.file])]
    if arguments.names:
        names = set(Path(arguments.names).read_text(encoding="utf-8").splitlines())
        wanted = [n for n in wanted if every()[n].name in names]
    wanted = wanted[:: arguments.every]
    start = time.perf_counter()
    with Pool(arguments.jobs) as pool:
        codes = dict(zip(wanted, pool.map(code_of, wanted, chunksize=16), strict=True))
        table(codes)
        left = [number for number, code in codes.items() if not code]
        found = dict(zip(left, pool.map(difference, left, chunksize=1), strict=True))
    problems = [*crashes(codes), *unlisted(found), *changing(found), *miscounted(left, wanted)]
    for problem in problems:
        print(problem)
    took = time.perf_counter() - start
    print(
        f"{len(codes)} mutants: {len(codes) - len(left)} found, {len(left)} change no translation, "
        f"{len(problems)} problems; {took:.0f} s"
    )
    return 1 if problems else 0


def table(codes: dict[int, str]) -> None:
    """Print what was found, by kind."""
    by_kind: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for number, code in codes.items():
        mutant = every()[number]
        of = "spec" if mutant.file.endswith(".json") else "mapping"
        by_kind[of, mutant.kind][code.partition(":")[0]] += 1
    for (of, kind), counts in sorted(by_kind.items()):
        listed_codes = ", ".join(f"{code or 'harmless'} {n}" for code, n in counts.most_common())
        print(f"{of:8}{kind:25}{sum(counts.values()):6}  {listed_codes}")


def crashes(codes: dict[int, str]) -> list[str]:
    """The mutants that break the check itself."""
    return [f"{every()[n].name}: {code}" for n, code in codes.items() if code.startswith("CRASH")]


def unlisted(found: dict[int, str]) -> list[str]:
    """The mutants that are not found and not on the list."""
    names = [every()[number].name for number in found]
    return [f"not found, and not listed: {name}" for name in names if listed(name) is None]


def changing(found: dict[int, str]) -> list[str]:
    """The mutants that are not found and do change translations."""
    return [f"changes: {every()[number].name}: {what}" for number, what in found.items() if what]


def miscounted(left: Sequence[int], wanted: Sequence[int]) -> list[str]:
    """The groups of the list of which some are found, if all mutants were tried."""
    if len(wanted) < len(every()):
        return []
    counts = Counter(group for n in left if (group := listed(every()[n].name)) is not None)
    return [
        f"{group.count} are listed and {counts[group]} not found: {group.because}"
        for group in groups()
        if counts[group] != group.count
    ]


if __name__ == "__main__":
    sys.exit(main())
