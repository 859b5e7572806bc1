"""`translator show`: show the Python code that a translation runs."""

from __future__ import annotations

import argparse

from translator.cli.exits import DONE
from translator.cli.files import print_out
from translator.cli.options import add_pair_arguments, build_translator


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_pair_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    print_out(build_translator(arguments).python.rstrip("\n"))
    return DONE
