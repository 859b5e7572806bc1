"""`translator new`: write the first spec, mapping and examples of a new format."""

from __future__ import annotations

import argparse
import json
import keyword
import re
from pathlib import Path
from typing import Any

from translator.catalog.discovery import HUB
from translator.cli.exits import DONE, UsageError
from translator.cli.files import print_out
from translator.report.printable import join_printable

DESCRIPTION = """\
Write the files of a new format: its spec, a mapping to `interaction`, examples,
and a schema for editors. The mapping translates at once as far as the names and
types of the fields decide it. Fields with near names are proposed in comments,
and all others are listed as lost with the reason `todo`, which `translator
check` reports as one warning. Existing files are never overwritten.
"""

EXAMPLES = """\
  translator new acme --spec {source}-2.json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("name", metavar="NAME", help="name of the new format, such as acme")
    about = "the vendor's spec, in any form that `translator spec import` reads"
    parser.add_argument("--spec", required=True, type=Path, metavar="FILE", help=about)
    about = "the schema of an event in FILE: its name, or a JSON pointer"
    parser.add_argument("--event", metavar="POINTER|NAME", help=about)
    for name in ("specs", "mappings"):
        about = f"folder to write to (default: ./{name})"
        parser.add_argument(f"--{name}", type=Path, default=Path(name), metavar="DIR", help=about)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    name: str = arguments.name
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise UsageError(f"{name!r} cannot be the name of a format: use a-z, 0-9 and _")
    if name == HUB or keyword.iskeyword(name):
        raise UsageError(f"{name!r} cannot be the name of a format; choose another name")
    spec_file = arguments.specs / f"{name}.json"
    mapping_file = arguments.mappings / f"{name}.yaml"
    examples_file = arguments.mappings / "examples" / f"{name}.yaml"
    schema_file = arguments.mappings / ".schemas" / f"{name}.schema.json"
    is_same = spec_file.exists() and arguments.spec.exists() and spec_file.samefile(arguments.spec)
    for file in (spec_file, mapping_file, examples_file, schema_file):
        if file.exists() and not (file is spec_file and is_same):
            raise UsageError(f"{file} exists already; remove it, or choose another name or folder")

    from translator.analysis.editor_schemas import narrow_mapping_schema
    from translator.analysis.scaffold import scaffold
    from translator.catalog.catalog import Catalog
    from translator.schema.spec import Spec

    document, content = _read_spec(arguments.spec, name, arguments.event)
    files = scaffold(Catalog(), name, document, f".schemas/{schema_file.name}")
    catalog = Catalog().with_spec(Spec(name, document, str(spec_file)))
    schema = json.dumps(narrow_mapping_schema(catalog, name), indent=2) + "\n"
    written = {mapping_file: files.mapping, schema_file: schema}
    if files.examples:
        written[examples_file] = files.examples
    if not is_same:
        written = {spec_file: content, **written}
    for file, text in written.items():
        _write(file, text)
    next_step = f"translator check --specs {arguments.specs} --mappings {arguments.mappings}"
    print_out(join_printable([*(f"wrote {file}" for file in written), f"next: {next_step}"]))
    return DONE


def _read_spec(file: Path, name: str, event: str | None) -> tuple[dict[str, Any], str]:
    """Return a spec in this project's form, as a document and as the content of its file."""
    from translator.importing import import_spec
    from translator.schema.spec import load_spec

    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {str(file)!r}: {error.strerror}") from error
    if event is None:
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            document = None
        if isinstance(document, dict) and "x-event" in document:
            return load_spec(file, name).document, content.decode()
    document = import_spec(file, name, event).document
    return document, json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(file, "x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise UsageError(f"{error.filename} exists already") from error
    except OSError as error:
        raise UsageError(f"cannot write {str(file)!r}: {error.strerror}") from error
