"""`make laws`: test the law of small formats on new formats, and print what breaks it."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

from tests.laws.small_formats.kinds import KINDS
from tests.laws.small_formats.law import (
    CaseResult,
    Counts,
    Workplace,
    minimise,
    reproduction,
    run_number,
)
from tests.laws.small_formats.mappings import SHAPE_NAMES

REPRODUCTIONS = Path(__file__).parents[3] / "build" / "small-formats"


def main() -> int:
    """Test cases until the time is over; the exit code says whether one broke the law."""
    parser = argparse.ArgumentParser(prog="tests.laws.small_formats", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="determines the cases")
    parser.add_argument("--seconds", type=float, default=0, help="time to test for")
    parser.add_argument("--minutes", type=float, default=0, help="the same in minutes")
    parser.add_argument("--cases", type=int, help="number of cases, instead of a time")
    parser.add_argument("--only", type=int, help="test only the case of this number")
    parser.add_argument("--first", action="store_true", help="end at the first finding")
    parser.add_argument("--show", type=int, default=30, help="groups of findings to print")
    arguments = parser.parse_args()
    seconds = arguments.seconds + 60 * arguments.minutes or 60
    workplace, counts = Workplace(), Counts()
    groups: dict[str, tuple[int, CaseResult]] = {}
    sizes: Counter[str] = Counter()
    shapes: dict[str, Counter[str]] = {}
    start, number = time.monotonic(), arguments.only or 0
    while True:
        result = run_number(number, arguments.seed, workplace, counts)
        for group in dict.fromkeys(finding.group for finding in result.findings):
            sizes[group] += 1
            shapes.setdefault(group, Counter())[result.case.shape] += 1
            if group not in groups:
                groups[group] = number, result
        number += 1
        is_last = arguments.cases is not None and number >= arguments.cases
        is_late = arguments.cases is None and time.monotonic() - start > seconds
        if arguments.first and sizes:
            print(f"case {number - 1}: {next(iter(sizes))}")
            return 1
        if arguments.only is not None or is_last or is_late:
            break
    elapsed = time.monotonic() - start
    _print_counts(counts, elapsed, arguments.seed)
    REPRODUCTIONS.mkdir(parents=True, exist_ok=True)
    for index, (group, size) in enumerate(sizes.most_common()):
        number, result = groups[group]
        usual = ", ".join(f"{shape} ({count})" for shape, count in shapes[group].most_common(3))
        print(f"\n=== {group}\n{size} cases; first case {number}; {usual}", flush=True)
        if index >= arguments.show:
            continue
        finding = next(finding for finding in result.findings if finding.group == group)
        small = minimise(result, finding, workplace)
        path = REPRODUCTIONS / f"{arguments.seed}-{number}-{index}.sh"
        path.write_text(f"# {group}\n{reproduction(small.case, small.findings[0])}\n", "utf-8")
        for name, spec in small.case.specs.items():
            print(f"{name}: {json.dumps(spec['components']['schemas'], ensure_ascii=False)}")
        for mapping in small.case.mappings.values():
            body = {key: value for key, value in mapping.items() if key != "version"}
            print(json.dumps(body, ensure_ascii=False))
        if small.case.params or small.case.allow or small.case.crosswalks:
            print("given", small.case.params, small.case.allow, small.case.crosswalks)
        event = small.findings[0].event
        print(
            " -> ".join(small.findings[0].pair), "no event" if event is None else json.dumps(event)
        )
        print(small.findings[0].what.strip()[:1200])
        print(path)
    workplace.close()
    return int(bool(sizes))


def _print_counts(counts: Counts, seconds: float, seed: int) -> None:
    total_kinds = sum(map(len, KINDS.values()))
    refused = counts.cases - counts.clean
    print(
        f"seed {seed}: {counts.cases} cases in {seconds:.0f} s ({counts.cases / seconds:.0f}/s), "
        f"{refused} ({100 * refused // max(counts.cases, 1)} %) refused by check; "
        f"{counts.pairs} pairs, {counts.events} events ({counts.events / seconds:.0f}/s): "
        f"{counts.translated} translated, {counts.refused} refused, {counts.invalid} invalid; "
        f"{counts.findings} findings"
    )
    print("verdicts:", dict(counts.verdicts.most_common()))
    print("refused by check:", dict(counts.refused_by.most_common()))
    missing = sorted(set(SHAPE_NAMES) - set(counts.clean_shapes))
    print(f"kinds in clean cases: {len(counts.clean_kinds)} of {total_kinds}")
    print("shapes without a clean case:", missing)


if __name__ == "__main__":
    sys.exit(main())
