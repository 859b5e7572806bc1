"""Check all mutants of all mappings and specs, and count the findings by kind and code.

`python -m tests.mutation.run [--jobs N] [--every N] [FILE ...]` prints a table. It exits with 1 if
a mutant without findings is not in the list of survivors or changes a translation, or if a mutant
in the list has a finding.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from multiprocessing import Pool
from pathlib import Path

from tests.mutation.check import first_code
from tests.mutation.corpus import difference
from tests.mutation.subjects import all_mutants
from tests.mutation.survivors import group_of, groups


def code_of(number: int) -> str:
    """The code of the first finding in a mutant, or the exception that the check raised."""
    try:
        return first_code(all_mutants()[number])
    except Exception as error:
        return f"CRASH {type(error).__name__}: {error}"


def difference_of(number: int) -> str:
    """What a mutant without findings changes."""
    return difference(all_mutants()[number])


def main() -> int:
    """Check the mutants and print the results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="check every Nth mutant only")
    parser.add_argument("--names", help="a file with the names of the mutants to check")
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    numbers = [
        number
        for number, mutant in enumerate(all_mutants())
        if not arguments.files or mutant.file in arguments.files
    ]
    if arguments.names:
        names = set(Path(arguments.names).read_text(encoding="utf-8").splitlines())
        numbers = [number for number in numbers if all_mutants()[number].name in names]
    numbers = numbers[:: arguments.every]
    start = time.perf_counter()
    with Pool(arguments.jobs) as pool:
        codes = dict(zip(numbers, pool.map(code_of, numbers, chunksize=16), strict=True))
        print_table(codes)
        survivors = [number for number, code in codes.items() if not code]
        differences = dict(
            zip(survivors, pool.map(difference_of, survivors, chunksize=1), strict=True)
        )
    problems = [
        *crashes(codes),
        *unlisted(survivors),
        *changing(differences),
        *miscounted(survivors, numbers),
    ]
    for problem in problems:
        print(problem)
    print(
        f"{len(codes)} mutants: {len(codes) - len(survivors)} found, "
        f"{len(survivors)} change no translation, {len(problems)} problems; "
        f"{time.perf_counter() - start:.0f} s"
    )
    return 1 if problems else 0


def print_table(codes: dict[int, str]) -> None:
    """Print the number of findings by kind of mutant."""
    by_kind: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for number, code in codes.items():
        mutant = all_mutants()[number]
        file_type = "spec" if mutant.file.endswith(".json") else "mapping"
        by_kind[file_type, mutant.kind][code.partition(":")[0]] += 1
    for (file_type, kind), counts in sorted(by_kind.items()):
        code_counts = ", ".join(f"{code or 'harmless'} {n}" for code, n in counts.most_common())
        print(f"{file_type:8}{kind:25}{sum(counts.values()):6}  {code_counts}")


def crashes(codes: dict[int, str]) -> list[str]:
    """Mutants on which the check raises an exception."""
    return [
        f"{all_mutants()[n].name}: {code}" for n, code in codes.items() if code.startswith("CRASH")
    ]


def unlisted(survivors: Sequence[int]) -> list[str]:
    """Mutants without findings that are not in the list."""
    names = [all_mutants()[number].name for number in survivors]
    return [f"no finding, and not listed: {name}" for name in names if group_of(name) is None]


def changing(differences: dict[int, str]) -> list[str]:
    """Mutants without findings that change translations."""
    return [
        f"changes: {all_mutants()[number].name}: {difference}"
        for number, difference in differences.items()
        if difference
    ]


def miscounted(survivors: Sequence[int], numbers: Sequence[int]) -> list[str]:
    """Groups of the list with a wrong count, if all mutants were checked."""
    if len(numbers) < len(all_mutants()):
        return []
    counts = Counter(group_of(all_mutants()[number].name) for number in survivors)
    return [
        f"{group.count} listed, {counts[group]} without findings: {group.because}"
        for group in groups()
        if counts[group] != group.count
    ]


if __name__ == "__main__":
    sys.exit(main())
