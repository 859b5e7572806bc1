"""`translator explain`: what became of each member of an event, and where each came from."""

from __future__ import annotations

import argparse

from translator.commands.given import add_pair_arguments, build_translator
from translator.commands.printing import print_out
from translator.exits import UsageError

TEXT = """\
Reads events as translate does, one per line, and says of each what became of
every member, with the reason and the rule, and where every member of its
translations comes from. A refusal is explained in the same way. Exits with 1
where an event was refused.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_pair_arguments(parser)
    parser.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="events to read; - is standard input"
    )
    parser.add_argument(
        "--wrapped",
        action="store_true",
        help='read lines of the form {"event": …, "params": {…}}',
    )
    parser.add_argument("--envelope", action="store_true", help="read request bodies, one a line")
    parser.add_argument(
        "--output-format", choices=("text", "json"), default="text", help="text by default"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; gives the exit code."""
    from translator.envelopes import BodyFraming
    from translator.explaining import Explainer, explain_file
    from translator.streams import bare_framing
    from translator.wrapped import WrappedFraming

    translator = build_translator(arguments)
    show = print_out if arguments.output_format == "text" else None
    explaining = Explainer(translator, show)
    if arguments.wrapped and arguments.envelope:
        raise UsageError("--wrapped and --envelope: events come either way, not both")
    if not arguments.envelope:
        framing = WrappedFraming(explaining) if arguments.wrapped else bare_framing
        return explain_file(explaining, arguments.file, framing)
    source_envelope = translator.envelopes[0]
    if source_envelope is None:
        message = f"--envelope: {arguments.source} has no request bodies (x-envelope of a spec)"
        raise UsageError(message)
    return explain_file(explaining, arguments.file, BodyFraming(source_envelope))
