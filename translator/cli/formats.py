"""`translator formats`: what there is to translate, and what each pair needs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from translator.cli.exits import DONE
from translator.cli.files import print_out
from translator.cli.options import add_folder_arguments, build_catalog
from translator.report.table import format_table

if TYPE_CHECKING:
    from translator.catalog.catalog import FormatPair


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "--output-format", choices=("text", "json"), default="text", help="text by default"
    )
    add_folder_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; gives the exit code."""
    catalog = build_catalog(arguments)
    if arguments.output_format == "json":
        data = {
            "formats": catalog.formats(),
            "pairs": [_pair_data(pair) for pair in catalog.pairs()],
        }
        print_out(json.dumps(data, indent=2, ensure_ascii=False))
        return DONE
    print_out(_format_listing(catalog.formats(), catalog.pairs()))
    return DONE


def _pair_data(pair: FormatPair) -> dict[str, Any]:
    return {
        "source": pair.source,
        "target": pair.target,
        "params": [
            {"name": param.name, "about": param.about, "needed": param.required}
            for param in pair.params
        ],
        "opt_ins": list(pair.opt_ins),
        "crosswalks": list(pair.crosswalks),
    }


def _format_listing(formats: Sequence[str], pairs: Sequence[FormatPair]) -> str:
    """Formats, pairs and params as tables of plain text."""
    header = ("SOURCE", "TARGET", "PARAMS (! = needed)", "OPT-INS", "CROSSWALKS")
    rows = [
        (
            pair.source,
            pair.target,
            ", ".join(f"{param.name}{'!' if param.required else ''}" for param in pair.params),
            ", ".join(pair.opt_ins),
            ", ".join(pair.crosswalks),
        )
        for pair in pairs
    ]
    descriptions = {param.name: param.about for pair in pairs for param in pair.params}
    sections = [f"formats: {', '.join(formats)}", format_table([header, *rows])]
    if descriptions:
        sections.append(format_table([("PARAM", "IS"), *sorted(descriptions.items())]))
    return "\n\n".join(sections)
