"""The commands of the command line, a module each.

A module has `add`, which adds its arguments to a parser, `run`, which does what they ask and gives
the exit code, and may have `TEXT`, which its help says instead of one line. Only the module of the
command that was given is imported.
"""

COMMANDS = {
    "translate": "translate a file of events",
    "formats": "list the formats, and what each pair needs",
    "show": "show the Python that a translation runs",
    "explain": "say what becomes of each member of an event, and why",
    "check": "check specs and mappings against one another",
    "coverage": "show how much of each format reaches the others",
    "impact": "tell what a new version of a spec breaks",
    "contract": "say what survives the way to another format and back",
    "generate": "make typed models from specs",
}
"""What there is: each command's name, which is its module's too, and what it is for."""
