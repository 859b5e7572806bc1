"""`translator completion`: print a script that completes commands in a shell."""

from __future__ import annotations

import argparse

from translator.cli.exits import DONE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""


def run(_arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    return DONE
