"""The arguments that several commands share: which translation, and where formats are found."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from translator.cli.exits import UsageError

if TYPE_CHECKING:
    from translator.catalog.catalog import Catalog
    from translator.crosswalk import Crosswalk
    from translator.engine.translator import Translator


def add_pair_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say which translation, and how."""
    parser.add_argument("source", metavar="SOURCE", help="the format of the events read")
    parser.add_argument("target", metavar="TARGET", help="the format of the events written")
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        type=_parse_assignment,
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
        type=_parse_assignment,
        metavar="NAME=FILE.csv",
        help="a table of ids with a column per format; repeatable",
    )
    parser.add_argument(
        "--strict", action="store_true", help="reject what would be lost or approximated"
    )
    parser.add_argument(
        "--accept",
        action="append",
        default=[],
        metavar="PATH",
        help="a member whose loss --strict lets pass, with all below it; repeatable",
    )
    add_folder_arguments(parser)


def add_folder_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say where formats are found."""
    for name in ("specs", "mappings"):
        parser.add_argument(
            f"--{name}",
            action="append",
            default=[],
            metavar="DIR",
            help=f"a folder of {name} of your own, beside those shipped; repeatable",
        )


def _parse_assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name, value


def build_translator(arguments: argparse.Namespace) -> Translator:
    """The translator that was asked for. Raises `UsageError`, `TranslatorError`."""
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
    """The pairs as a dict; an error where a name is given twice."""
    values: dict[str, str] = {}
    for name, value in pairs:
        if name in values:
            raise UsageError(f"{option} {name} is given twice; give it once")
        values[name] = value
    return values


def build_catalog(arguments: argparse.Namespace) -> Catalog:
    """Where formats are found. Raises `UsageError`."""
    from translator.catalog.catalog import Catalog

    _check_folders(arguments)
    return Catalog(specs=arguments.specs, mappings=arguments.mappings)


def _check_folders(arguments: argparse.Namespace) -> None:
    """Refuse folders that are not there."""
    for option in ("specs", "mappings"):
        for folder in getattr(arguments, option):
            if not os.path.isdir(folder):
                raise UsageError(f"--{option} {folder}: there is no such folder")
