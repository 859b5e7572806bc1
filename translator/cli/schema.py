"""`translator schema`: print the JSON Schemas of mappings, specs and examples."""

from __future__ import annotations

import argparse

from translator.cli.exits import DONE, UsageError
from translator.cli.files import print_out
from translator.cli.options import add_folder_arguments, build_catalog
from translator.report.printable import printable_json

DESCRIPTION = """\
Print the JSON Schema of a kind of file, with which editors complete and check
it. With --for, print the schema of mappings narrowed to the fields and values of
one format and of `interaction`.
"""

EXAMPLES = """\
  translator schema mapping > mapping.schema.json
  translator schema --for {source} > {source}.schema.json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    kinds = ("mapping", "mapping-1", "spec", "examples")
    about = "kind of file: mapping (default), mapping-1 (of version 1), spec or examples"
    parser.add_argument("kind", nargs="?", choices=kinds, default="mapping", help=about)
    about = "narrow the schema of mappings to this format"
    parser.add_argument("--for", dest="format", metavar="FORMAT", help=about)
    add_folder_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from translator.analysis.editor_schemas import load_schema, narrow_mapping_schema

    if arguments.format is None:
        print_out(printable_json(load_schema(arguments.kind)))
        return DONE
    if arguments.kind not in ("mapping", "mapping-1"):
        raise UsageError("--for narrows the schema of mappings only")
    catalog = build_catalog(arguments)
    narrowed = narrow_mapping_schema(catalog, arguments.format, arguments.kind)
    print_out(printable_json(narrowed))
    return DONE
