"""`translator translate`: a file of events, translated."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Final

from translator.commands.given import add_pair, translator_of
from translator.exits import UsageError

if TYPE_CHECKING:
    from translator.engine import Translator
    from translator.run import Lines
    from translator.streams import Form

_MOST: Final = 1_000_000

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
    add_pair(parser)
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
        "--jobs", type=_count, default=1, metavar="N", help="so many processes; by default 1"
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
        "--batch", type=_count, metavar="N", help="write at most so many events into a body"
    )


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {_MOST}")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; gives the exit code."""
    from translator.accounting import Accounting
    from translator.run import Files, check_files, translate_file
    from translator.streams import plain

    files = Files(arguments.file, arguments.output, arguments.rejects, arguments.losses)
    check_files(files)
    if arguments.jobs > 1 and not hasattr(os, "fork"):
        raise UsageError("--jobs takes a system whose processes can fork; leave it out")
    if arguments.sum_losses and arguments.quiet:
        raise UsageError("--quiet leaves out the sums that --sum-losses asks for: give one of them")
    translator = translator_of(arguments)
    made: Translator | Accounting = translator
    if arguments.losses is not None or arguments.sum_losses:
        from translator.accounting import Accounting

        made = Accounting(translator)
    form: Form = plain
    if arguments.wrapped:
        from translator.wrapped import Wrapped

        form = Wrapped(made)
    lines = _lines(arguments, translator, form)
    return translate_file(made, files, lines, jobs=arguments.jobs, quiet=arguments.quiet)


def _lines(arguments: argparse.Namespace, translator: Translator, form: Form) -> Lines:
    """What stands in the lines that are read and written."""
    from translator.run import Lines

    if not arguments.envelope:
        if arguments.batch is not None:
            raise UsageError("--batch says how many events a body holds: give --envelope too")
        return Lines(form)
    from translator.envelopes import Bodies

    reads, writes = translator.envelopes
    if reads is None and writes is None:
        names = f"{arguments.source} nor {arguments.target}"
        raise UsageError(f"--envelope: neither {names} has request bodies (x-envelope of a spec)")
    if reads is not None and arguments.wrapped:
        message = (
            f"--wrapped and --envelope: events of {arguments.source} come either way, not both"
        )
        raise UsageError(message)
    if arguments.batch is not None:
        if writes is None:
            raise UsageError(f"--batch: {arguments.target} has no request bodies to be written")
        if writes.most is not None and arguments.batch > writes.most:
            allowed = f"a body of {arguments.target} holds at most {writes.most} events"
            raise UsageError(f"--batch {arguments.batch}: {allowed}")
    most: int | None = arguments.batch or (writes.most if writes is not None else None)
    return Lines(form if reads is None else Bodies(reads), writes, most)
