"""Build the imported specs of a folder: convert what vendors publish, and apply the overlay.

Nothing is written here; the results say what is to be written.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from translator.errors import MAX_DIAGNOSTICS, SpecError, TranslatorError, suggest
from translator.importing import ImportedSpec, import_spec
from translator.importing.lock import (
    LockedFile,
    LockedSpec,
    check_name,
    locate,
    read_lock,
    relative_path,
    render_json,
    render_lock,
    sha256,
)
from translator.importing.overlay import Action, read_overlay
from translator.schema.openapi import LOCK_FILE, OVERLAY_ENDING
from translator.schema.spec import structural_errors

_OTHER_ENDINGS: Final = (".overlay.yml", ".overlay.json")


@dataclass(frozen=True, slots=True)
class BuiltSpec:
    """A spec as it is to be written to `path`, and its entry in the lock.

    `current` is the content of the file, None if it is missing. `actions` are those of the
    overlay.
    """

    name: str
    path: Path
    content: bytes
    current: bytes | None
    entry: LockedSpec
    imported: ImportedSpec
    actions: tuple[Action, ...]


def build_spec(folder: Path, name: str, file: Path, event: str | None) -> BuiltSpec:
    """Build the spec `name` of a folder from a published spec and the overlay in the folder.

    Raises `SpecError` and `MappingError` for what is wrong in a file, and `TranslatorError`
    otherwise.
    """
    check_name(name)
    path = folder / f"{name}.json"
    if file.suffix == ".json" and file.resolve().parent == folder.resolve():
        problem = f"{file} is in the folder of specs, where each .json file is the spec of a format"
        raise TranslatorError(f"{problem}: move it to another folder")
    imported = import_spec(file, name, event)
    files = tuple(_lock_file(source, folder) for source in imported.files)
    document = _with_source(imported.document, files)
    overlay_path = _overlay_path(folder, name)
    content = _read(overlay_path)
    actions: tuple[Action, ...] = ()
    overlay_file = None
    if content is not None:
        overlay = read_overlay(content, str(overlay_path))
        document, actions = overlay.apply(document), overlay.actions
        overlay_file = LockedFile(overlay_path.name, sha256(content))
    where = f"{path} after {overlay_path.name}"
    if errors := list(islice(structural_errors(document, where), MAX_DIAGNOSTICS)):
        raise SpecError(errors)
    rendered = render_json(document)
    entry = LockedSpec(imported.event, files, sha256(rendered), overlay_file)
    return BuiltSpec(name, path, rendered, _read(path), entry, imported, actions)


def build_locked(folder: Path, names: Iterable[str]) -> list[BuiltSpec]:
    """Build the specs that the lock of a folder names; without `names`, all of them.

    Raises what `build_spec` raises.
    """
    lock = read_lock(folder)
    if not lock:
        remedy = "`translator spec import FILE --name NAME` writes the first"
        raise TranslatorError(f"{folder / LOCK_FILE} names no imported spec: {remedy}")
    built = []
    for name in dict.fromkeys(names) or lock:
        if name not in lock:
            raise TranslatorError(f"{name!r} is not an imported spec: {suggest(name, lock)}")
        entry = lock[name]
        for source in entry.files[:1]:
            file = locate(source.file, folder)
            if not file.is_file():
                remedy = "put it back, or import the spec from another file"
                raise TranslatorError(
                    f"{name} was imported from {file}, which is missing: {remedy}"
                )
            built.append(build_spec(folder, name, file, entry.event))
    return built


@dataclass(frozen=True, slots=True)
class UnsourcedSpec:
    """An imported spec of which a published file, `missing`, is not there.

    `changed` is the spec or its overlay, if it is not what the lock says.
    """

    path: Path
    missing: Path
    changed: Path | None


def check_locked(folder: Path, names: Iterable[str]) -> tuple[list[BuiltSpec], list[UnsourcedSpec]]:
    """Build what `build_locked` builds, but compare specs without their files with the lock.

    Published files cannot always be committed. Raises what `build_spec` raises.
    """
    lock = read_lock(folder)
    names = list(dict.fromkeys(names) or lock)
    unsourced: dict[str, UnsourcedSpec] = {}
    for name in names:
        files = [locate(file.file, folder) for file in lock[name].files] if name in lock else []
        missing = [file for file in files if not file.is_file()]
        if missing:
            changed = _find_changed(folder, name, lock[name])
            unsourced[name] = UnsourcedSpec(folder / f"{name}.json", missing[0], changed)
    rest = [name for name in names if name not in unsourced]
    built = build_locked(folder, rest) if rest or not unsourced else []
    return built, list(unsourced.values())


def _find_changed(folder: Path, name: str, entry: LockedSpec) -> Path | None:
    """Return the spec or the overlay if it is not what the lock says."""
    overlay = None if entry.overlay is None else entry.overlay.sha256
    for path, expected in (
        (folder / f"{name}.json", entry.sha256),
        (_overlay_path(folder, name), overlay),
    ):
        content = _read(path)
        if (None if content is None else sha256(content)) != expected:
            return path
    return None


def check_replaceable(folder: Path, built: Iterable[BuiltSpec]) -> None:
    """Raise `TranslatorError` if a file would be replaced that these commands did not write."""
    lock = read_lock(folder)
    for spec in built:
        if spec.current is None or spec.current == spec.content:
            continue
        overlay = f"{spec.name}{OVERLAY_ENDING}"
        if spec.name not in lock:
            remedy = "choose another name, or replace it with --force"
            raise TranslatorError(f"{spec.path} exists and was not imported: {remedy}")
        if sha256(spec.current) != lock[spec.name].sha256:
            remedy = (
                f"move the changes to {folder / overlay}, then pass --force to discard them here"
            )
            problem = f"{spec.path} was edited since it was imported"
            show = f"`translator spec update --check {spec.name}` shows the changes"
            raise TranslatorError(f"{problem}: {remedy}; {show}")


def files_to_write(folder: Path, built: Iterable[BuiltSpec]) -> dict[Path, bytes]:
    """Return the new content of each file that changes: specs, and the lock at the end."""
    built = list(built)
    files = {spec.path: spec.content for spec in built if spec.content != spec.current}
    lock_path = folder / LOCK_FILE
    lock = render_lock({**read_lock(folder), **{spec.name: spec.entry for spec in built}})
    if lock != _read(lock_path):
        files[lock_path] = lock
    return files


def diff_files(files: Mapping[Path, bytes]) -> Iterator[str]:
    """Yield the lines of a unified diff between files and their new content."""
    for path, content in files.items():
        old, new = ((_read(path) or b"").decode("utf-8", "replace"), content.decode())
        names = (str(path), f"{path} (imported)")
        yield from difflib.unified_diff(old.split("\n"), new.split("\n"), *names, lineterm="")


def _with_source(document: Mapping[str, Any], files: tuple[LockedFile, ...]) -> dict[str, Any]:
    """Return the document with `x-source` after `x-event`."""
    source = {"files": [{"file": each.file, "sha256": each.sha256} for each in files]}
    result: dict[str, Any] = {}
    for key, value in document.items():
        if key != "x-source":
            result[key] = value
        if key == "x-event":
            result["x-source"] = source
    return result


def _lock_file(file: Path, folder: Path) -> LockedFile:
    content = _read(file)
    if content is None:
        raise TranslatorError(f"{file} is missing")
    return LockedFile(relative_path(file, folder), sha256(content))


def _overlay_path(folder: Path, name: str) -> Path:
    """Return where the overlay of a spec is or would be; raise if it has another ending."""
    path = folder / f"{name}{OVERLAY_ENDING}"
    for ending in _OTHER_ENDINGS:
        other = folder / f"{name}{ending}"
        if other.exists():
            raise TranslatorError(f"{other} would not be applied: rename it to {path.name}")
    return path


def _read(path: Path) -> bytes | None:
    """Return the content of a file; None if it is missing."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise TranslatorError(f"cannot read {path}: {error.strerror or error}") from error
