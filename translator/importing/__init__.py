"""Convert the specs that vendors publish into the form of this project's specs.

Nothing here uses the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ImportedSpec:
    """A spec as `import_spec` converts it.

    `document` is the OpenAPI 3.1 document, with only the schemas that the event needs. `changes`
    lists what is spelled differently in it, `unsupported` what it does not say any more, with its
    place in the source. `files` lists every file that was read, the given one first. `event` is
    the pointer of the event's schema in the given file.
    """

    document: dict[str, Any]
    changes: list[str]
    unsupported: list[str]
    files: tuple[Path, ...]
    event: str


def import_spec(file: Path, name: str, event: str | None = None) -> ImportedSpec:
    """Convert the published spec in `file` into the spec of the format `name`.

    `event` is a JSON pointer or the name of a schema, and can be omitted if there is only one
    candidate. References to other files are followed within the folder of `file`. Raises
    `SpecError`, whose diagnostics say what is wrong, where, and what to do.
    """
    from translator.importing.conversion import convert

    return convert(file, name, event)
