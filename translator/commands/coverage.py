"""`translator coverage`: how much of each format reaches the others."""

from __future__ import annotations

import argparse
from pathlib import Path

from translator.commands.given import add_folders, catalog_of
from translator.commands.printing import print_out
from translator.exits import DONE


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("source", nargs="?", metavar="SOURCE", help="only from this format")
    parser.add_argument("target", nargs="?", metavar="TARGET", help="row by row to this format")
    parser.add_argument("--html", metavar="FILE", help="write it as a page to look at")
    add_folders(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; gives the exit code."""
    from translator.catalog import Catalog
    from translator.coverage import as_html, as_text, cell, matrix, rows_as_text

    catalog = catalog_of(arguments) or Catalog()
    if arguments.target is not None:
        cells = [cell(catalog, arguments.source, arguments.target)]
    else:
        cells = matrix(catalog)
        if arguments.source is not None:
            catalog.spec(arguments.source)
            cells = [one for one in cells if one.source == arguments.source]
    if arguments.html is not None:
        Path(arguments.html).write_text(as_html(cells), encoding="utf-8")
    elif arguments.target is not None:
        print_out(rows_as_text(cells[0]))
    else:
        print_out(as_text(cells))
    return DONE
