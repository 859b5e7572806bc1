"""`translator generate`: typed models from specs."""

from __future__ import annotations

import argparse
from pathlib import Path

from translator.cli.exits import DONE, REJECTED
from translator.cli.files import print_out


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "--check", action="store_true", help="write nothing; show what differs from the files"
    )
    parser.add_argument(
        "--specs", type=Path, default=Path("specs"), metavar="DIR", help="by default ./specs"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("generated"), metavar="DIR", help="by default ./generated"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; gives the exit code."""
    from translator.schema.models import diff_models, generate_models

    if arguments.check:
        difference = diff_models(arguments.specs, arguments.out)
        if not difference:
            return DONE
        print_out(difference.rstrip("\n"))
        from translator.cli.console import print_error

        print_error("translator: the models differ from the specs; run `translator generate`")
        return REJECTED
    model_names = generate_models(arguments.specs, arguments.out)
    print_out("\n".join(f"{arguments.out / name}.py" for name in model_names))
    return DONE
