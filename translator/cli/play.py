"""`translator play`: a page in the browser to try an event and mappings."""

from __future__ import annotations

import argparse
import os
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from translator.cli.config import Config, load_config
from translator.cli.console import print_error
from translator.cli.exits import DONE, UsageError
from translator.cli.files import print_out
from translator.cli.garbage import COMPILING, rare_collections
from translator.cli.options import (
    add_crosswalk_argument,
    add_folder_arguments,
    build_catalog,
    load_crosswalk,
    unique_values,
)
from translator.report.printable import join_printable, printable

if TYPE_CHECKING:
    from translator.crosswalk import Crosswalk
    from translator.play.session import Arguments

DESCRIPTION = """\
Open a page in the browser with an event, its translation, and the mappings
between the two formats. The translation, its losses and the findings of the
mappings follow each change. The page is served to this computer only, and loads
nothing from the network. Ctrl-C ends it.

SOURCE and TARGET are the formats to begin with. FILE has events to choose from,
one per line. With --write, the page can save mappings in your own folders
(--mappings); a file that has changed meanwhile is not overwritten.
"""

EXAMPLES = """\
  translator play
  translator play {source} {target} events.ndjson --crosswalk items=items.csv
  translator play --specs specs --mappings mappings --write
"""

DEFAULT_PORT = 8717

_MAX_FILE = 16 * 1024 * 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    about = "format of the events"
    parser.add_argument("source", nargs="?", metavar="SOURCE", help=about)
    about = "format to translate them to"
    parser.add_argument("target", nargs="?", metavar="TARGET", help=about)
    about = "NDJSON file with events to choose from"
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help=about)
    add_crosswalk_argument(parser)
    add_folder_arguments(parser)
    about = "let the page save mappings in the folders of --mappings"
    parser.add_argument("--write", action="store_true", help=about)
    about = "do not open a browser; only print the address"
    parser.add_argument("--no-open", action="store_true", help=about)
    about = f"port to serve the page on; 0 picks a free one (default: {DEFAULT_PORT})"
    parser.add_argument("--port", type=_parse_port, default=DEFAULT_PORT, metavar="N", help=about)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from translator.play.server import HOST, PlayServer
    from translator.play.session import Session

    source, target, file = _positionals(arguments)
    config = load_config(arguments)
    catalog = build_catalog(arguments)
    if arguments.write and not any("mapping" in kinds for kinds in catalog.folders.given.values()):
        raise UsageError("--write needs a folder of your own; name it with --mappings")
    if source:
        catalog.route(source, target)
    start = _read_start(source, target, file)
    configured = partial(_configured, config, _load_crosswalks(config, arguments.crosswalk))
    session = Session(catalog, start, writes=arguments.write, arguments=configured)
    try:
        server = PlayServer(session, arguments.port, _report_bug)
    except OSError as error:
        advice = "another program may use it; choose another with --port, or --port 0"
        problem = f"cannot serve on {HOST}:{arguments.port}: {error.strerror}; {advice}"
        raise UsageError(problem) from error
    with closing(session), server, rare_collections(COMPILING):
        print_out(printable(f"serving the playground on {server.url} (Ctrl-C ends it)"))
        if not arguments.no_open:
            import webbrowser

            webbrowser.open(server.url)
        server.serve_forever()
    return DONE


def _parse_port(string: str) -> int:
    if not (string.isascii() and string.isdigit() and len(string) < 6 and int(string) < 65536):
        raise argparse.ArgumentTypeError(f"{string!r} is not a port, a number from 0 to 65535")
    return int(string)


def _positionals(arguments: argparse.Namespace) -> tuple[str, str, str]:
    """Return source, target and file; a single argument is the file."""
    source, target, file = arguments.source, arguments.target, arguments.file
    if source is not None and target is None and file == "-":
        if not os.path.isfile(source):
            raise UsageError(f"{source}: there is no such file; to name formats, name two")
        source, file = None, source
    if (source is None) != (target is None):
        raise UsageError("name both SOURCE and TARGET, or neither")
    return source or "", target or "", "" if file == "-" else file


def _read_start(source: str, target: str, file: str) -> Any:
    """Read the events to begin with. Raises `UsageError`."""
    from translator.play.session import MAX_EVENTS, Start

    if not file:
        return Start(source, target)
    try:
        with open(file, "rb") as opened:
            lines = opened.read(_MAX_FILE).decode("utf-8", "replace").splitlines()
    except OSError as error:
        raise UsageError(f"cannot read {file!r}: {error.strerror}") from error
    events = tuple([line for line in lines if line.strip()][:MAX_EVENTS])
    return Start(source, target, events, os.path.basename(file))


class _Crosswalks(NamedTuple):
    """The tables of the options, and those that the configuration names, by their files."""

    by_name: dict[str, Crosswalk]
    by_file: dict[str, Crosswalk]


def _load_crosswalks(config: Config, options: list[tuple[str, str]]) -> _Crosswalks:
    """Load all tables of ids. Raises `UsageError`, and `TranslationError` for an invalid table."""
    given = unique_values(options, "--crosswalk")
    settings = (config.defaults, *config.pairs.values())
    files = {file for each in settings for file in each.crosswalks.values()}
    return _Crosswalks(
        {name: load_crosswalk(file) for name, file in given.items()},
        {file: load_crosswalk(file) for file in sorted(files)},
    )


def _configured(config: Config, crosswalks: _Crosswalks, source: str, target: str) -> Arguments:
    """Return the arguments of a pair: what the configuration says, and crosswalks of options."""
    from translator.play.session import Arguments

    pair, defaults = config.pair(source, target), config.defaults
    files = {**defaults.crosswalks, **pair.crosswalks}
    tables = {name: crosswalks.by_file[file] for name, file in files.items()}
    return Arguments(
        {**defaults.params, **pair.params},
        [*defaults.allow, *pair.allow],
        {**tables, **crosswalks.by_name},
    )


def _report_bug(error: Exception) -> None:
    """Print an error that nobody expected; the page says only that there was one."""
    import traceback

    text = "".join(traceback.format_exception(error))
    print_error(join_printable(text.rstrip("\n").split("\n")))
