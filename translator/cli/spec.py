"""`translator spec`: import specs that vendors publish, and keep them up to date."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from translator.cli.config import add_config_arguments, load_config
from translator.cli.console import print_error
from translator.cli.exits import DONE, REJECTED, UsageError
from translator.cli.files import open_output, print_out
from translator.report.printable import join_printable

if TYPE_CHECKING:
    from translator.importing.build import BuiltSpec

DESCRIPTION = """\
Import the specs that vendors publish as specs of this project, and import them
again when the vendors change them.
"""

_IMPORT_DESCRIPTION: Final = """\
Convert a published spec (OpenAPI, Swagger, JSON Schema, a service model) into
the spec NAME.json of the format NAME. If NAME.overlay.yaml is in the folder, an
OpenAPI overlay with changes of your own, its actions are applied. The file
specs.lock.json records the files with SHA-256. Nothing is fetched.
"""

_UPDATE_DESCRIPTION: Final = """\
Import all specs of specs.lock.json again, or the named ones, and apply their
overlays. With --check, write nothing, and show what would change; the exit code
is 1 if something would. If a published file is missing, --check says so, and
compares the spec and its overlay with the lock.
"""

EXAMPLES = """\
  translator spec import {source}-2.json --name acme
  translator spec update --check
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, summary: str, description: str) -> argparse.ArgumentParser:
        settings: dict[str, Any] = {
            "formatter_class": parser.formatter_class,
            "epilog": parser.epilog,
            "allow_abbrev": False,
        }
        return commands.add_parser(name, help=summary, description=description, **settings)

    command = add("import", "import a published spec", _IMPORT_DESCRIPTION)
    command.add_argument("source", type=Path, metavar="FILE", help="published spec, JSON or YAML")
    command.add_argument("--name", required=True, metavar="NAME", help="name of the format")
    about = "the event's schema: a JSON pointer or a name (default: the only candidate)"
    command.add_argument("--event", metavar="EVENT", help=about)
    _add_shared_arguments(command)
    command.set_defaults(action=_import, parser=command)
    command = add("update", "import all specs again", _UPDATE_DESCRIPTION)
    about = "formats to update (default: all that were imported)"
    command.add_argument("names", nargs="*", metavar="NAME", help=about)
    about = "write nothing; show how the specs differ from what would be imported"
    command.add_argument("--check", action="store_true", help=about)
    _add_shared_arguments(command)
    command.set_defaults(action=_update, parser=command)


def _add_shared_arguments(parser: argparse.ArgumentParser) -> None:
    about = "folder of the specs (default: ./specs)"
    parser.add_argument("--specs", type=Path, metavar="DIR", help=about)
    about = "replace a spec that was edited, or was not imported"
    parser.add_argument("--force", action="store_true", help=about)
    # These options may also precede the name of the subcommand.
    add_config_arguments(parser, default=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    if arguments.specs is None:
        config = load_config(arguments)
        if len(config.specs) > 1:
            problem = "specs: specs are imported into one folder"
            raise UsageError(f"{config.file}: {problem}; choose it with --specs DIR")
        arguments.specs = Path(*config.specs or ("specs",))
    code: int = arguments.action(arguments)
    return code


def _import(arguments: argparse.Namespace) -> int:
    from translator.importing import build

    spec = build.build_spec(arguments.specs, arguments.name, arguments.source, arguments.event)
    is_new = spec.current is None
    _write(arguments, [spec])
    state = "wrote" if is_new or spec.content != spec.current else "unchanged:"
    lines = [f"{state} {spec.path}: the event is {spec.entry.event}", *_details(spec)]
    print_out(join_printable(lines))
    return DONE


def _update(arguments: argparse.Namespace) -> int:
    from translator.importing import build

    if arguments.check:
        return _check(arguments)
    specs = build.build_locked(arguments.specs, arguments.names)
    _write(arguments, specs)
    print_out(join_printable(line for spec in specs for line in _outcome(spec)))
    return DONE


def _check(arguments: argparse.Namespace) -> int:
    from translator.importing import build

    specs, unsourced = build.check_locked(arguments.specs, arguments.names)
    files = build.files_to_write(arguments.specs, specs)
    if files:
        # The hashes in the lock say nothing that is not clear from the specs.
        changed = {spec.path: files[spec.path] for spec in specs if spec.path in files}
        print_out(join_printable(build.diff_files(changed or files)))
        print_error("translator: the specs differ from their sources; run `translator spec update`")
    elif specs:
        print_out(join_printable(f"{spec.path}: unchanged" for spec in specs))
    for spec in unsourced:
        state = f"{spec.path}: not compared with {spec.missing}, which is missing"
        if spec.changed is None:
            print_out(join_printable([f"{state}; unchanged since it was imported"]))
        else:
            print_error(f"translator: {state}; {spec.changed} changed since it was imported")
    return REJECTED if files or any(spec.changed for spec in unsourced) else DONE


def _outcome(spec: BuiltSpec) -> Iterator[str]:
    if spec.content == spec.current:
        yield f"{spec.path}: unchanged"
    else:
        yield f"{spec.path}: updated"
        yield from _details(spec)


def _details(spec: BuiltSpec) -> Iterator[str]:
    """Yield what is different from the published spec, each group below a heading."""
    yield from _group("changed", spec.imported.changes)
    yield from _group("not carried over", spec.imported.unsupported)
    if spec.entry.overlay is not None:
        actions = [action.description or action.target for action in spec.actions]
        yield from _group(f"decided by {spec.entry.overlay.file}", actions)


def _group(heading: str, lines: Iterable[str]) -> Iterator[str]:
    lines = list(lines)
    if lines:
        yield f"{heading}:"
        yield from (f"  {line}" for line in lines)


def _write(arguments: argparse.Namespace, specs: list[BuiltSpec]) -> None:
    """Write what changes, each file at once, and the lock last. Raises `UsageError`."""
    from translator.importing import build

    if not arguments.force:
        build.check_replaceable(arguments.specs, specs)
    files = build.files_to_write(arguments.specs, specs)
    try:
        arguments.specs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"cannot create the folder {str(arguments.specs)!r}"
        raise UsageError(f"{problem}: {error.strerror or error}") from error
    with ExitStack() as stack:
        outputs = [stack.enter_context(open_output(str(path))) for path in files]
        for output, content in zip(outputs, files.values(), strict=True):
            output.write(content)
            output.flush()
        for output in outputs:
            output.commit()
