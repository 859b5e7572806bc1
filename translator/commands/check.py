"""`translator check`: specs and mappings against one another."""

from __future__ import annotations

import argparse

from translator.commands.given import add_folders, catalog_of
from translator.commands.printing import print_out
from translator.exits import DONE, REJECTED

TEXT = """\
Finds what would make translations wrong (members and values that do not
exist, rules that cannot hold) and what nobody thought of: members and values
of either side that a mapping neither maps nor loses with a reason. Exits with
0 if there is nothing to find, and with 1 otherwise.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_folders(parser)
    parser.add_argument(
        "--output-format",
        choices=("text", "json", "github", "sarif"),
        default="text",
        help="text for people; by default text",
    )


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; gives the exit code."""
    from translator.catalog import Catalog
    from translator.reporters import REPORTERS

    found = (catalog_of(arguments) or Catalog()).check()
    print_out(REPORTERS[arguments.output_format](found))
    return REJECTED if found else DONE
