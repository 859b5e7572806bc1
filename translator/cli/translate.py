"""`translator translate`: translate files of events."""

from __future__ import annotations

import argparse
import os
import re
import time
from typing import Any, Final

from translator.cli.exits import UsageError
from translator.cli.files import STANDARD_STREAM
from translator.cli.options import (
    add_input_arguments,
    add_pair_arguments,
    add_repeatable,
    build_folders,
    build_translator,
    unique_values,
)
from translator.cli.run import Files, LineFormat, RejectLimit, check_files, translate_files
from translator.engine.translator import Translator
from translator.streaming.body_fields import parse_body_fields
from translator.streaming.framing import BodyFraming, wrapped_framing
from translator.streaming.pipeline import Framing, WithLosses, bare_framing

_MAX_COUNT: Final = 1_000_000

DESCRIPTION = """\
Read one JSON event per line (NDJSON) and write its translations, one per line,
to standard output or to the file given by -o, which appears only when the run
is complete. A line that is not JSON, is not a valid event or has no translation
is rejected and does not stop the run: it is written to the file given by
--rejects as {"line", "code", "path", "message", "event"}, or shown on standard
error, where more than 20 rejects are counted by cause.
Blank lines are skipped. At the end, the counts are shown on standard error.
Files with the extension .gz or .zst are read and written compressed. Of a file
with the extension .parquet, each row is an event; -o writes one with the column
`event`.

Several FILEs are read in order; rejects and losses then have the field `file`.
A JSON array of events, and JSON over several lines, are read too; `line` is then
the number of the event.

--losses and --sum-losses report what the translations lose: each field that was
lost, approximated, normalised or carried. Both show the number of losses before
the counts, by kind and path, with list indexes omitted: $.product_ids[]. The
file given by --losses receives each loss as {"line", "at", "kind", "path",
"because"}, where `at` is the path of the event in its line; it appears together
with the output. Without these options there is no overhead.
"""

EXAMPLES = """\
  translator translate {source} {target} events.ndjson -o out.ndjson --rejects rejects.ndjson
  translator translate {source} {target} events.ndjson --param timezone=Europe/Berlin
  translator translate {source} {target} events.ndjson --crosswalk items=items.csv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_pair_arguments(parser)
    about = "read and write request bodies, one per line, in formats that define them"
    add_input_arguments(parser, about, takes_several=True)
    about = "column of the events in Parquet files, as JSON (default: the only column, or `value`)"
    parser.add_argument("--column", metavar="NAME", help=about)
    about = "write the translations to FILE (default: -, standard output)"
    parser.add_argument("-o", "--output", default="-", metavar="FILE", help=about)
    parser.add_argument("--rejects", metavar="FILE", help="write rejected events to FILE")
    about = "end the run early if more than N events, or N percent of them, are rejected"
    settings: dict[str, Any] = {"type": _parse_limit, "metavar": "N|N%%", "help": about}
    parser.add_argument("--max-rejects", **settings)
    about = "write counts, hashes of specs and mappings, and more to FILE, as JSON"
    parser.add_argument("--summary", metavar="FILE", help=about)
    parser.add_argument("--losses", metavar="FILE", help="write each loss to FILE and show totals")
    parser.add_argument("--sum-losses", action="store_true", help="show totals of the losses")
    about = "show no counts, totals or progress"
    parser.add_argument("-q", "--quiet", action="store_true", help=about)
    about = "number of worker processes (default: 1)"
    parser.add_argument("--jobs", type=_parse_count, default=1, metavar="N", help=about)
    about = "with --envelope, maximum number of events per body"
    parser.add_argument("--batch", type=_parse_count, metavar="N", help=about)
    about = "with --envelope, supply a field of the written bodies beside their events"
    add_repeatable(parser, "--body", about, metavar="FIELD=VALUE", type=_parse_body_field)
    about = "the same, with the value of an environment variable"
    add_repeatable(parser, "--body-env", about, metavar="FIELD=VARIABLE", type=_parse_body_variable)


def _parse_count(string: str) -> int:
    if not string.isdecimal() or not 1 <= int(string) <= _MAX_COUNT:
        raise argparse.ArgumentTypeError(f"{string!r} is not a number from 1 to {_MAX_COUNT}")
    return int(string)


def _parse_limit(string: str) -> RejectLimit:
    number = string.removesuffix("%")
    is_percentage = number != string
    pattern = r"\d{1,3}(\.\d{1,9})?" if is_percentage else r"\d{1,15}"
    if not re.fullmatch(pattern, number, re.ASCII) or (is_percentage and float(number) > 100):
        problem = "is not a number of events such as 10, or a percentage such as 0.5%"
        raise argparse.ArgumentTypeError(f"{string!r} {problem}")
    return RejectLimit(float(number), is_percentage)


def _parse_body_field(string: str) -> tuple[str, str]:
    name, equals, value = string.partition("=")
    if not name or not equals:  # the message does not show the string, which may be a secret
        raise argparse.ArgumentTypeError("the argument does not have the form FIELD=VALUE")
    return name, value


def _parse_body_variable(string: str) -> tuple[str, str]:
    name, equals, variable = string.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError("the argument does not have the form FIELD=VARIABLE")
    if variable not in os.environ:  # the message does not show it, as it may be the value itself
        raise argparse.ArgumentTypeError(f"{name}: there is no environment variable of this name")
    return name, os.environ[variable]


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    start = time.monotonic()
    sources = tuple(arguments.files) or (STANDARD_STREAM,)
    outputs = (arguments.output, arguments.rejects, arguments.losses, arguments.summary)
    files = Files(sources, *outputs, column=arguments.column)
    check_files(files)
    if arguments.jobs > 1 and not hasattr(os, "fork"):
        raise UsageError("--jobs is not supported on this system, because processes cannot fork")
    if arguments.sum_losses and arguments.quiet:
        raise UsageError("--quiet hides the totals that --sum-losses shows; remove one of them")
    folders = build_folders(arguments)
    summarize = None
    if arguments.summary is not None:
        from translator.cli.summary import summarizer

        summarize = summarizer(arguments, sources, folders, start)
    translator = build_translator(arguments, folders)
    line_format = _line_format(arguments, translator)
    reports_losses = arguments.losses is not None or arguments.sum_losses
    stream_translator = WithLosses(translator) if reports_losses else translator
    return translate_files(
        stream_translator,
        files,
        line_format,
        jobs=arguments.jobs,
        quiet=arguments.quiet,
        reject_limit=arguments.max_rejects,
        summarize=summarize,
    )


def _line_format(arguments: argparse.Namespace, translator: Translator) -> LineFormat:
    """Apply --wrapped, --envelope, --batch, --body and --body-env. Raises `UsageError`."""
    framing: Framing = wrapped_framing if arguments.wrapped else bare_framing
    batch = arguments.batch
    given = [*arguments.body, *arguments.body_env]
    if not arguments.envelope:
        if batch is not None:
            raise UsageError("--batch limits the events per body; it requires --envelope")
        if given:
            raise UsageError("--body supplies fields of request bodies; it requires --envelope")
        return LineFormat(framing)
    source, target = translator.envelopes
    if source is not None:
        if arguments.wrapped:
            raise UsageError("--wrapped and --envelope cannot be combined for input lines")
        framing = BodyFraming(source)
    if target is None:
        if source is None:
            names = f"neither {arguments.source} nor {arguments.target}"
            raise UsageError(f"--envelope: {names} has request bodies (x-envelope in the spec)")
        for option, value in (("--batch", batch), ("--body", given or None)):
            if value is not None:
                raise UsageError(f"{option}: {arguments.target} has no request bodies to write")
        return LineFormat(framing)
    limit = target.max_events
    if batch is not None and limit is not None and batch > limit:
        limits = f"a body of {arguments.target} holds at most {limit} events"
        raise UsageError(f"--batch {batch}: {limits}")
    strings = unique_values(given, "--body")
    try:
        body_fields = parse_body_fields(target, strings)
    except ValueError as error:
        raise UsageError(f"--body FIELD=VALUE: {error}") from None
    return LineFormat(framing, target, batch or limit, body_fields)
