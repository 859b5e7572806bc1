"""`translator translate`: a file of events, translated."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Final

from translator.cli.exits import UsageError
from translator.cli.options import add_pair_arguments, build_translator

if TYPE_CHECKING:
    from translator.cli.run import LineFormat
    from translator.engine.translator import Translator
    from translator.streaming.pipeline import Framing

_MAX_COUNT: Final = 1_000_000

TEXT = """\
Reads one JSON event per line (NDJSON) and writes its translations, one per
line, to standard output or to the file of -o, which appears only when all is
done. A line that is no JSON, no valid event or has no translation is rejected
and does not stop the run: it goes to the file of --rejects as {"line", "code",
"path", "message", "event"}, or is shown on standard error. Blank lines are
skipped. The counts close the run on standard error. Files whose names end in
.gz or .zst are read and written compressed.

--losses and --sum-losses ask what the translations lose: each member that was
lost, approximated, normalised or carried. Either shows before the counts how
often each was, by kind and path, places in lists left out: $.product_ids[].
The file of --losses holds each loss as {"line", "at", "kind", "path",
"because"}, `at` being where the event stands in its line. It appears with the
output. Without them a run is faster, since nothing is kept account of.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_pair_arguments(parser)
    parser.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="events to read; - is standard input"
    )
    parser.add_argument(
        "-o", "--output", default="-", metavar="FILE", help="write the translations there"
    )
    parser.add_argument("--rejects", metavar="FILE", help="write rejected lines there")
    parser.add_argument(
        "--losses", metavar="FILE", help="write what each event loses there, and sum it up"
    )
    parser.add_argument(
        "--sum-losses", action="store_true", help="show with the counts what was lost"
    )
    parser.add_argument(
        "-q", "--quiet", action="store_true", help="no counts, no sums, no progress"
    )
    parser.add_argument(
        "--jobs", type=_parse_count, default=1, metavar="N", help="so many processes; by default 1"
    )
    parser.add_argument(
        "--wrapped",
        action="store_true",
        help='read lines of the form {"event": …, "params": {…}}',
    )
    parser.add_argument(
        "--envelope",
        action="store_true",
        help="read and write request bodies, one a line, where a format has them",
    )
    parser.add_argument(
        "--batch", type=_parse_count, metavar="N", help="write at most so many events into a body"
    )


def _parse_count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MAX_COUNT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {_MAX_COUNT}")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; gives the exit code."""
    from translator.cli.run import Files, check_files, translate_file
    from translator.streaming.pipeline import WithLosses, bare_framing

    files = Files(arguments.file, arguments.output, arguments.rejects, arguments.losses)
    check_files(files)
    if arguments.jobs > 1 and not hasattr(os, "fork"):
        raise UsageError("--jobs takes a system whose processes can fork; leave it out")
    if arguments.sum_losses and arguments.quiet:
        raise UsageError("--quiet leaves out the sums that --sum-losses asks for: give one of them")
    translator = build_translator(arguments)
    stream_translator: Translator | WithLosses = translator
    if arguments.losses is not None or arguments.sum_losses:
        from translator.streaming.pipeline import WithLosses

        stream_translator = WithLosses(translator)
    framing: Framing = bare_framing
    if arguments.wrapped:
        from translator.streaming.framing import wrapped_framing

        framing = wrapped_framing
    line_format = _line_format(arguments, translator, framing)
    return translate_file(
        stream_translator, files, line_format, jobs=arguments.jobs, quiet=arguments.quiet
    )


def _line_format(
    arguments: argparse.Namespace, translator: Translator, framing: Framing
) -> LineFormat:
    """What stands in the lines that are read and written."""
    from translator.cli.run import LineFormat

    if not arguments.envelope:
        if arguments.batch is not None:
            raise UsageError("--batch says how many events a body holds: give --envelope too")
        return LineFormat(framing)
    from translator.streaming.framing import BodyFraming

    source_envelope, target_envelope = translator.envelopes
    if source_envelope is None and target_envelope is None:
        names = f"{arguments.source} nor {arguments.target}"
        raise UsageError(f"--envelope: neither {names} has request bodies (x-envelope of a spec)")
    if source_envelope is not None and arguments.wrapped:
        message = (
            f"--wrapped and --envelope: events of {arguments.source} come either way, not both"
        )
        raise UsageError(message)
    if arguments.batch is not None:
        if target_envelope is None:
            raise UsageError(f"--batch: {arguments.target} has no request bodies to be written")
        if target_envelope.max_events is not None and arguments.batch > target_envelope.max_events:
            allowed = (
                f"a body of {arguments.target} holds at most {target_envelope.max_events} events"
            )
            raise UsageError(f"--batch {arguments.batch}: {allowed}")
    max_events: int | None = arguments.batch or (
        target_envelope.max_events if target_envelope is not None else None
    )
    return LineFormat(
        framing if source_envelope is None else BodyFraming(source_envelope),
        target_envelope,
        max_events,
    )
