"""`translator show`: the Python that a translation runs."""

from __future__ import annotations

import argparse

from translator.commands.given import add_pair, translator_of
from translator.commands.printing import print_out
from translator.exits import DONE


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_pair(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; gives the exit code."""
    print_out(translator_of(arguments).python.rstrip("\n"))
    return DONE
