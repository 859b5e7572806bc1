"""`translator formats`: what there is to translate, and what each pair needs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from translator.commands.given import add_folders, catalog_of
from translator.commands.printing import print_out, table
from translator.exits import DONE

if TYPE_CHECKING:
    from translator.catalog import Pair


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "--output-format", choices=("text", "json"), default="text", help="text by default"
    )
    add_folders(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; gives the exit code."""
    catalog = catalog_of(arguments)
    if arguments.output_format == "json":
        data = {"formats": catalog.formats(), "pairs": [_pair(one) for one in catalog.pairs()]}
        print_out(json.dumps(data, indent=2, ensure_ascii=False))
        return DONE
    print_out(_listing(catalog.formats(), catalog.pairs()))
    return DONE


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "source": pair.source,
        "target": pair.target,
        "params": [
            {"name": one.name, "about": one.about, "needed": one.needed} for one in pair.params
        ],
        "opt_ins": list(pair.opt_ins),
        "crosswalks": list(pair.crosswalks),
    }


def _listing(formats: Sequence[str], pairs: Sequence[Pair]) -> str:
    """Formats, pairs and params as tables of plain text."""
    head = ("SOURCE", "TARGET", "PARAMS (! = needed)", "OPT-INS", "CROSSWALKS")
    rows = [
        (
            pair.source,
            pair.target,
            ", ".join(f"{one.name}{'!' if one.needed else ''}" for one in pair.params),
            ", ".join(pair.opt_ins),
            ", ".join(pair.crosswalks),
        )
        for pair in pairs
    ]
    about = {one.name: one.about for pair in pairs for one in pair.params}
    parts = [f"formats: {', '.join(formats)}", table([head, *rows])]
    if about:
        parts.append(table([("PARAM", "IS"), *sorted(about.items())]))
    return "\n\n".join(parts)
