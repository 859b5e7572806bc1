"""Crosswalks: tables of the ids that different formats use for the same thing."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Any

from translator.errors import TranslationError, suggest


class Crosswalk:
    """A table with a column per format. A row holds the ids of one thing and may omit formats.

    Only the two columns that a translation uses must be one-to-one; `between` checks that.
    """

    def __init__(self, rows: Iterable[Any]) -> None:
        """Take rows that map formats to ids. Raises `TranslationError` (`invalid-crosswalk`)."""
        self._rows: list[tuple[int, Mapping[str, str]]] = []
        columns: dict[str, None] = {}
        for number, row in enumerate(rows, 1):
            if not isinstance(row, Mapping):
                raise _error(f"row {number} is not a mapping of formats to ids")
            for column, value in row.items():
                if not isinstance(column, str) or not (value is None or isinstance(value, str)):
                    raise _error(f"row {number} has an id that is not a string: {value!r}")
                if value == "":
                    raise _error(f"row {number} has an empty id for {column!r}; leave it out")
                columns[column] = None
            self._rows.append((number, dict(row)))
        self.columns = tuple(columns)

    @classmethod
    def from_csv(cls, path: str | PathLike[str]) -> Crosswalk:
        """Read a UTF-8 CSV file whose header names the formats; an empty cell is an unknown id.

        Raises `TranslationError` (`invalid-crosswalk`) if the file has another form, and `OSError`
        if it cannot be read.
        """
        try:
            with open(path, encoding="utf-8-sig", newline="") as file:
                reader = csv.reader(file, strict=True)
                header = [name.strip() for name in next(reader, [])]
                if not header or not all(header) or len(set(header)) != len(header):
                    raise _error(f"{path}: the first line must name the formats, each once")
                rows: list[dict[str, str]] = []
                for cells in reader:
                    if not any(cells):
                        continue
                    if len(cells) != len(header):
                        counts = f"{len(cells)} cells for {len(header)} columns"
                        raise _error(f"{path}, line {reader.line_num}: {counts}")
                    named_cells = zip(header, cells, strict=True)
                    rows.append({name: cell for name, cell in named_cells if cell})
        except (UnicodeDecodeError, csv.Error) as error:
            raise _error(f"{path}: {error}") from None
        crosswalk = cls(rows)
        crosswalk.columns = tuple(header)
        return crosswalk

    def between(self, name: str, source: str, target: str) -> dict[str, str]:
        """Map the ids of `source` to those of `target`. Messages call the crosswalk `name`.

        Raises `TranslationError` (`invalid-crosswalk`) if a column is missing or has an id twice.
        """
        for column in (source, target):
            if column not in self.columns:
                hint = suggest(column, self.columns) or "it is empty"
                raise _error(f"the crosswalk {name!r} has no column {column!r}; {hint}")
        ids: dict[str, str] = {}
        seen: set[tuple[str, str]] = set()
        for number, row in self._rows:
            source_id, target_id = row.get(source), row.get(target)
            if source_id is None or target_id is None:
                continue
            for column, value in ((source, source_id), (target, target_id)):
                if (column, value) in seen:
                    raise _error(
                        f"the crosswalk {name!r} has {value!r} twice in its column {column!r} "
                        f"(again in row {number}); between two formats it must be one-to-one"
                    )
            seen |= {(source, source_id), (target, target_id)}
            ids[source_id] = target_id
        return ids


def to_crosswalk(value: Any) -> Crosswalk:
    """Return a caller's crosswalk, which is a `Crosswalk` or rows for one."""
    return value if isinstance(value, Crosswalk) else Crosswalk(value)


def _error(message: str) -> TranslationError:
    return TranslationError("invalid-crosswalk", "$", message)
