"""Crosswalks: tables of the ids by which formats name the same thing differently."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Any

from translator.errors import TranslationError, did_you_mean


class Crosswalk:
    """A table with a column for each format; a row holds the ids of one thing.

    A row may leave formats out. Whether it is one-to-one is checked for the two columns that a
    translation uses.
    """

    def __init__(self, rows: Iterable[Any]) -> None:
        """Take rows: each a mapping of formats to ids. Raises `TranslationError`."""
        self._rows: list[tuple[int, Mapping[str, str]]] = []
        columns: dict[str, None] = {}
        for number, row in enumerate(rows, 1):
            if not isinstance(row, Mapping):
                raise _invalid_crosswalk(f"row {number} is not a mapping of format to id")
            for column, value in row.items():
                if not isinstance(column, str) or not (value is None or isinstance(value, str)):
                    raise _invalid_crosswalk(
                        f"row {number} holds an id that is not a string: {value!r}"
                    )
                if value == "":
                    raise _invalid_crosswalk(
                        f"row {number} holds an empty id for {column!r}: leave it out"
                    )
                columns[column] = None
            self._rows.append((number, dict(row)))
        self.columns = tuple(columns)

    @classmethod
    def from_csv(cls, path: str | PathLike[str]) -> Crosswalk:
        """Read a CSV file in UTF-8 whose first line names the formats.

        An empty cell is an id that is not known. Raises `TranslationError` with the code
        `invalid-crosswalk` if it is no such file, and `OSError` if it cannot be read.
        """
        try:
            with open(path, encoding="utf-8-sig", newline="") as file:
                reader = csv.reader(file, strict=True)
                header = [name.strip() for name in next(reader, [])]
                if not header or not all(header) or len(set(header)) != len(header):
                    raise _invalid_crosswalk(f"{path}: the first line names the formats, each once")
                rows: list[dict[str, str]] = []
                for cells in reader:
                    if not any(cells):
                        continue
                    if len(cells) != len(header):
                        raise _invalid_crosswalk(
                            f"{path}, line {reader.line_num}: {len(cells)} cells for "
                            f"{len(header)} columns"
                        )
                    rows.append({k: v for k, v in zip(header, cells, strict=True) if v})
        except (UnicodeDecodeError, csv.Error) as error:
            raise _invalid_crosswalk(f"{path}: {error}") from None
        crosswalk = cls(rows)
        crosswalk.columns = tuple(header)
        return crosswalk

    def between(self, name: str, source: str, target: str) -> dict[str, str]:
        """The ids of `target` by those of `source`. `name` is the crosswalk's, for messages."""
        for column in (source, target):
            if column not in self.columns:
                hint = did_you_mean(column, self.columns) or "it is empty"
                raise _invalid_crosswalk(f"the crosswalk {name!r} has no column {column!r}; {hint}")
        table: dict[str, str] = {}
        rows_by_target: dict[str, int] = {}
        for number, row in self._rows:
            source_id, target_id = row.get(source), row.get(target)
            if source_id is None or target_id is None:
                continue
            for seen, value, column in (
                (table, source_id, source),
                (rows_by_target, target_id, target),
            ):
                if value in seen:
                    raise _invalid_crosswalk(
                        f"the crosswalk {name!r} names {value!r} twice in its column {column!r} "
                        f"(again in row {number}); between two formats it is one-to-one"
                    )
            table[source_id] = target_id
            rows_by_target[target_id] = number
        return table


def to_crosswalk(value: Any) -> Crosswalk:
    """What a caller gave as a crosswalk: one already, or rows."""
    return value if isinstance(value, Crosswalk) else Crosswalk(value)


def _invalid_crosswalk(message: str) -> TranslationError:
    return TranslationError("invalid-crosswalk", "$", message)
