"""`translator new`: write the first spec, mapping and examples of a new format."""

from __future__ import annotations

import argparse
import json
import keyword
import os
import re
from pathlib import Path
from typing import Any

from translator.catalog.discovery import HUB
from translator.cli.config import FILE_NAME, load_config
from translator.cli.exits import DONE, UsageError
from translator.cli.files import print_out
from translator.report.printable import join_printable
from translator.schema.openapi import LOCK_FILE

DESCRIPTION = """\
Write the files of a new format: its spec, a mapping to `interaction`, examples,
and a schema for editors. The mapping translates at once as far as the names and
types of the fields decide it. Fields with near names are proposed in comments,
and all others are listed as lost with the reason `todo`, which `translator
check` reports as one warning. Existing files are never overwritten. If there is
no configuration file and no folder is given, one is written, so that the other
commands find the format.
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
        about = f"folder to write to (default: that of the configuration, or ./{name})"
        parser.add_argument(f"--{name}", type=Path, metavar="DIR", help=about)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    name: str = arguments.name
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise UsageError(f"{name!r} cannot be the name of a format: use a-z, 0-9 and _")
    if name == HUB or keyword.iskeyword(name):
        raise UsageError(f"{name!r} cannot be the name of a format; choose another name")
    config = load_config(arguments)
    specs: Path = arguments.specs or Path(*config.specs[:1] or ("specs",))
    mappings: Path = arguments.mappings or Path(*config.mappings[:1] or ("mappings",))
    spec_file = specs / f"{name}.json"
    mapping_file = mappings / f"{name}.yaml"
    examples_file = mappings / "examples" / f"{name}.yaml"
    schema_file = mappings / ".schemas" / f"{name}.schema.json"
    is_same = spec_file.exists() and arguments.spec.exists() and spec_file.samefile(arguments.spec)
    for file in (spec_file, mapping_file, examples_file, schema_file):
        if file.exists() and not (file is spec_file and is_same):
            raise UsageError(f"{file} exists already; remove it, or choose another name or folder")

    from translator.analysis.editor_schemas import narrow_mapping_schema
    from translator.analysis.scaffold import scaffold
    from translator.catalog.catalog import Catalog
    from translator.schema.spec import Spec

    document, spec_files = _read_spec(arguments.spec, name, arguments.event, specs)
    files = scaffold(Catalog(), name, document, f".schemas/{schema_file.name}")
    catalog = Catalog().with_spec(Spec(name, document, str(spec_file)))
    schema = json.dumps(narrow_mapping_schema(catalog, name, "mapping"), indent=2) + "\n"
    written = {} if is_same else dict(spec_files)
    written |= {mapping_file: files.mapping.encode(), schema_file: schema.encode()}
    if files.examples:
        written[examples_file] = files.examples.encode()
    folders = {*map(os.path.abspath, (specs, mappings))}
    options = f" --specs {specs} --mappings {mappings}"
    is_default = arguments.specs is None and arguments.mappings is None
    if is_default and not config.file and not arguments.no_config:
        lines = f"specs = [{json.dumps(str(specs))}]\nmappings = [{json.dumps(str(mappings))}]\n"
        written[Path(FILE_NAME)] = lines.encode()
        options = ""
    elif folders <= {*map(os.path.abspath, (*config.specs, *config.mappings))}:
        options = ""
    for file, content in written.items():
        _write(file, content, replace=file.name == LOCK_FILE)
    next_steps = (
        f"next: translator check{options}",
        f"then: translator translate {name} {HUB} FILE{options}",
    )
    print_out(join_printable([*(f"wrote {file}" for file in written), *next_steps]))
    return DONE


def _read_spec(
    file: Path, name: str, event: str | None, folder: Path
) -> tuple[dict[str, Any], dict[Path, bytes]]:
    """Return a spec in this project's form, and the files to write into the folder of specs.

    A spec in another form is imported, as by `translator spec import`.
    """
    from translator.importing.build import build_spec, files_to_write
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
            return load_spec(file, name).document, {folder / f"{name}.json": content}
    built = build_spec(folder, name, file, event)
    return json.loads(built.content), files_to_write(folder, [built])


def _write(file: Path, content: bytes, *, replace: bool) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(file, "wb" if replace else "xb") as opened:
            opened.write(content)
    except FileExistsError as error:
        raise UsageError(f"{error.filename} exists already") from error
    except OSError as error:
        raise UsageError(f"cannot write {str(file)!r}: {error.strerror}") from error
