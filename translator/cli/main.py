"""Parse the command line, run the command, and turn its errors into exit codes.

Each command is a module of this package with `add_arguments`, which adds its arguments to a
parser, `run`, which runs it and returns its exit code, and optionally `DESCRIPTION`, the
introduction of its help, and `EXAMPLES`, command lines for its end, where `{source}` and `{target}`
are formats. Only the module of the chosen command is imported, for a fast start.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Sequence
from functools import partial
from importlib import import_module
from typing import Any, NoReturn

from translator.cli import exits
from translator.cli.config import add_config_arguments
from translator.cli.console import error_style, print_error, report_io_error
from translator.cli.exits import Terminated, UsageError
from translator.errors import (
    Diagnostic,
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
    "play": "try an event and mappings in a page of the browser",
    "impact": "show what a new version of a spec breaks",
    "contract": "show what survives a round trip through another format",
    "spec": "import specs that vendors publish, and keep them up to date",
    "generate": "generate typed models from specs",
    "new": "write the first files of a new format",
    "schema": "print the JSON Schema of mappings, specs or examples",
    "completion": "print a script that completes commands in a shell",
}
"""The name of each command, which is also the name of its module, and its summary."""

_SETTINGS: dict[str, Any] = {
    # With a fixed width, because argparse imports the slow `shutil` to ask the terminal for it.
    "formatter_class": partial(argparse.RawDescriptionHelpFormatter, width=80),
    "allow_abbrev": False,
}


_EXAMPLES = """\
examples:
  translator formats
  translator translate --help
  translator check --specs specs --mappings mappings
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line with `argv` (default: `sys.argv[1:]`) and return the exit code."""
    color = "auto"
    try:
        arguments = _parse_arguments(sys.argv[1:] if argv is None else argv)
        color = arguments.color
        run: Callable[[argparse.Namespace], int] = arguments.run
        return run(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else exits.DONE
    except (UsageError, TranslatorError) as error:
        if isinstance(error, (SpecError, MappingError)):
            _print_diagnostics(error.diagnostics, color)
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


def _print_diagnostics(diagnostics: Sequence[Diagnostic], color: str) -> None:
    from translator.report.findings import format_line

    style = error_style(color)
    print_error(join_printable(format_line(diagnostic, style) for diagnostic in diagnostics))


def _parse_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments; FILE or PATH may follow options, which argparse does not support."""
    if argv and argv[0] in COMMANDS:
        parser = build_parser([argv[0]], [argv[0]])  # to build the others takes milliseconds
    else:
        parser = build_parser([word for word in argv if word in COMMANDS][:1])
    arguments, extra = parser.parse_known_args(argv)
    are_files = all(word == "-" or not word.startswith("-") for word in extra)
    if are_files and hasattr(arguments, "files"):
        arguments.files = [*arguments.files, *extra]
    elif are_files and len(extra) == 1 and getattr(arguments, "file", None) == "-":
        arguments.file = extra[0]
    elif hasattr(arguments, "paths") and not any(word.startswith("-") for word in extra):
        arguments.paths += extra
    elif extra:
        _report_unexpected(extra, arguments.parser)
    if not hasattr(arguments, "run"):
        arguments.parser.error("name a COMMAND (see translator --help)")
    return arguments


def _report_unexpected(extra: list[str], command: CommandParser) -> NoReturn:
    """Report the first unknown option, or else the last argument, with the command's usage."""
    for word in extra:
        option = word.partition("=")[0]
        if option.startswith("-") and option != "-":
            names = [name for action in command.list_arguments() for name in action.option_strings]
            problem = "; ".join(
                filter(None, (f"there is no option {option!r}", did_you_mean(option, names)))
            )
            break
    else:
        problem = f"unexpected argument {extra[-1]!r}"
    command.error(f"{problem} (see {command.prog} --help)")


def build_parser(
    chosen_commands: Collection[str], names: Collection[str] = COMMANDS
) -> CommandParser:
    """Build a parser that knows the commands `names`, but only the arguments of the chosen ones."""
    description = "Translate events between vendors' formats."
    epilog = f"{_EXAMPLES}\n{exits.EXIT_CODES_HELP}"
    parser = CommandParser("translator", description=description, epilog=epilog, **_SETTINGS)
    help_text = "show the version and exit"
    parser.add_argument("--version", action=_VersionAction, nargs=0, help=help_text)
    _add_color(parser, "auto")
    parser.set_defaults(parser=parser)
    commands = parser.add_subparsers(metavar="COMMAND")
    for name in names:
        summary = COMMANDS[name]
        module = import_module(f"translator.cli.{name}") if name in chosen_commands else None
        description = getattr(module, "DESCRIPTION", f"{summary[0].upper()}{summary[1:]}.")
        examples = getattr(module, "EXAMPLES", "")
        heading = "examples:\n" if examples else ""
        epilog = f"{heading}{examples}\n{exits.EXIT_CODES_HELP}"
        settings = {"help": summary, "description": description, "epilog": epilog, **_SETTINGS}
        command = commands.add_parser(name, **settings)
        if module is not None:
            module.add_arguments(command)
            add_config_arguments(command)
            _add_color(command, argparse.SUPPRESS)
            command.set_defaults(run=module.run, parser=command)
    return parser


def _add_color(parser: argparse.ArgumentParser, default: str) -> None:
    about = "use colours (default: auto, on terminals, unless NO_COLOR is set)"
    choices = ("auto", "always", "never")
    parser.add_argument("--color", choices=choices, default=default, help=about)


class CommandParser(argparse.ArgumentParser):
    """A parser whose errors are printable and suggest similar names."""

    def list_arguments(self) -> list[argparse.Action]:
        """Return the options and positional arguments, in the order of the help."""
        return list(self._actions)

    def format_help(self) -> str:
        """Return the help, with shipped formats in its examples, so that they can be pasted."""
        text = super().format_help()
        if "{source}" in text:
            from translator.cli.options import example_pair

            source, target = example_pair()
            text = text.replace("{source}", source).replace("{target}", target)
        return text

    def error(self, message: str) -> NoReturn:
        """Print the usage and the message, and exit."""
        super().error(printable(message))

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        choices = list(map(str, action.choices))
        hint = did_you_mean(str(value), choices) or f"choose from {', '.join(choices)}"
        if isinstance(action, argparse._SubParsersAction):
            raise argparse.ArgumentError(None, f"there is no command {value!r}; {hint}")
        raise argparse.ArgumentError(action, f"there is no choice {value!r}; {hint}")


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
