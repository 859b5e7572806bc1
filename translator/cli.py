"""The command line: translate, formats, show, generate.

What a command does not use is imported by none of the others, so that each starts fast.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from translator.errors import MappingError, SpecError, TranslationError, TranslatorError
from translator.exits import (
    DEFECT,
    DONE,
    EXITS,
    INTERRUPTED,
    REJECTED,
    TERMINATED,
    USAGE,
    Terminated,
    UsageError,
)

if TYPE_CHECKING:
    from translator.catalog import Catalog, Pair
    from translator.engine import Translator

_TRANSLATE = """\
Reads one JSON event per line (NDJSON) and writes its translations, one per
line, to standard output or to the file of -o, which appears only when all is
done. A line that is no JSON, no valid event or has no translation is rejected
and does not stop the run: it goes to the file of --rejects as {"line", "code",
"path", "message", "event"}, or is shown on standard error. Blank lines are
skipped. The counts close the run on standard error.
"""


_CHECK = """\
Finds what would make translations wrong (members and values that do not
exist, rules that cannot hold) and what nobody thought of: members and values
of either side that a mapping neither maps nor loses with a reason. Exits with
0 if there is nothing to find, and with 1 otherwise.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line with `argv`, by default the process's own; gives the exit code."""
    try:
        arguments = _arguments(argv)
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


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """What was asked for. FILE may stand behind options too, where argparse does not look."""
    parser = _parser()
    arguments, rest = parser.parse_known_args(argv)
    takes_file = getattr(arguments, "file", None) == "-"
    if takes_file and len(rest) == 1 and (rest[0] == "-" or not rest[0].startswith("-")):
        arguments.file = rest[0]
    elif rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return arguments


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="translator",
        description="Translate events between vendors' formats.",
        epilog=EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, run: object, about: str, text: str = "") -> argparse.ArgumentParser:
        made = commands.add_parser(
            name,
            help=about,
            description=text or f"{about[0].upper()}{about[1:]}.",
            epilog=EXITS,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        made.set_defaults(run=run)
        return made

    translate = command("translate", _translate, "translate a file of events", _TRANSLATE)
    _add_pair(translate)
    translate.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="events to read; - is standard input"
    )
    translate.add_argument(
        "-o", "--output", default="-", metavar="FILE", help="write the translations there"
    )
    translate.add_argument("--rejects", metavar="FILE", help="write rejected lines there")
    translate.add_argument("-q", "--quiet", action="store_true", help="no counts, no progress")

    formats = command("formats", _formats, "list the formats, and what each pair needs")
    formats.add_argument(
        "--output-format", choices=("text", "json"), default="text", help="text by default"
    )
    _add_folders(formats)

    show = command("show", _show, "show the Python that a translation runs")
    _add_pair(show)

    check = command("check", _check, "check specs and mappings against one another", _CHECK)
    _add_folders(check)
    check.add_argument(
        "--output-format",
        choices=("text", "json", "github", "sarif"),
        default="text",
        help="text for people; by default text",
    )

    coverage = command("coverage", _coverage, "show how much of each format reaches the others")
    coverage.add_argument("source", nargs="?", metavar="SOURCE", help="only from this format")
    coverage.add_argument("target", nargs="?", metavar="TARGET", help="row by row to this format")
    coverage.add_argument("--html", metavar="FILE", help="write it as a page to look at")
    _add_folders(coverage)

    generate = command("generate", _generate, "make typed models from specs")
    generate.add_argument(
        "--check", action="store_true", help="write nothing; show what differs from the files"
    )
    generate.add_argument(
        "--specs", type=Path, default=Path("specs"), metavar="DIR", help="by default ./specs"
    )
    generate.add_argument(
        "--out", type=Path, default=Path("generated"), metavar="DIR", help="by default ./generated"
    )
    return parser


def _add_pair(parser: argparse.ArgumentParser) -> None:
    """The arguments that say which translation, and how."""
    parser.add_argument("source", metavar="SOURCE", help="the format of the events read")
    parser.add_argument("target", metavar="TARGET", help="the format of the events written")
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        type=_assignment,
        metavar="NAME=VALUE",
        help="what the events do not say themselves; repeatable",
    )
    parser.add_argument(
        "--allow", action="append", default=[], metavar="NAME", help="an opt-in; repeatable"
    )
    parser.add_argument(
        "--crosswalk",
        action="append",
        default=[],
        type=_assignment,
        metavar="NAME=FILE.csv",
        help="a table of ids with a column per format; repeatable",
    )
    parser.add_argument(
        "--strict", action="store_true", help="reject what would be lost or approximated"
    )
    _add_folders(parser)


def _add_folders(parser: argparse.ArgumentParser) -> None:
    for name in ("specs", "mappings"):
        parser.add_argument(
            f"--{name}",
            action="append",
            default=[],
            type=Path,
            metavar="DIR",
            help=f"a folder of {name} of your own, beside those shipped; repeatable",
        )


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name, value


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            text = version("event-translator")
        except PackageNotFoundError:
            text = "(not installed)"
        _print(f"translator {text}")
        parser.exit()


def _translate(arguments: argparse.Namespace) -> int:
    from translator.run import Files, check_files, translate_file

    files = Files(arguments.file, arguments.output, arguments.rejects)
    check_files(files)
    return translate_file(_translator(arguments), files, quiet=arguments.quiet)


def _translator(arguments: argparse.Namespace) -> Translator:
    from translator.crosswalk import Crosswalk
    from translator.engine import Translator

    crosswalks = {}
    for name, path in _once(arguments.crosswalk, "--crosswalk").items():
        try:
            crosswalks[name] = Crosswalk.from_csv(path)
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror}") from error
    return Translator(
        arguments.source,
        arguments.target,
        params=_once(arguments.param, "--param"),
        crosswalks=crosswalks,
        allow=arguments.allow,
        strict=arguments.strict,
        catalog=_catalog(arguments),
    )


def _once(pairs: list[tuple[str, str]], option: str) -> dict[str, str]:
    """The pairs as a dict; an error where a name is given twice."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise UsageError(f"{option} {name} is given twice; give it once")
        found[name] = value
    return found


def _catalog(arguments: argparse.Namespace) -> Catalog | None:
    """Where formats are found; None for only those shipped."""
    for option in ("specs", "mappings"):
        for folder in getattr(arguments, option):
            if not folder.is_dir():
                raise UsageError(f"--{option} {folder}: there is no such folder")
    if not arguments.specs and not arguments.mappings:
        return None
    from translator.catalog import Catalog

    return Catalog(specs=arguments.specs, mappings=arguments.mappings)


def _formats(arguments: argparse.Namespace) -> int:
    from translator.catalog import Catalog

    catalog = _catalog(arguments) or Catalog()
    if arguments.output_format == "json":
        import json

        data = {"formats": catalog.formats(), "pairs": [_pair(one) for one in catalog.pairs()]}
        _print(json.dumps(data, indent=2, ensure_ascii=False))
        return DONE
    _print(_listing(catalog.formats(), catalog.pairs()))
    return DONE


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "source": pair.source,
        "target": pair.target,
        "params": [
            {"name": one.name, "about": one.about, "needed": one.needed} for one in pair.params
        ],
        "opt_ins": list(pair.opt_ins),
        "crosswalks": list(pair.crosswalks),
    }


def _listing(formats: Sequence[str], pairs: Sequence[Pair]) -> str:
    """Formats, pairs and params as tables of plain text."""
    head = ("SOURCE", "TARGET", "PARAMS (! = needed)", "OPT-INS", "CROSSWALKS")
    rows = [
        (
            pair.source,
            pair.target,
            ", ".join(f"{one.name}{'!' if one.needed else ''}" for one in pair.params),
            ", ".join(pair.opt_ins),
            ", ".join(pair.crosswalks),
        )
        for pair in pairs
    ]
    about = {one.name: one.about for pair in pairs for one in pair.params}
    parts = [f"formats: {', '.join(formats)}", _table([head, *rows])]
    if about:
        parts.append(_table([("PARAM", "IS"), *sorted(about.items())]))
    return "\n\n".join(parts)


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def _show(arguments: argparse.Namespace) -> int:
    _print(_translator(arguments).python.rstrip("\n"))
    return DONE


def _check(arguments: argparse.Namespace) -> int:
    from translator.catalog import Catalog
    from translator.reporters import REPORTERS

    found = (_catalog(arguments) or Catalog()).check()
    _print(REPORTERS[arguments.output_format](found))
    return REJECTED if found else DONE


def _coverage(arguments: argparse.Namespace) -> int:
    from translator.catalog import Catalog
    from translator.coverage import as_html, as_text, cell, matrix, rows_as_text

    catalog = _catalog(arguments) or Catalog()
    if arguments.target is not None:
        cells = [cell(catalog, arguments.source, arguments.target)]
    else:
        cells = matrix(catalog)
        if arguments.source is not None:
            catalog.spec(arguments.source)
            cells = [one for one in cells if one.source == arguments.source]
    if arguments.html is not None:
        Path(arguments.html).write_text(as_html(cells), encoding="utf-8")
    elif arguments.target is not None:
        _print(rows_as_text(cells[0]))
    else:
        _print(as_text(cells))
    return DONE


def _generate(arguments: argparse.Namespace) -> int:
    from translator.generate import drift, generate

    if arguments.check:
        difference = drift(arguments.specs, arguments.out)
        if not difference:
            return DONE
        _print(difference.rstrip("\n"))
        from translator.console import say

        say("translator: the models differ from the specs; run `translator generate`")
        return REJECTED
    made = generate(arguments.specs, arguments.out)
    _print("\n".join(f"{arguments.out / name}.py" for name in made))
    return DONE


def _print(text: str) -> None:
    """Write text to standard output, in UTF-8 whatever the locale."""
    from translator.outputs import standard_output

    output = standard_output()
    output.file.write(f"{text}\n".encode("utf-8", "backslashreplace"))
    output.keep()


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
