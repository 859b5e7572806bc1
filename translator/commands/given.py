"""The arguments that several commands share: which translation, and where formats are found."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from translator.exits import UsageError

if TYPE_CHECKING:
    from translator.catalog import Catalog
    from translator.crosswalk import Crosswalk
    from translator.engine import Translator


def add_pair(parser: argparse.ArgumentParser) -> None:
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
    parser.add_argument(
        "--accept",
        action="append",
        default=[],
        metavar="PATH",
        help="a member whose loss --strict lets pass, with all below it; repeatable",
    )
    add_folders(parser)


def add_folders(parser: argparse.ArgumentParser) -> None:
    """The arguments that say where formats are found."""
    for name in ("specs", "mappings"):
        parser.add_argument(
            f"--{name}",
            action="append",
            default=[],
            metavar="DIR",
            help=f"a folder of {name} of your own, beside those shipped; repeatable",
        )


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name, value


def translator_of(arguments: argparse.Namespace) -> Translator:
    """The translator that was asked for. Raises `UsageError`, `TranslatorError`."""
    from translator.engine import Translator
    from translator.folders import Folders
    from translator.kept import folder_of

    _look_for_folders(arguments)
    return Translator(
        arguments.source,
        arguments.target,
        params=_once(arguments.param, "--param"),
        crosswalks=dict(_crosswalks(_once(arguments.crosswalk, "--crosswalk"))),
        allow=arguments.allow,
        strict=arguments.strict,
        accept=arguments.accept,
        catalog=Folders(arguments.specs, arguments.mappings, folder_of()),
    )


def _crosswalks(files: dict[str, str]) -> Iterator[tuple[str, Crosswalk]]:
    for name, path in files.items():
        from translator.crosswalk import Crosswalk

        try:
            yield name, Crosswalk.from_csv(path)
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror}") from error


def _once(pairs: list[tuple[str, str]], option: str) -> dict[str, str]:
    """The pairs as a dict; an error where a name is given twice."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise UsageError(f"{option} {name} is given twice; give it once")
        found[name] = value
    return found


def catalog_of(arguments: argparse.Namespace) -> Catalog:
    """Where formats are found. Raises `UsageError`."""
    from translator.catalog import Catalog

    _look_for_folders(arguments)
    return Catalog(specs=arguments.specs, mappings=arguments.mappings)


def _look_for_folders(arguments: argparse.Namespace) -> None:
    """Refuse folders that are not there."""
    for option in ("specs", "mappings"):
        for folder in getattr(arguments, option):
            if not os.path.isdir(folder):
                raise UsageError(f"--{option} {folder}: there is no such folder")
