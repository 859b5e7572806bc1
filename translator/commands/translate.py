"""`translator translate`: a file of events, translated."""

from __future__ import annotations

import argparse

from translator.commands.given import add_pair, translator_of

TEXT = """\
Reads one JSON event per line (NDJSON) and writes its translations, one per
line, to standard output or to the file of -o, which appears only when all is
done. A line that is no JSON, no valid event or has no translation is rejected
and does not stop the run: it goes to the file of --rejects as {"line", "code",
"path", "message", "event"}, or is shown on standard error. Blank lines are
skipped. The counts close the run on standard error.
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
    parser.add_argument("-q", "--quiet", action="store_true", help="no counts, no progress")


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; gives the exit code."""
    from translator.run import Files, check_files, translate_file

    files = Files(arguments.file, arguments.output, arguments.rejects)
    check_files(files)
    return translate_file(translator_of(arguments), files, quiet=arguments.quiet)
