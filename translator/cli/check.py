"""`translator check`: check specs and mappings against each other."""

from __future__ import annotations

import argparse

from translator.analysis.check import check
from translator.analysis.proof import prove
from translator.cli.console import output_style
from translator.cli.exits import DONE, REJECTED, UsageError
from translator.cli.files import print_out
from translator.cli.options import add_folder_arguments, add_output_format, build_catalog
from translator.report import findings as report
from translator.report.proof import render_json, render_text

DESCRIPTION = """\
Report what would make translations wrong (rules that name fields or values that
do not exist, rules that can never apply) and what the mappings do not cover:
fields and values of either format that are neither mapped nor listed as lost
with a reason. The exit code is 0 if there are no findings, and 1 otherwise.

With --explain, report what is proved about one pair of formats. For each kind
of event, say whether every translation is proved to be valid in the target
format; if not, list each check that remains at run time, its path and its rule.
The exit code is 1 if some output of the pair would be invalid.
"""

EXAMPLES = """\
  translator check --specs specs --mappings mappings
  translator check --explain {source} {target}
  translator check --output-format sarif > translator.sarif
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_folder_arguments(parser)
    about = "report what is proved about this pair and what is checked at run time"
    parser.add_argument("--explain", nargs=2, metavar=("SOURCE", "TARGET"), help=about)
    about = "as text, show every finding, even if many in one file have the same code"
    parser.add_argument("--all", action="store_true", help=about)
    add_output_format(parser, "github", "sarif")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    catalog = build_catalog(arguments)
    if arguments.explain is None:
        findings = check(catalog)
        if arguments.output_format == "text":
            render = report.render_all_text if arguments.all else report.render_text
            print_out(render(findings, output_style(arguments.color)))
        else:
            print_out(report.REPORTERS[arguments.output_format](findings))
        return REJECTED if findings else DONE

    if arguments.output_format not in ("text", "json"):
        raise UsageError("--explain supports only the output formats text and json")
    proof = prove(catalog, *arguments.explain)
    if arguments.output_format == "json":
        print_out(render_json(proof))
    else:
        print_out(render_text(proof, output_style(arguments.color)))
    return REJECTED if proof.verdict == "wrong" else DONE
