"""`translator contract`: what survives a round trip through another format."""

from __future__ import annotations

import argparse

from translator.cli.exits import DONE
from translator.cli.files import print_out
from translator.cli.options import (
    add_folder_arguments,
    add_output_format,
    add_repeatable,
    build_catalog,
)

DESCRIPTION = """\
For each kind of event of SOURCE, report what survives the translation to TARGET
and back: which fields return unchanged, in another spelling, under conditions
or not at all; the step that loses a field, and why; which values survive; and
which params are needed. The contract is derived from the mappings. It assumes
that all params are given, unless --param names those that are, and only the
opt-ins and crosswalks that --allow and --crosswalk name.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("source", metavar="SOURCE", help="format of the original events")
    parser.add_argument("target", metavar="TARGET", help="format to translate to and back from")
    help_text = "assume that only this param is given ('' for none)"
    add_repeatable(parser, "--param", "NAME", help_text)
    add_repeatable(parser, "--crosswalk", "NAME", "assume that this crosswalk is given")
    add_repeatable(parser, "--allow", "NAME", "enable an opt-in of the mappings")
    add_output_format(parser)
    add_folder_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from translator.analysis.contract import contract, find_needs
    from translator.report.roundtrip import render_json, render_text

    catalog = build_catalog(arguments)
    result = contract(
        catalog,
        arguments.source,
        arguments.target,
        params=[name for name in arguments.param if name] if arguments.param else None,
        allow=arguments.allow,
        crosswalks=arguments.crosswalk,
    )
    render = render_text if arguments.output_format == "text" else render_json
    print_out(render(result, find_needs(catalog, result)))
    return DONE
