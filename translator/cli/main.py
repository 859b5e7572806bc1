"""The command line: which command was asked for, and what becomes of its errors.

What a command does not use is imported by none of the others, so that each starts fast.

The commands of the command line, a module each.

A module has `add`, which adds its arguments to a parser, `run`, which does what they ask and gives
the exit code, and may have `TEXT`, which its help says instead of one line. Only the module of the
command that was given is imported.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module

from translator.cli.exits import (
    DEFECT,
    DONE,
    EXIT_CODES_HELP,
    INTERRUPTED,
    TERMINATED,
    USAGE,
    Terminated,
    UsageError,
)
from translator.errors import MappingError, SpecError, TranslationError, TranslatorError

COMMANDS = {
    "translate": "translate a file of events",
    "formats": "list the formats, and what each pair needs",
    "show": "show the Python that a translation runs",
    "explain": "say what becomes of each member of an event, and why",
    "check": "check specs and mappings against one another",
    "coverage": "show how much of each format reaches the others",
    "impact": "tell what a new version of a spec breaks",
    "contract": "say what survives the way to another format and back",
    "generate": "make typed models from specs",
}
"""What there is: each command's name, which is its module's too, and what it is for."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line with `argv`, by default the process's own; gives the exit code."""
    try:
        arguments = _parse_arguments(sys.argv[1:] if argv is None else argv)
        run: Callable[[argparse.Namespace], int] = arguments.run
        return run(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else DONE
    except (UsageError, TranslatorError) as error:
        return _report_error(error)
    except KeyboardInterrupt as stop:
        return TERMINATED if isinstance(stop, Terminated) else INTERRUPTED
    except BrokenPipeError:
        return DONE
    except OSError as error:
        from translator.cli.run import report_io_error

        return report_io_error(error)
    except Exception:
        return _report_defect()


def _parse_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """What was asked for. FILE may stand behind options too, where argparse does not look."""
    parser = _build_parser(
        next((argument for argument in argv if not argument.startswith("-")), "")
    )
    arguments, extra = parser.parse_known_args(argv)
    takes_file = getattr(arguments, "file", None) == "-"
    if takes_file and len(extra) == 1 and (extra[0] == "-" or not extra[0].startswith("-")):
        arguments.file = extra[0]
    elif extra:
        parser.error(f"unrecognized arguments: {' '.join(extra)}")
    return arguments


def _build_parser(chosen_command: str) -> argparse.ArgumentParser:
    """A parser that knows every command by name, and the arguments of the chosen one."""
    parser = argparse.ArgumentParser(
        prog="translator",
        description="Translate events between vendors' formats.",
        epilog=EXIT_CODES_HELP,
        formatter_class=_HelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version", action=_VersionAction, nargs=0, help="show the version and exit"
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        module = import_module(f"translator.cli.{name}") if name == chosen_command else None
        command = commands.add_parser(
            name,
            help=summary,
            description=getattr(module, "TEXT", f"{summary[0].upper()}{summary[1:]}."),
            epilog=EXIT_CODES_HELP,
            formatter_class=_HelpFormatter,
            allow_abbrev=False,
        )
        if module is not None:
            module.add(command)
            command.set_defaults(run=module.run)
    return parser


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """As wide as the terminal, which argparse imports `shutil` to ask for, if only to parse."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_terminal_width() - 2)


def _terminal_width() -> int:
    """The columns of the terminal, as `shutil.get_terminal_size` tells them."""
    with suppress(KeyError, ValueError):
        if (columns := int(os.environ["COLUMNS"])) > 0:
            return columns
    with suppress(AttributeError, ValueError, OSError):
        if (columns := os.get_terminal_size(sys.__stdout__.fileno()).columns) > 0:  # type: ignore[union-attr]
            return columns
    return 80


class _VersionAction(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        from translator.cli.files import print_out

        try:
            installed_version = version("event-translator")
        except PackageNotFoundError:
            installed_version = "(not installed)"
        print_out(f"translator {installed_version}")
        parser.exit()


def _report_error(error: UsageError | TranslatorError) -> int:
    from translator.cli.console import print_error

    if isinstance(error, TranslationError):
        print_error(f"translator: {error.message}")
    elif isinstance(error, (SpecError, MappingError)):
        print_error(str(error))
    else:
        print_error(f"translator: {error}")
    return USAGE


def _report_defect() -> int:
    import traceback

    from translator.cli.console import print_error

    print_error(traceback.format_exc().rstrip("\n"))
    print_error("translator: this is a defect of the program; please report it with the text above")
    return DEFECT
