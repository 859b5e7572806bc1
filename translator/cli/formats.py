"""`translator formats`: list the formats, their pairs, and the params of each pair."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from translator.catalog.catalog import FormatPair
from translator.cli.console import output_style
from translator.cli.exits import DONE
from translator.cli.files import print_out
from translator.cli.options import add_folder_arguments, add_output_format, build_catalog
from translator.report.printable import Printable, join_printable, printable_json
from translator.report.style import Style
from translator.report.table import format_table

EXAMPLES = """\
  translator formats
  translator formats --specs specs --mappings mappings --output-format json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_output_format(parser)
    add_folder_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    catalog = build_catalog(arguments)
    formats, pairs = catalog.formats(), catalog.pairs()
    if arguments.output_format == "json":
        data = {"formats": formats, "pairs": [_pair_data(pair) for pair in pairs]}
        print_out(printable_json(data))
    else:
        print_out(_format_listing(formats, pairs, output_style(arguments.color)))
    return DONE


def _pair_data(pair: FormatPair) -> dict[str, Any]:
    params = [{"name": use.name, "about": use.about, "needed": use.required} for use in pair.params]
    return asdict(pair) | {"params": params}


def _format_listing(formats: Sequence[str], pairs: Sequence[FormatPair], style: Style) -> Printable:
    names = ("SOURCE", "TARGET", "PARAMS", "OPT-INS", "CROSSWALKS")
    rows = []
    for pair in pairs:
        params = ", ".join(f"{param.name}{'!' if param.required else ''}" for param in pair.params)
        opt_ins, crosswalks = ", ".join(pair.opt_ins), ", ".join(pair.crosswalks)
        rows.append((pair.source, pair.target, params, opt_ins, crosswalks))
    sections = [f"formats: {', '.join(formats)}", format_table(names, rows, style)]
    descriptions = {param.name: param.about for pair in pairs for param in pair.params}
    if descriptions:
        sections.append(format_table(("PARAM", "DESCRIPTION"), sorted(descriptions.items()), style))
        sections.append("! = required for every event; others may be required for some")
    return join_printable(sections, "\n\n")
