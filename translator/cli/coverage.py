"""`translator coverage`: how much of each format reaches the others."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence

from translator.analysis.coverage import (
    KIND_REACHES,
    REACHES,
    CoverageCounts,
    PairCoverage,
    count_coverage,
    coverage,
)
from translator.catalog.catalog import Catalog
from translator.cli.console import output_style
from translator.cli.exits import DONE
from translator.cli.files import print_out, write_text
from translator.cli.garbage import COMPILING, rare_collections
from translator.cli.options import add_folder_arguments, add_output_format, build_catalog
from translator.engine.cache import cache_dir
from translator.report import coverage as report
from translator.report.findings import pluralise
from translator.report.printable import Printable, join_printable, printable_json
from translator.report.style import Style
from translator.report.table import format_table

DESCRIPTION = """\
For each pair of formats, count the kinds of events and the leaf fields of the
source format that reach the target: exactly, approximately, with an opt-in,
only carried for the return trip, or not at all. With SOURCE and TARGET, show
each kind of event and each leaf field, with the mapping rules and the reasons.
--html draws the same as an HTML page.
"""

EXAMPLES = """\
  translator coverage {source} {target}
  translator coverage --html coverage.html
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("source", nargs="?", metavar="SOURCE", help="show only this source format")
    parser.add_argument("target", nargs="?", metavar="TARGET", help="show the details of this pair")
    parser.add_argument("--html", metavar="FILE", help="write an HTML page to FILE")
    add_output_format(parser)
    add_folder_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    catalog = build_catalog(arguments)
    catalog.folders.cache_dir = cache_dir()
    style = output_style(arguments.color)
    as_json = arguments.output_format == "json"
    if arguments.source is not None:
        catalog.spec(arguments.source)
    if arguments.html is not None:
        write_text(arguments.html, _render_html(catalog, arguments))
    elif arguments.target is not None:
        flow = coverage(catalog, arguments.source, arguments.target)
        if as_json:
            print_out(printable_json(report.to_data(flow)))
        else:
            print_out(join_printable(_format_pair(flow, style)))
    else:
        with rare_collections(COMPILING):
            counts = count_coverage(catalog, arguments.source)
        if as_json:
            print_out(printable_json({"pairs": list(map(report.counts_data, counts))}))
        else:
            print_out(join_printable(_format_grids(counts, style), "\n\n"))
    return DONE


def _render_html(catalog: Catalog, arguments: argparse.Namespace) -> str:
    """Return the page of a pair, of all pairs from a source with their drawings, or the matrix."""
    if arguments.target is not None:
        flow = coverage(catalog, arguments.source, arguments.target)
        return report.render_html(catalog, [flow], [flow])
    with rare_collections(COMPILING):
        if arguments.source is not None:
            flows = report.flow_matrix(catalog, arguments.source)
            return report.render_html(catalog, flows, flows)
        folders = [("--specs", arguments.specs), ("--mappings", arguments.mappings)]
        options = [each for name, given in folders for path in given for each in (name, path)]
        return report.render_html(catalog, count_coverage(catalog), (), options)


def _format_grids(flows: Sequence[CoverageCounts], style: Style) -> Iterator[Printable]:
    """Yield two tables with a row per source and a column per target."""
    sources = dict.fromkeys(flow.source for flow in flows)
    targets = sorted({flow.target for flow in flows})
    for title, reaches, attribute in (
        ("KINDS OF EVENTS", KIND_REACHES, "kinds_by_reach"),
        ("LEAVES", REACHES, "leaves_by_reach"),
    ):
        grid = {source: dict.fromkeys(targets, "-") for source in sources}
        for flow in flows:
            grid[flow.source][flow.target] = "/".join(map(str, getattr(flow, attribute).values()))
        rows = [(source, *cells.values()) for source, cells in grid.items()]
        table = format_table(("FROM \\ TO", *targets), rows, style)
        yield join_printable([f"{title} ({'/'.join(reaches)})", table])


def _format_pair(flow: PairCoverage, style: Style) -> Iterator[str]:
    yield " -> ".join(flow.route)
    yield ""
    kind_count = pluralise(len(flow.kind_outcomes), "kind")
    yield f"{kind_count} of events: {_format_counts(flow.kinds_by_reach)}"
    kinds = [(outcome.kind, outcome.reach, outcome.because) for outcome in flow.kind_outcomes]
    yield format_table(("EVENT", "REACHES", "WHY"), kinds, style)
    leaves = flow.leaves_by_reach
    yield ""
    yield f"{sum(leaves.values())} leaves: {_format_counts(leaves)}"
    names = ("LEAF", "REACHES", "TO", "IN KINDS", "BY, WHY")
    table_rows = []
    for row in report.coverage_rows(flow):
        leaf, counts = f"{row.leaf} *" if row.named else row.leaf, _format_counts(row.kinds)
        for line in row.to or (report.CoverageLine("", row.reach, (), row.because),):
            reason = ": ".join(filter(None, (", ".join(line.rules), line.because)))
            table_rows.append((leaf, line.reach, line.target, counts, reason))
    yield format_table(names, table_rows, style, merged=(0, 3))
    if any(leaf.read_by_key for leaf in flow.leaves):
        yield "* read by its key from a field whose keys are free"
    if flow.filled_fields:
        yield ""
        yield f"filled without the event, if {flow.source} has no value:"
        filled_fields = report.filled_fields(flow)
        yield format_table(("FIELD", "BY"), filled_fields, style, header=())


def _format_counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{reach} {count}" for reach, count in counts.items() if count)
