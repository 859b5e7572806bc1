"""`translator coverage`: how much of each format reaches the others."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from translator.commands.given import add_folders, catalog_of
from translator.commands.printing import print_out, table
from translator.exits import DONE

if TYPE_CHECKING:
    from translator.reach import Flow

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
    add_folders(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; gives the exit code."""
    from translator.coverage import as_data, matrix
    from translator.flow import flow

    catalog = catalog_of(arguments)
    one = arguments.target is not None
    if one:
        flows = [flow(catalog, arguments.source, arguments.target)]
    else:
        if arguments.source is not None:
            catalog.spec(arguments.source)
        flows = matrix(catalog, arguments.source)
    if arguments.html is not None:
        from translator.page import as_html

        Path(arguments.html).write_text(as_html(flows), encoding="utf-8")
    elif arguments.output_format == "json":
        data = [as_data(each, detail=one) for each in flows]
        print_out(json.dumps(data[0] if one else {"pairs": data}, indent=2, ensure_ascii=False))
    elif one:
        print_out("\n".join(_pair(flows[0])))
    else:
        print_out("\n\n".join(_grids(flows)))
    return DONE


def _grids(flows: Sequence[Flow]) -> Iterator[str]:
    """Two tables of sources by targets: of kinds of events, and of leaves."""
    from translator.reach import ARRIVALS, REACHES

    yield _grid("KINDS OF EVENTS", ARRIVALS, flows, lambda one: one.events_by_reach)
    yield _grid("LEAVES", REACHES, flows, lambda one: one.leaves_by_reach)


def _grid(
    title: str,
    reaches: Sequence[str],
    flows: Sequence[Flow],
    counts: Callable[[Flow], Mapping[str, int]],
) -> str:
    cells = {(one.source, one.target): "/".join(map(str, counts(one).values())) for one in flows}
    sources = dict.fromkeys(source for source, _ in cells)
    targets = sorted({target for _, target in cells})
    body = [(source, *(cells.get((source, one), "-") for one in targets)) for source in sources]
    head = ("FROM \\ TO", *targets)
    return f"{title} ({'/'.join(reaches)})\n{table([head, *body])}"


def _pair(one: Flow) -> Iterator[str]:
    """A pair, row by row, with the reasons."""
    from translator.coverage import rows
    from translator.paths import show_path

    yield " -> ".join(one.way)
    yield f"\n{len(one.events)} kinds of events: {_counts(one.events_by_reach)}"
    events = [(event.kind, event.reach, event.because) for event in one.events]
    yield table([("EVENT", "REACHES", "WHY"), *events])
    leaves = one.leaves_by_reach
    yield f"\n{sum(leaves.values())} leaves: {_counts(leaves)}"
    body: list[tuple[str, ...]] = [("LEAF", "REACHES", "TO", "IN KINDS", "BY, WHY")]
    for row in rows(one):
        name = f"{row.leaf} *" if row.named else row.leaf
        kinds = _counts(row.kinds)
        if not row.lines:
            body.append((name, row.reach, "", kinds, row.because))
        for number, line in enumerate(row.lines):
            by = ", ".join(line.rules)
            why = f"{by}: {line.because}" if line.because else by
            first = not number
            body.append((name * first, line.reach, line.target, kinds * first, why))
    yield table(body)
    if any(leaf.named for leaf in one.leaves):
        yield "* read by its key; its leaf is the member whose keys are free"
    if one.supplies:
        yield f"\nfilled without the event, where {one.source} says nothing:"
        yield table([(show_path(s.target), f"{s.how} {s.name}".rstrip()) for s in one.supplies])


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{reach} {count}" for reach, count in counts.items() if count)
