"""Command-line options that several commands share, and the objects built from them."""

from __future__ import annotations

import os
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from translator.cli.config import Config, load_config
from translator.cli.exits import UsageError
from translator.errors import suggest

if TYPE_CHECKING:
    from translator.catalog.catalog import Catalog
    from translator.catalog.discovery import Folders
    from translator.crosswalk import Crosswalk
    from translator.engine.translator import Translator


def add_repeatable(parser: ArgumentParser, option: str, about: str, **settings: Any) -> None:
    """Add an option that may be given several times; its values are collected in a list."""
    settings["help"] = f"{about}; repeatable"
    parser.add_argument(option, action="append", default=[], **settings)


def add_output_format(parser: ArgumentParser, *choices: str) -> None:
    """Add `--output-format` with `text`, `json` and further choices."""
    choices, about = ("text", "json", *choices), "format of the output (default: text)"
    parser.add_argument("--output-format", choices=choices, default="text", help=about)


def add_folder_arguments(parser: ArgumentParser) -> None:
    """Add the options that name folders with additional formats."""
    for name in ("specs", "mappings"):
        about = f"folder with your own {name}, in addition to those shipped"
        add_repeatable(parser, f"--{name}", about, metavar="DIR")


def add_pair_arguments(parser: ArgumentParser) -> None:
    """Add SOURCE, TARGET and the options that configure a translator."""
    parser.add_argument("source", metavar="SOURCE", help="format of the input events")
    parser.add_argument("target", metavar="TARGET", help="format of the output events")
    about = "supply a value that the events do not contain (see `translator formats`)"
    add_repeatable(parser, "--param", about, metavar="NAME=VALUE", type=_parse_assignment)
    about = "enable an opt-in of the mappings (see `translator formats`)"
    add_repeatable(parser, "--allow", about, metavar="NAME")
    add_crosswalk_argument(parser)
    about = "reject events that would lose or approximate a field"
    parser.add_argument("--strict", action="store_true", help=about)
    about = "with --strict, accept the loss of a field and all below it (example: items[].quantity)"
    add_repeatable(parser, "--accept", about, metavar="PATH")
    add_folder_arguments(parser)


def add_crosswalk_argument(parser: ArgumentParser) -> None:
    """Add the option for tables of ids."""
    about = "table of ids with one column per format (see `translator formats`)"
    add_repeatable(parser, "--crosswalk", about, metavar="NAME=FILE.csv", type=_parse_assignment)


def add_input_arguments(
    parser: ArgumentParser, envelope_help: str, *, takes_several: bool = False
) -> None:
    """Add FILE and the options that say how its lines contain events."""
    about = "NDJSON file to read (default: -, standard input)"
    if takes_several:
        about = "NDJSON files to read, in order (default: -, standard input)"
        parser.add_argument("files", nargs="*", default=[], metavar="FILE", help=about)
    else:
        parser.add_argument("file", nargs="?", default="-", metavar="FILE", help=about)
    about = 'read lines of the form {"event": …, "params": {…}}'
    parser.add_argument("--wrapped", action="store_true", help=about)
    parser.add_argument("--envelope", action="store_true", help=envelope_help)


def _parse_assignment(string: str) -> tuple[str, str]:
    name, equals, value = string.partition("=")
    if not name or not equals:
        raise ArgumentTypeError(f"{string!r} does not have the form NAME=VALUE")
    return name, value


def build_folders(arguments: Namespace) -> Folders:
    """Build the folders of specs and mappings, with the cache. Raises `UsageError`."""
    from translator.catalog.discovery import Folders
    from translator.engine.cache import cache_dir

    config = load_config(arguments)
    check_folders(arguments)
    folders = Folders(
        [*arguments.specs, *config.specs], [*arguments.mappings, *config.mappings], cache_dir()
    )
    check_pairs(config, folders)
    return folders


def build_translator(arguments: Namespace, folders: Folders | None = None) -> Translator:
    """Build the translator of the options. Raises `UsageError` and `TranslatorError`."""
    from translator.engine.bindings import Defaults
    from translator.engine.translator import Translator

    folders = folders or build_folders(arguments)
    config = load_config(arguments)
    source, target, defaults = arguments.source, arguments.target, config.defaults
    pair = config.pair(source, target)
    params = unique_values(arguments.param, "--param")
    crosswalk_files = unique_values(arguments.crosswalk, "--crosswalk")
    strict = defaults.strict if pair.strict is None else pair.strict
    return Translator(
        source,
        target,
        params={**pair.params, **params},
        crosswalks={
            name: load_crosswalk(path)
            for name, path in {**pair.crosswalks, **crosswalk_files}.items()
        },
        allow=[*pair.allow, *arguments.allow],
        strict=arguments.strict or bool(strict),
        accept=[*pair.accept, *arguments.accept],
        catalog=folders,
        defaults=Defaults(
            defaults.params,
            {name: partial(load_crosswalk, path) for name, path in defaults.crosswalks.items()},
            defaults.allow,
        ),
    )


def check_pairs(config: Config, folders: Folders) -> None:
    """Raise `UsageError` if the configuration names a format that does not exist."""
    for name in dict.fromkeys(name for pair in config.pairs for name in pair):
        if folders.spec_file(name) is None:
            hint = suggest(name, folders.spec_files())
            raise UsageError(f"{config.file}: pairs: there is no format {name!r}; {hint}")


def load_crosswalk(path: str) -> Crosswalk:
    """Read a table of ids. Raises `UsageError`, and `TranslationError` for an invalid table."""
    from translator.crosswalk import Crosswalk

    try:
        return Crosswalk.from_csv(path)
    except OSError as error:
        raise UsageError(f"cannot read {path!r}: {error.strerror}") from error


def unique_values(pairs: list[tuple[str, str]], option: str) -> dict[str, str]:
    """Turn the values of an option into a dict. Raises `UsageError` if a name is there twice."""
    values: dict[str, str] = {}
    for name, value in pairs:
        if name in values:
            raise UsageError(f"{option} {name} is given twice; give it once")
        values[name] = value
    return values


def build_catalog(arguments: Namespace) -> Catalog:
    """Build the catalog of the named, configured and shipped folders. Raises `UsageError`."""
    from translator.catalog.catalog import Catalog
    from translator.catalog.discovery import Folders

    config = load_config(arguments)
    check_folders(arguments)
    specs, mappings = [*arguments.specs, *config.specs], [*arguments.mappings, *config.mappings]
    folders = Folders(specs, mappings)
    check_pairs(config, folders)
    return Catalog.from_folders(folders)


def check_folders(arguments: Namespace) -> None:
    """Raise `UsageError` if a folder of the command line does not exist."""
    for option in ("specs", "mappings"):
        for folder in getattr(arguments, option, ()):
            if not os.path.isdir(folder):
                raise UsageError(f"--{option} {folder}: there is no such folder")


def example_pair() -> tuple[str, str]:
    """Return two formats for the examples of the help: the first has the param `timezone`.

    Only mappings that mention it are parsed, because the help has to appear at once.
    """
    from translator.catalog.catalog import Catalog
    from translator.errors import TranslatorError

    with suppress(TranslatorError, OSError):
        catalog = Catalog()
        for key, path in catalog.mapping_paths().items():
            mapping = catalog.mapping(key) if b"timezone" in path.read_bytes() else None
            if mapping is not None and any(param.name == "timezone" for param in mapping.params):
                others = (name for name in catalog.formats() if name not in key)
                return mapping.left, next(others, mapping.right)
    return "SOURCE", "TARGET"
