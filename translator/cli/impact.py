"""`translator impact`: what a new version of a spec changes and breaks."""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from translator.analysis.impact import impact
from translator.catalog.catalog import Catalog
from translator.catalog.discovery import File
from translator.cli.console import output_style
from translator.cli.exits import DONE, REJECTED, UsageError
from translator.cli.files import print_out
from translator.cli.options import add_folder_arguments, add_output_format, build_catalog
from translator.report.impact import REPORTERS, render_all, render_text
from translator.schema.spec import Spec, load_spec

DESCRIPTION = """\
Compare two versions of a vendor's spec and report what changes in the events,
which mapping rules break, which new fields and values no mapping covers, which
pairs of formats are no longer proved, and which models change. Writes no files.
With --since, compare each changed spec with the one of a Git revision.
The exit code is 1 if something breaks, and 0 otherwise.
"""

EXAMPLES = """\
  translator impact --since HEAD --specs specs --mappings mappings
  translator impact specs/{source}.json {source}-2.json --format {source}
  translator impact specs/{source}.json {source}-2.json --output-format markdown
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    about = "files of the current and of the new spec; with --since, files to compare, if not all"
    parser.add_argument("files", nargs="*", type=Path, metavar="SPEC", help=about)
    about = "compare the files of --specs (default: ./specs) with those of this Git revision"
    parser.add_argument("--since", metavar="REVISION", help=about)
    about = "format that both files describe (default: derived from the file names)"
    parser.add_argument("--format", metavar="NAME", help=about)
    add_output_format(parser, "markdown", "github", "sarif")
    add_folder_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    if arguments.since is not None:
        if arguments.format is not None:
            raise UsageError("--since derives the formats from the file names; remove --format")
        pairs = list(_changed_specs(arguments))
    else:
        if len(arguments.files) != 2:
            problem = "name two files, OLD_SPEC and NEW_SPEC, or use --since REVISION"
            arguments.parser.error(problem)
        old, new = (load_spec(path, path.stem) for path in arguments.files)
        pairs = [(old, new)]
    catalog = build_catalog(arguments)
    impacts = []
    for old, new in pairs:
        names = [arguments.format] if arguments.format else dict.fromkeys((old.name, new.name))
        name = _find_format(catalog, list(names))
        impacts.append(impact(catalog, replace(old, name=name), replace(new, name=name)))
    style, output_format = output_style(arguments.color), arguments.output_format
    if arguments.since is not None:
        none_changed = f"no spec has changed since {arguments.since}"
        print_out(render_all(impacts, output_format, style, none_changed))
    elif output_format == "text":
        print_out(render_text(impacts[0], style))
    else:
        print_out(REPORTERS[output_format](impacts[0]))
    return REJECTED if any(result.breaks for result in impacts) else DONE


def _changed_specs(arguments: argparse.Namespace) -> Iterator[tuple[Spec, Spec]]:
    """Yield the specs that differ from those of the revision, as they were and as they are.

    Specs that the revision lacks are new, and break nothing. Raises `UsageError`.
    """
    folders = list(map(Path, arguments.specs or ["specs"]))
    paths = arguments.files or [path for folder in folders for path in folder.glob("*.json")]
    if not paths:
        raise UsageError(f"there is no spec in {' or '.join(map(str, folders))}; pass --specs")
    for path in sorted(paths):
        content = _read_revision(path, arguments.since)
        try:
            is_changed = content is not None and content != path.read_bytes()
        except OSError as error:
            raise UsageError(f"cannot read {str(path)!r}: {error.strerror}") from error
        if is_changed:
            old = File(f"{arguments.since}:{path.as_posix()}", content)
            yield load_spec(old, path.stem), load_spec(path, path.stem)


def _read_revision(path: Path, revision: str) -> bytes | None:
    """Return the content of a file in a Git revision, None if it is not there."""
    commit = _git(
        path.parent, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}"
    )
    if commit.returncode:
        reason = commit.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise UsageError(f"--since {revision}: {reason or 'there is no such revision'}")
    blob = f"{commit.stdout.decode().strip()}:./{path.name}"
    result = _git(path.parent, "cat-file", "blob", blob)
    return None if result.returncode else result.stdout


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = ["git", "-C", str(folder), *arguments]
    try:
        return subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        raise UsageError("--since requires git, which is not installed") from None


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
