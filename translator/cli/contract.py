"""`translator contract`: what survives the way to another format and back."""

from __future__ import annotations

import argparse

from translator.cli.exits import DONE
from translator.cli.files import print_out
from translator.cli.options import add_folder_arguments, build_catalog

TEXT = """\
Says of each kind of event of SOURCE what comes back when it is translated to
TARGET and back: which members exactly, which in another spelling, which under
conditions, which not, and in which step and why they are lost; which values
survive, and which params are needed. It is derived from the mappings. All
params are taken as given, unless --param names some; opt-ins and crosswalks
only where they are named.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("source", metavar="SOURCE", help="the format of the events that go")
    parser.add_argument("target", metavar="TARGET", help="the format that they come back from")
    parser.add_argument(
        "--param",
        action="append",
        metavar="NAME",
        help="a param taken as given, and no other; '' for none; repeatable",
    )
    parser.add_argument(
        "--crosswalk",
        action="append",
        default=[],
        metavar="NAME",
        help="a crosswalk taken as given; repeatable",
    )
    parser.add_argument(
        "--allow", action="append", default=[], metavar="NAME", help="an opt-in; repeatable"
    )
    parser.add_argument(
        "--output-format", choices=("text", "json"), default="text", help="text by default"
    )
    add_folder_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; gives the exit code."""
    from translator.analysis.contract import contract, find_needs
    from translator.report.roundtrip import render_json, render_text

    catalog = build_catalog(arguments)
    param_names = arguments.param
    result = contract(
        catalog,
        arguments.source,
        arguments.target,
        params=None if param_names is None else [name for name in param_names if name],
        allow=arguments.allow,
        crosswalks=arguments.crosswalk,
    )
    format_result = render_text if arguments.output_format == "text" else render_json
    print_out(format_result(result, find_needs(catalog, result)))
    return DONE
