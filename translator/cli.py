"""The command line: which command was asked for, and what becomes of its errors.

What a command does not use is imported by none of the others, so that each starts fast.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module

from translator.commands import COMMANDS
from translator.errors import MappingError, SpecError, TranslationError, TranslatorError
from translator.exits import (
    DEFECT,
    DONE,
    EXITS,
    INTERRUPTED,
    TERMINATED,
    USAGE,
    Terminated,
    UsageError,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line with `argv`, by default the process's own; gives the exit code."""
    try:
        arguments = _arguments(sys.argv[1:] if argv is None else argv)
        run: Callable[[argparse.Namespace], int] = arguments.run
        return run(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else DONE
    except (UsageError, TranslatorError) as error:
        return _refused(error)
    except KeyboardInterrupt as stop:
        return TERMINATED if isinstance(stop, Terminated) else INTERRUPTED
    except BrokenPipeError:
        return DONE
    except OSError as error:
        from translator.run import failed

        return failed(error)
    except Exception:
        return _defect()


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    """What was asked for. FILE may stand behind options too, where argparse does not look."""
    parser = _parser(next((one for one in argv if not one.startswith("-")), ""))
    arguments, rest = parser.parse_known_args(argv)
    takes_file = getattr(arguments, "file", None) == "-"
    if takes_file and len(rest) == 1 and (rest[0] == "-" or not rest[0].startswith("-")):
        arguments.file = rest[0]
    elif rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return arguments


def _parser(chosen: str) -> argparse.ArgumentParser:
    """A parser that knows every command by name, and the arguments of the chosen one."""
    parser = argparse.ArgumentParser(
        prog="translator",
        description="Translate events between vendors' formats.",
        epilog=EXITS,
        formatter_class=_Help,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, about in COMMANDS.items():
        module = import_module(f"translator.commands.{name}") if name == chosen else None
        command = commands.add_parser(
            name,
            help=about,
            description=getattr(module, "TEXT", f"{about[0].upper()}{about[1:]}."),
            epilog=EXITS,
            formatter_class=_Help,
            allow_abbrev=False,
        )
        if module is not None:
            module.add(command)
            command.set_defaults(run=module.run)
    return parser


class _Help(argparse.RawDescriptionHelpFormatter):
    """As wide as the terminal, which argparse imports `shutil` to ask for, if only to parse."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


def _columns() -> int:
    """The columns of the terminal, as `shutil.get_terminal_size` tells them."""
    with suppress(KeyError, ValueError):
        if (columns := int(os.environ["COLUMNS"])) > 0:
            return columns
    with suppress(AttributeError, ValueError, OSError):
        if (columns := os.get_terminal_size(sys.__stdout__.fileno()).columns) > 0:  # type: ignore[union-attr]
            return columns
    return 80


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        from translator.commands.printing import print_out

        try:
            text = version("event-translator")
        except PackageNotFoundError:
            text = "(not installed)"
        print_out(f"translator {text}")
        parser.exit()


def _refused(error: UsageError | TranslatorError) -> int:
    from translator.console import say

    if isinstance(error, TranslationError):
        say(f"translator: {error.message}")
    elif isinstance(error, (SpecError, MappingError)):
        say(str(error))
    else:
        say(f"translator: {error}")
    return USAGE


def _defect() -> int:
    import traceback

    from translator.console import say

    say(traceback.format_exc().rstrip("\n"))
    say("translator: this is a defect of the program; please report it with the text above")
    return DEFECT
