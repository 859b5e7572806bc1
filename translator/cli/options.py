"""Command-line options that several commands share, and the objects built from them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from translator.cli.exits import UsageError

if TYPE_CHECKING:
    from translator.catalog.catalog import Catalog
    from translator.crosswalk import Crosswalk
    from translator.engine.translator import Translator


def add_repeatable(
    parser: argparse.ArgumentParser,
    option: str,
    metavar: str,
    help_text: str,
    convert: Callable[[str], object] = str,
) -> None:
    """Add an option that may be given several times; its values are collected in a list."""
    parser.add_argument(
        option,
        action="append",
        default=[],
        type=convert,
        metavar=metavar,
        help=f"{help_text}; repeatable",
    )


def add_output_format(parser: argparse.ArgumentParser, *choices: str) -> None:
    """Add `--output-format` with `text`, `json` and further choices."""
    parser.add_argument(
        "--output-format",
        choices=("text", "json", *choices),
        default="text",
        help="format of the output (default: text)",
    )


def add_folder_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that name folders with additional formats."""
    for name in ("specs", "mappings"):
        help_text = f"folder with your own {name}, in addition to those shipped"
        add_repeatable(parser, f"--{name}", "DIR", help_text)


def add_pair_arguments(parser: argparse.ArgumentParser) -> None:
    """Add SOURCE, TARGET and the options that configure a translator."""
    parser.add_argument("source", metavar="SOURCE", help="format of the input events")
    parser.add_argument("target", metavar="TARGET", help="format of the output events")
    help_text = "supply a value that the events do not contain"
    add_repeatable(parser, "--param", "NAME=VALUE", help_text, _parse_assignment)
    add_repeatable(parser, "--allow", "NAME", "enable an opt-in of the mappings")
    help_text = "table of ids with one column per format"
    add_repeatable(parser, "--crosswalk", "NAME=FILE.csv", help_text, _parse_assignment)
    parser.add_argument(
        "--strict", action="store_true", help="reject events that would lose or approximate a field"
    )
    help_text = "with --strict, accept the loss of this field and everything below it"
    add_repeatable(parser, "--accept", "PATH", help_text)
    add_folder_arguments(parser)


def add_input_arguments(parser: argparse.ArgumentParser, envelope_help: str) -> None:
    """Add FILE and the options that say how its lines contain events."""
    parser.add_argument(
        "file",
        nargs="?",
        default="-",
        metavar="FILE",
        help="NDJSON file to read (default: -, standard input)",
    )
    parser.add_argument(
        "--wrapped", action="store_true", help='read lines of the form {"event": …, "params": {…}}'
    )
    parser.add_argument("--envelope", action="store_true", help=envelope_help)


def _parse_assignment(string: str) -> tuple[str, str]:
    name, equals, value = string.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{string!r} does not have the form NAME=VALUE")
    return name, value


def build_translator(arguments: argparse.Namespace) -> Translator:
    """Build the translator that the options describe.

    Raises `UsageError` and `TranslatorError`.
    """
    from translator.catalog.discovery import Folders
    from translator.engine.cache import cache_dir
    from translator.engine.translator import Translator

    _check_folders(arguments)
    return Translator(
        arguments.source,
        arguments.target,
        params=_unique_values(arguments.param, "--param"),
        crosswalks=dict(_load_crosswalks(_unique_values(arguments.crosswalk, "--crosswalk"))),
        allow=arguments.allow,
        strict=arguments.strict,
        accept=arguments.accept,
        catalog=Folders(arguments.specs, arguments.mappings, cache_dir()),
    )


def _load_crosswalks(files: dict[str, str]) -> Iterator[tuple[str, Crosswalk]]:
    for name, path in files.items():
        from translator.crosswalk import Crosswalk

        try:
            yield name, Crosswalk.from_csv(path)
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror}") from error


def _unique_values(pairs: list[tuple[str, str]], option: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in pairs:
        if name in values:
            raise UsageError(f"{option} {name} is given twice; give it once")
        values[name] = value
    return values


def build_catalog(arguments: argparse.Namespace) -> Catalog:
    """Build the catalog of the shipped and the named folders. Raises `UsageError`."""
    from translator.catalog.catalog import Catalog

    _check_folders(arguments)
    return Catalog(specs=arguments.specs, mappings=arguments.mappings)


def _check_folders(arguments: argparse.Namespace) -> None:
    for option in ("specs", "mappings"):
        for folder in getattr(arguments, option):
            if not os.path.isdir(folder):
                raise UsageError(f"--{option} {folder}: there is no such folder")
