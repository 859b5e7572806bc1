"""`translator generate`: generate typed models from specs."""

from __future__ import annotations

import argparse
from pathlib import Path

from translator.catalog.discovery import Folders
from translator.cli.config import load_config
from translator.cli.console import output_style, print_error
from translator.cli.exits import DONE, REJECTED, UsageError
from translator.cli.files import print_out
from translator.report.printable import Printable, join_printable, printable
from translator.report.style import Colour, Style
from translator.schema import models

EXAMPLES = """\
  translator generate --specs specs --out generated
  translator generate --check
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    about = "write nothing; show how the existing models differ from the specs"
    parser.add_argument("--check", action="store_true", help=about)
    for name, folder, content in (("specs", "specs", "specs"), ("out", "generated", "models")):
        about = f"folder of the {content} (default: ./{folder})"
        parser.add_argument(f"--{name}", help=about, type=Path, metavar="DIR")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    specs, out = _folders(arguments)
    shipped = Folders().spec_files()
    if arguments.check:
        difference = models.diff_models(specs, out, shipped)
        if not difference:
            return DONE
        style = output_style(arguments.color)
        print_out(join_printable(_paint_difference(line, style) for line in difference))
        print_error("translator: the models differ from the specs; run `translator generate`")
        return REJECTED
    model_names = models.generate_models(specs, out, shipped)
    print_out(join_printable(f"{out / name}.py" for name in model_names))
    return DONE


def _folders(arguments: argparse.Namespace) -> tuple[Path, Path]:
    """Return the folders of the specs and of the models. Raises `UsageError`."""
    config = load_config(arguments)
    specs: Path | None = arguments.specs
    if specs is None and len(config.specs) > 1:
        problem = "specs: models are generated from one folder"
        raise UsageError(f"{config.file}: {problem}; choose it with --specs DIR")
    specs = specs or Path(*config.specs or ("specs",))
    return specs, arguments.out or Path(config.generated or "generated")


def _paint_difference(line: str, style: Style) -> Printable:
    """Paint a line of a unified diff."""
    if line.startswith(("+++", "---")):
        return style.paint(line, "bold")
    colours: dict[str, Colour] = {"+": "green", "-": "red", "@": "cyan"}
    return style.paint(line, colours[line[0]]) if line[:1] in colours else printable(line)
