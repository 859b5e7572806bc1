"""`translator show`: show the Python code that a translation runs."""

from __future__ import annotations

import argparse

from translator.cli.exits import DONE
from translator.cli.files import print_out
from translator.cli.options import add_pair_arguments, build_translator
from translator.report.printable import join_printable

EXAMPLES = """\
  translator show {source} {target}
  translator show {source} {target} --param timezone=Europe/Berlin
"""

add_arguments = add_pair_arguments


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    print_out(join_printable(build_translator(arguments).python.rstrip("\n").split("\n")))
    return DONE
