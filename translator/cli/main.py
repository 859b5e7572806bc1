"""Parse the command line, run the command, and turn its errors into exit codes.

Each command is a module of this package with `add_arguments`, which adds its arguments to a
parser, `run`, which runs it and returns its exit code, and optionally `DESCRIPTION`, the
introduction of its help. Only the module of the chosen command is imported, for a fast start.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Any, NoReturn

from translator.cli import exits
from translator.cli.console import print_error, report_io_error
from translator.cli.exits import Terminated, UsageError
from translator.errors import (
    MappingError,
    SpecError,
    TranslationError,
    TranslatorError,
    did_you_mean,
)
from translator.report.printable import join_printable, printable

COMMANDS = {
    "translate": "translate a file of events",
    "formats": "list the formats and what each pair of formats needs",
    "show": "show the Python code that a translation runs",
    "explain": "explain what happens to each field of an event, and why",
    "check": "check specs and mappings against each other",
    "coverage": "show how much of each format reaches the others",
    "impact": "show what a new version of a spec breaks",
    "contract": "show what survives a round trip through another format",
    "generate": "generate typed models from specs",
}
"""The name of each command, which is also the name of its module, and its summary."""

_SETTINGS: dict[str, Any] = {
    "epilog": exits.EXIT_CODES_HELP,
    # With a fixed width, because argparse imports the slow `shutil` to ask the terminal for it.
    "formatter_class": partial(argparse.RawDescriptionHelpFormatter, width=80),
    "allow_abbrev": False,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line with `argv` (default: `sys.argv[1:]`) and return the exit code."""
    try:
        arguments = _parse_arguments(sys.argv[1:] if argv is None else argv)
        run: Callable[[argparse.Namespace], int] = arguments.run
        return run(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else exits.DONE
    except (UsageError, TranslatorError) as error:
        if isinstance(error, (SpecError, MappingError)):
            print_error(join_printable(map(str, error.diagnostics)))
        else:
            message = error.message if isinstance(error, TranslationError) else error
            print_error(f"translator: {message}")
        return exits.USAGE
    except KeyboardInterrupt as stop:
        return exits.TERMINATED if isinstance(stop, Terminated) else exits.INTERRUPTED
    except BrokenPipeError:
        return exits.DONE
    except OSError as error:
        return report_io_error(error)
    except Exception:
        import traceback

        print_error(join_printable(traceback.format_exc().rstrip("\n").split("\n")))
        problem = "this is a bug in translator; please report it with the traceback above"
        print_error(f"translator: {problem}")
        return exits.INTERNAL_ERROR


def _parse_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments; FILE may also follow options, which argparse does not support."""
    parser = _build_parser(next((word for word in argv if not word.startswith("-")), ""))
    arguments, extra = parser.parse_known_args(argv)
    are_files = all(word == "-" or not word.startswith("-") for word in extra)
    if are_files and hasattr(arguments, "files"):
        arguments.files = [*arguments.files, *extra]
    elif are_files and len(extra) == 1 and getattr(arguments, "file", None) == "-":
        arguments.file = extra[0]
    elif extra:
        _report_unexpected(extra, arguments.parser)
    return arguments


def _report_unexpected(extra: list[str], command: argparse.ArgumentParser) -> NoReturn:
    """Raise `UsageError` about the first unknown option, or else the last argument."""
    for word in extra:
        option = word.partition("=")[0]
        if option.startswith("-") and option != "-":
            hint = did_you_mean(option, re.findall(r"--[a-z-]+", command.format_usage()))
            problem = "; ".join(filter(None, (f"there is no option {option!r}", hint)))
            break
    else:
        problem = f"unexpected argument {extra[-1]!r}"
    raise UsageError(f"{problem} (see {command.prog} --help)")


def _build_parser(chosen_command: str) -> argparse.ArgumentParser:
    """Build a parser that knows all commands, but only the arguments of the chosen one."""
    description = "Translate events between vendors' formats."
    parser = _ArgumentParser("translator", description=description, **_SETTINGS)
    help_text = "show the version and exit"
    parser.add_argument("--version", action=_VersionAction, nargs=0, help=help_text)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        module = import_module(f"translator.cli.{name}") if name == chosen_command else None
        description = getattr(module, "DESCRIPTION", f"{summary[0].upper()}{summary[1:]}.")
        command = commands.add_parser(name, help=summary, description=description, **_SETTINGS)
        if module is not None:
            module.add_arguments(command)
            command.set_defaults(run=module.run, parser=command)
    return parser


class _ArgumentParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(printable(message))


class _VersionAction(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        from translator.cli.files import print_out

        try:
            installed_version = version("event-translator")
        except PackageNotFoundError:
            installed_version = "(not installed)"
        print_out(printable(f"translator {installed_version}"))
        parser.exit()
