"""`translator impact`: what a new version of a spec changes and breaks."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from translator.analysis.impact import impact
from translator.catalog.catalog import Catalog
from translator.cli.console import output_style
from translator.cli.exits import DONE, REJECTED, UsageError
from translator.cli.files import print_out
from translator.cli.options import add_folder_arguments, add_output_format, build_catalog
from translator.report.impact import REPORTERS, render_text
from translator.schema.spec import load_spec

DESCRIPTION = """\
Compare two versions of a vendor's spec and report what changes in the events,
which mapping rules break, which new fields and values no mapping covers, which
pairs of formats are no longer proved, and which models change. Writes no files.
The exit code is 1 if something breaks, and 0 otherwise.
"""

EXAMPLES = """\
  translator impact specs/goshops.json goshops-2.json --format goshops
  translator impact specs/goshops.json goshops-2.json --output-format markdown
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("old", type=Path, metavar="OLD_SPEC", help="file of the current spec")
    parser.add_argument("new", type=Path, metavar="NEW_SPEC", help="file of the new spec")
    about = "format that both files describe (default: derived from the file names)"
    parser.add_argument("--format", metavar="NAME", help=about)
    add_output_format(parser, "markdown", "github", "sarif")
    add_folder_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    catalog = build_catalog(arguments)
    old, new = (load_spec(path, path.stem) for path in (arguments.old, arguments.new))
    names = [arguments.format] if arguments.format else dict.fromkeys((old.name, new.name))
    name = _find_format(catalog, list(names))
    result = impact(catalog, replace(old, name=name), replace(new, name=name))
    if arguments.output_format == "text":
        print_out(render_text(result, output_style(arguments.color)))
    else:
        print_out(REPORTERS[arguments.output_format](result))
    return REJECTED if result.breaks else DONE


def _find_format(catalog: Catalog, names: list[str]) -> str:
    """Return the only name that is a format with a mapping. Raises `UsageError`."""
    catalog.formats()
    mapped = sorted({name for pair in catalog.mapping_paths() for name in pair})
    matches = [name for name in names if name in mapped]
    if len(matches) == 1:
        return matches[0]
    problem = f"no mapping has a format named {' or '.join(map(repr, names))}"
    if matches:
        problem = f"the file names refer to two formats, {matches[0]!r} and {matches[1]!r}"
    remedy = f"pass --format with one of {', '.join(mapped)}, or --mappings for formats of your own"
    raise UsageError(f"{problem}: {remedy}")
