"""Render the HTML pages: each is one file that loads nothing, and names what it was made from."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from translator.catalog.discovery import ENDINGS, Folders
from translator.errors import Location, MissingExtraError
from translator.report.drawing import SIGNS
from translator.report.printable import Printable, printable

_DIGEST_LENGTH = 16


@dataclass(frozen=True, slots=True)
class PageFile:
    """A spec or a mapping that a page was made from; `lines` are those of a mapping."""

    name: str
    digest: str
    anchor: str
    lines: tuple[str, ...] = ()


class PageFiles:
    """The files of routes and their hashes; the mappings with their lines if it `has_mappings`."""

    def __init__(
        self, folders: Folders, pairs: Iterable[tuple[str, str]], *, has_mappings: bool = True
    ) -> None:
        self._has_mappings = has_mappings
        paths = [folders.route_files(*pair) or () for pair in pairs]
        self._folders = folders
        self._paths = list(dict.fromkeys(path for each in paths for path in each))

    @cached_property
    def all(self) -> Sequence[PageFile]:
        """All files, the specs first."""
        paths = sorted(self._paths, key=lambda path: (path.endswith(ENDINGS["mapping"]), path))
        return [self._by_path[path] for path in paths]

    @cached_property
    def mappings(self) -> Sequence[PageFile]:
        """The mapping files."""
        return [file for file in self._by_path.values() if file.lines]

    @cached_property
    def version(self) -> str:
        """The version of this package."""
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("event-translator")
        except PackageNotFoundError:
            return "(not installed)"

    @cached_property
    def _by_path(self) -> dict[str, PageFile]:
        return {path: self._read(path, number) for number, path in enumerate(self._paths)}

    def _read(self, path: str, number: int) -> PageFile:
        from hashlib import sha256

        data = self._folders.file(path).read_bytes()
        lines: tuple[str, ...] = ()
        if self._has_mappings and path.endswith(ENDINGS["mapping"]):
            lines = tuple(data.decode(errors="replace").splitlines()) or ("",)
        digest = sha256(data).hexdigest()[:_DIGEST_LENGTH]
        return PageFile(os.path.basename(path), digest, f"file{number}", lines)

    def link(self, location: Location) -> str:
        """Return the anchor of a place in a mapping, or nothing."""
        file = self._by_path.get(location.file)
        if file is None or not 0 < location.line <= len(file.lines):
            return ""
        return f"{file.anchor}-{location.line}"

    def line(self, location: Location) -> str:
        """Return the line of a mapping at a place, or nothing."""
        file = self._by_path.get(location.file)
        if file is None or not 0 < location.line <= len(file.lines):
            return ""
        return file.lines[location.line - 1].strip()


def render_page(template: str, files: PageFiles, **values: Any) -> str:
    """Render a template with escaped values. Raises `MissingExtraError` without Jinja."""
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
        from markupsafe import Markup
    except ModuleNotFoundError as error:
        raise MissingExtraError("html", "the HTML page", "jinja2") from error

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        # Markup is the result of a macro, whose expressions were escaped one by one.
        finalize=lambda value: value if isinstance(value, Markup) else _printable_cell(value),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Lines may break after these characters of a name.
    environment.filters["pieces"] = re.compile(r"(?s).*?[._\]}]|.+").findall
    environment.globals |= {"signs": SIGNS, "files": files}
    return environment.get_template(template).render(**values)


def _printable_cell(value: object) -> Printable:
    return printable(str(value))
