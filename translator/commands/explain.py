"""`translator explain`: what became of each member of an event, and where each came from."""

from __future__ import annotations

import argparse

from translator.commands.given import add_pair, translator_of
from translator.commands.printing import print_out

TEXT = """\
Reads events as translate does, one per line, and says of each what became of
every member, with the reason and the rule, and where every member of its
translations comes from. A refusal is explained in the same way. Exits with 1
where an event was refused.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_pair(parser)
    parser.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="events to read; - is standard input"
    )
    parser.add_argument(
        "--output-format", choices=("text", "json"), default="text", help="text by default"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; gives the exit code."""
    from translator.explaining import explain_file

    show = print_out if arguments.output_format == "text" else None
    return explain_file(translator_of(arguments), arguments.file, show)
