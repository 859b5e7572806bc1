"""`translator show`: the Python that a translation runs."""

from __future__ import annotations

import argparse

from translator.commands.given import add_pair_arguments, build_translator
from translator.commands.printing import print_out
from translator.exits import DONE


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_pair_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; gives the exit code."""
    print_out(build_translator(arguments).python.rstrip("\n"))
    return DONE
