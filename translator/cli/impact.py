"""`translator impact`: what a new version of a spec does to mappings, pairs and models."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from translator.cli.exits import DONE, REJECTED, UsageError
from translator.cli.files import print_out
from translator.cli.options import add_folder_arguments, build_catalog

if TYPE_CHECKING:
    from translator.catalog.catalog import Catalog

TEXT = """\
Tells what a new version of a vendor's spec does: what changes in the events,
which rules of which mapping break, which new members and values no mapping
accounts for, which pairs of formats are no longer proved, and which models
change. Writes no files. Exits with 1 if something breaks, and with 0 if not.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("old", type=Path, metavar="OLD_SPEC", help="the spec as it was, a file")
    parser.add_argument("new", type=Path, metavar="NEW_SPEC", help="the spec as it is to be")
    parser.add_argument(
        "--format", metavar="NAME", help="the format both are of; by default as the files say"
    )
    parser.add_argument(
        "--output-format", choices=("text", "json"), default="text", help="text by default"
    )
    add_folder_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; gives the exit code."""
    from dataclasses import replace

    from translator.analysis.impact import impact
    from translator.report.impact import REPORTERS
    from translator.schema.spec import load_spec

    catalog = build_catalog(arguments)
    old, new = (load_spec(path, path.stem) for path in (arguments.old, arguments.new))
    names = [arguments.format] if arguments.format else dict.fromkeys((old.name, new.name))
    name = _find_format(catalog, list(names))
    report = impact(catalog, replace(old, name=name), replace(new, name=name))
    print_out(REPORTERS[arguments.output_format](report))
    return REJECTED if report.breaks else DONE


def _find_format(catalog: Catalog, names: list[str]) -> str:
    """The one of the names that a mapping relates. Raises `UsageError`."""
    catalog.formats()
    related = sorted({name for link in catalog.mapping_paths() for name in link})
    matches = [name for name in names if name in related]
    if len(matches) == 1:
        return matches[0]
    problem = (
        f"one file is named for {matches[0]!r}, the other for {matches[1]!r}"
        if matches
        else f"no mapping relates a format {' or '.join(map(repr, names))}"
    )
    raise UsageError(
        f"{problem}: give --format, one of {', '.join(related)}, "
        "or --mappings for formats of your own"
    )
