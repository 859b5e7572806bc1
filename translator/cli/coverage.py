"""`translator coverage`: how much of each format reaches the others."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from translator.cli.exits import DONE
from translator.cli.files import print_out
from translator.cli.options import add_folder_arguments, build_catalog
from translator.report.table import format_table

if TYPE_CHECKING:
    from translator.analysis.coverage import Flow

TEXT = """\
Counts, for each pair of formats, how many kinds of events and how many leaves
of the source's spec reach the target: exactly, approximately, by an opt-in,
carried for the way back, or not at all. With SOURCE and TARGET, says it of
each kind of event and of each leaf, with the rules and the reasons. --html
writes the same as one page to look at.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("source", nargs="?", metavar="SOURCE", help="only from this format")
    parser.add_argument("target", nargs="?", metavar="TARGET", help="row by row to this format")
    parser.add_argument("--html", metavar="FILE", help="write it as a page to look at")
    parser.add_argument(
        "--output-format", choices=("text", "json"), default="text", help="text by default"
    )
    add_folder_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; gives the exit code."""
    from translator.analysis.coverage import coverage
    from translator.report.coverage import flow_matrix, to_data

    catalog = build_catalog(arguments)
    single_pair = arguments.target is not None
    if single_pair:
        flows = [coverage(catalog, arguments.source, arguments.target)]
    else:
        if arguments.source is not None:
            catalog.spec(arguments.source)
        flows = flow_matrix(catalog, arguments.source)
    if arguments.html is not None:
        from translator.report.coverage import render_html

        Path(arguments.html).write_text(render_html(flows), encoding="utf-8")
    elif arguments.output_format == "json":
        data = [to_data(pair_flow, detail=single_pair) for pair_flow in flows]
        print_out(
            json.dumps(data[0] if single_pair else {"pairs": data}, indent=2, ensure_ascii=False)
        )
    elif single_pair:
        print_out("\n".join(_format_pair(flows[0])))
    else:
        print_out("\n\n".join(_format_grids(flows)))
    return DONE


def _format_grids(flows: Sequence[Flow]) -> Iterator[str]:
    """Two tables of sources by targets: of kinds of events, and of leaves."""
    from translator.analysis.coverage import KIND_REACHES, REACHES

    yield _format_grid(
        "KINDS OF EVENTS", KIND_REACHES, flows, lambda pair_flow: pair_flow.kinds_by_reach
    )
    yield _format_grid("LEAVES", REACHES, flows, lambda pair_flow: pair_flow.leaves_by_reach)


def _format_grid(
    title: str,
    reaches: Sequence[str],
    flows: Sequence[Flow],
    counts: Callable[[Flow], Mapping[str, int]],
) -> str:
    cells = {(one.source, one.target): "/".join(map(str, counts(one).values())) for one in flows}
    sources = dict.fromkeys(source for source, _ in cells)
    targets = sorted({target for _, target in cells})
    rows = [(source, *(cells.get((source, one), "-") for one in targets)) for source in sources]
    header = ("FROM \\ TO", *targets)
    return f"{title} ({'/'.join(reaches)})\n{format_table([header, *rows])}"


def _format_pair(pair_flow: Flow) -> Iterator[str]:
    """A pair, row by row, with the reasons."""
    from translator.paths import format_path
    from translator.report.coverage import coverage_rows

    yield " -> ".join(pair_flow.route)
    kind_count = len(pair_flow.kind_outcomes)
    yield f"\n{kind_count} kinds of events: {_format_counts(pair_flow.kinds_by_reach)}"
    events = [(event.kind, event.reach, event.because) for event in pair_flow.kind_outcomes]
    yield format_table([("EVENT", "REACHES", "WHY"), *events])
    leaves = pair_flow.leaves_by_reach
    yield f"\n{sum(leaves.values())} leaves: {_format_counts(leaves)}"
    table_rows: list[tuple[str, ...]] = [("LEAF", "REACHES", "TO", "IN KINDS", "BY, WHY")]
    for row in coverage_rows(pair_flow):
        name = f"{row.leaf} *" if row.named else row.leaf
        kinds = _format_counts(row.kinds)
        if not row.lines:
            table_rows.append((name, row.reach, "", kinds, row.because))
        for number, line in enumerate(row.lines):
            rule_names = ", ".join(line.rules)
            reason = f"{rule_names}: {line.because}" if line.because else rule_names
            is_first = not number
            table_rows.append((name * is_first, line.reach, line.target, kinds * is_first, reason))
    yield format_table(table_rows)
    if any(leaf.read_by_key for leaf in pair_flow.leaves):
        yield "* read by its key; its leaf is the member whose keys are free"
    if pair_flow.filled_fields:
        yield f"\nfilled without the event, where {pair_flow.source} says nothing:"
        yield format_table(
            [
                (format_path(supply.target), f"{supply.how} {supply.name}".rstrip())
                for supply in pair_flow.filled_fields
            ]
        )


def _format_counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{reach} {count}" for reach, count in counts.items() if count)
