"""`translator check`: check specs and mappings against each other."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from typing import Final, NamedTuple

from translator.analysis.check import check_all
from translator.analysis.proof import prove
from translator.catalog.catalog import Catalog
from translator.catalog.discovery import Folders, Kind, is_read
from translator.catalog.ignored import import_hint, kind_of
from translator.cli.config import Config, load_config
from translator.cli.console import output_style
from translator.cli.exits import DONE, REJECTED, USAGE, UsageError
from translator.cli.files import print_out
from translator.cli.garbage import COMPILING, rare_collections
from translator.cli.options import (
    add_folder_arguments,
    add_output_format,
    build_catalog,
    check_folders,
    check_pairs,
)
from translator.engine.cache import cache_dir
from translator.errors import MappingError, suggest
from translator.report import findings as report
from translator.report.proof import render_json, render_text

DESCRIPTION = """\
Report what would make translations wrong (rules that name fields or values that
do not exist, rules that can never apply) and what the mappings do not cover:
fields and values of either format that are neither mapped nor listed as lost
with a reason. The exit code is 0 if there are no findings, 1 if there are, and
2 if a folder has nothing to check.

PATH is a spec, a mapping, or a folder of specs, of mappings, or with the
folders specs and mappings. Of files, only these are checked, with the specs and
mappings that depend on them. Without PATH, --specs and --mappings, the folders
of the configuration are checked, or else ./specs and ./mappings. If there are
none, the shipped formats are.

With --explain, report what is proved about one pair of formats. For each kind
of event, say whether every translation is proved to be valid in the target
format; if not, list each check that remains at run time, its path and its rule.
The exit code is 1 if some output of the pair would be invalid.
"""

EXAMPLES = """\
  translator check --specs specs --mappings mappings
  translator check --explain {source} {target}
  translator check --output-format sarif > translator.sarif
"""

_SUBFOLDERS: Final[dict[Kind, str]] = {"spec": "specs", "mapping": "mappings"}


class _Scope(NamedTuple):
    """The folders to read, the only files to check (all if empty), and a note for the report."""

    folders: Folders
    files: frozenset[str] = frozenset()
    note: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    about = "spec, mapping or folder to check (default: ./specs and ./mappings)"
    parser.add_argument("paths", nargs="*", metavar="PATH", help=about)
    add_folder_arguments(parser)
    about = "report what is proved about this pair and what is checked at run time"
    parser.add_argument("--explain", nargs=2, metavar=("SOURCE", "TARGET"), help=about)
    about = "as text, show every finding, even if many in one file have the same code"
    parser.add_argument("--all", action="store_true", help=about)
    add_output_format(parser, "github", "sarif")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    if arguments.explain is not None:
        return _explain(arguments)
    check_folders(arguments)
    config = load_config(arguments)
    scope = _scope(arguments, config)
    scope.folders.cache_dir = cache_dir()
    catalog = Catalog.from_folders(scope.folders)
    check_pairs(config, scope.folders)
    with rare_collections(COMPILING):
        result = check_all(catalog, only_files=scope.files)
    _check_names(config, catalog)
    if arguments.output_format == "text":
        render = report.render_all_text if arguments.all else report.render_text
        style = output_style(arguments.color)
        print_out(render(result.findings, result, scope.note, style))
    else:
        render_data = report.REPORTERS[arguments.output_format]
        print_out(render_data(result.findings, result, scope.note))
    if any(finding.code == "empty-folder" for finding in result.findings):
        return USAGE
    return REJECTED if result.findings else DONE


def _explain(arguments: argparse.Namespace) -> int:
    if arguments.output_format not in ("text", "json"):
        raise UsageError("--explain supports only the output formats text and json")
    if arguments.paths:
        raise UsageError("--explain takes no PATH; name folders with --specs and --mappings")
    proof = prove(build_catalog(arguments), *arguments.explain)
    if arguments.output_format == "json":
        print_out(render_json(proof))
    else:
        print_out(render_text(proof, output_style(arguments.color)))
    return REJECTED if proof.verdict == "wrong" else DONE


def _scope(arguments: argparse.Namespace, config: Config) -> _Scope:
    """Decide what is checked. Raises `UsageError`."""
    folders: dict[Kind, list[str]] = {
        "spec": list(arguments.specs),
        "mapping": list(arguments.mappings),
    }
    configured: dict[Kind, tuple[str, ...]] = {"spec": config.specs, "mapping": config.mappings}
    files: dict[str, Kind] = {}
    for path in arguments.paths:
        if os.path.isdir(path):
            for kind, folder in _folders_of(path):
                folders[kind].append(folder)
        else:
            file, kind = _file_of(path)
            files[file] = kind
    only_files = not any(folders.values())
    for file, kind in files.items():
        for other, folder in _folders_around(file, kind):
            folders[other].append(folder)
    if any(folders.values()):
        for kind, names in configured.items():
            folders[kind] += names
        read = _as_folders(folders)
        paths = _paths_as_read(read, files)
        return _Scope(read, paths if only_files else frozenset())
    if any(configured.values()):
        listed = ", ".join(dict.fromkeys([*config.specs, *config.mappings]))
        note = f"in {listed} ({config.file})"
        return _Scope(Folders(config.specs, config.mappings), note=note)
    found = {kind: [name] for kind, name in _SUBFOLDERS.items() if os.path.isdir(name)}
    if found:
        listed = " and ".join(f"./{name}" for (name,) in found.values())
        return _Scope(_as_folders(found), note=f"in {listed}")
    note = "only shipped formats: there is no folder ./specs or ./mappings here; "
    return _Scope(Folders(), note=note + "name a file or folder to check your own")


def _as_folders(folders: dict[Kind, list[str]]) -> Folders:
    specs, mappings = folders.get("spec", ()), folders.get("mapping", ())
    return Folders(dict.fromkeys(specs), dict.fromkeys(mappings))


def _folders_of(path: str) -> list[tuple[Kind, str]]:
    """Return the folders of specs and of mappings that a folder is or has."""
    found = [
        (kind, os.path.join(path, name))
        for kind, name in _SUBFOLDERS.items()
        if os.path.isdir(os.path.join(path, name))
    ]
    subfolders = dict(found)
    found += [
        (kind, path)
        for kind in _kinds_in(path, only_read=bool(subfolders))
        if kind not in subfolders
    ]
    if not found:
        problem = "the folder has no spec (NAME.json) and no mapping (NAME.yaml)"
        hint = "name a folder of specs, of mappings, or with the folders specs and mappings"
        raise UsageError(f"{path}: {problem}; {hint}")
    return found


def _kinds_in(folder: str, *, only_read: bool = True) -> list[Kind]:
    """Return what files of a folder look like; `only_read` omits those with another ending."""
    try:
        names = os.listdir(folder)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be read: {error.strerror}") from error
    kinds = {
        kind
        for name in names
        if not name.startswith(".")
        and (kind := kind_of(os.path.join(folder, name)))
        and (is_read(name, kind) or not only_read)
    }
    return [kind for kind in _SUBFOLDERS if kind in kinds]


def _file_of(path: str) -> tuple[str, Kind]:
    """Return the spec or mapping that a file is, or whose examples it has."""
    if not os.path.exists(path):
        raise UsageError(f"{path}: there is no such file or folder")
    folder, name = os.path.split(path)
    kinds = [kind for kind in _SUBFOLDERS if is_read(name, kind)]
    if os.path.basename(folder) == "examples" and kinds == ["mapping"]:
        mappings = os.path.dirname(folder)
        stem = os.path.splitext(name)[0]
        for ending in (".yaml", ".yml"):
            mapping = os.path.join(mappings, stem + ending)
            if os.path.isfile(mapping):
                return mapping, "mapping"
        raise UsageError(f"{path}: there is no mapping {os.path.join(mappings, name)}")
    looks_like = kind_of(path)
    if not kinds or (looks_like is not None and looks_like not in kinds):
        hint = "a spec is named NAME.json, a mapping NAME.yaml"
        if looks_like == "spec":
            hint = import_hint(path)
        raise UsageError(f"{path}: it is not read as a spec or a mapping; {hint}")
    return path, kinds[0]


def _folders_around(file: str, kind: Kind) -> Iterable[tuple[Kind, str]]:
    """Yield the folder of a file, and the one beside it in which the other kind is expected."""
    folder = os.path.dirname(file) or os.curdir
    yield kind, folder
    other: Kind = "mapping" if kind == "spec" else "spec"
    beside = os.path.join(os.path.dirname(os.path.abspath(folder)), _SUBFOLDERS[other])
    if os.path.basename(os.path.abspath(folder)) == _SUBFOLDERS[kind]:
        if os.path.isdir(beside):
            yield other, os.path.normpath(os.path.join(folder, os.pardir, _SUBFOLDERS[other]))
    elif other in _kinds_in(folder):
        yield other, folder


def _paths_as_read(folders: Folders, files: Iterable[str]) -> frozenset[str]:
    """Return the paths of files in these folders. Raises `UsageError` if one is not used."""
    read = [*folders.spec_files().values(), *folders.mapping_files().values()]
    paths = {os.path.abspath(path): path for path in read}
    for file in files:
        if os.path.abspath(file) not in paths:
            problem = "it is not used, because another file has the same formats"
            raise UsageError(f"{file}: {problem}; check each of them alone")
    return frozenset(paths[os.path.abspath(file)] for file in files)


def _check_names(config: Config, catalog: Catalog) -> None:
    """Raise `UsageError` if the configuration names a param, for example, that no mapping has."""
    defaults = config.defaults
    known: dict[str, set[str]] = {"params": set(), "allow": set(), "crosswalks": set()}
    if not any(getattr(defaults, section) for section in known):
        return
    for key in catalog.mapping_paths():
        try:
            mapping = catalog.mapping(key)
        except MappingError:
            return
        known["params"].update(param.name for param in mapping.params)
        known["allow"].update(mapping.opt_ins)
        known["crosswalks"].update(mapping.crosswalks)
    for section, names in known.items():
        for name in getattr(defaults, section):
            if name not in names:
                problem = f"no mapping has {name!r}; {suggest(name, names)}"
                raise UsageError(f"{config.file}: {section}: {problem}")
