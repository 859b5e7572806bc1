"""`translator check`: specs and mappings against one another."""

from __future__ import annotations

import argparse

from translator.analysis.check import check
from translator.cli.exits import DONE, REJECTED, UsageError
from translator.cli.files import print_out
from translator.cli.options import add_folder_arguments, build_catalog

TEXT = """\
Finds what would make translations wrong (members and values that do not
exist, rules that cannot hold) and what nobody thought of: members and values
of either side that a mapping neither maps nor loses with a reason. Exits with
0 if there is nothing to find, and with 1 otherwise.

With --explain, says instead what is proved of one pair: for each kind of event,
whether every translation is proved to satisfy the target's spec, and if not,
which check stands at run time, where, and for which rule. Exits with 1 where
the pair is wrong.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_folder_arguments(parser)
    parser.add_argument(
        "--explain",
        nargs=2,
        metavar=("SOURCE", "TARGET"),
        help="say what is proved of this pair, and what is checked at run time",
    )
    parser.add_argument(
        "--output-format",
        choices=("text", "json", "github", "sarif"),
        default="text",
        help="text for people; by default text",
    )


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; gives the exit code."""
    catalog = build_catalog(arguments)
    if arguments.explain is None:
        from translator.report.findings import REPORTERS

        findings = check(catalog)
        print_out(REPORTERS[arguments.output_format](findings))
        return REJECTED if findings else DONE

    from translator.analysis.proof import prove
    from translator.report.proof import render_json, render_text

    if arguments.output_format not in ("text", "json"):
        raise UsageError("--explain writes text or json")
    proof = prove(catalog, *arguments.explain)
    print_out(render_text(proof) if arguments.output_format == "text" else render_json(proof))
    return REJECTED if proof.verdict == "wrong" else DONE
