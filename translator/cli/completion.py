"""`translator completion`: print a script that completes commands in a shell.

The scripts are generated from the parsers of all commands. They are static except for the names of
formats, for which they run `translator completion --formats`.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from translator.cli.exits import DONE, UsageError
from translator.cli.files import print_out
from translator.cli.options import add_repeatable, check_folders
from translator.report.printable import join_printable

DESCRIPTION = """\
Print a script for a shell that completes commands, options, their choices, files
and the names of formats. It has to be loaded whenever a shell starts.
"""

EXAMPLES = """\
  echo 'source <(translator completion bash)' >> ~/.bashrc
  echo 'source <(translator completion zsh)' >> ~/.zshrc
  translator completion fish > ~/.config/fish/completions/translator.fish
"""

_FORMAT: Final = re.compile(r"[\w.-]+")
"""A name that means the same in every shell without quotes."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    about = "shell to print the script for"
    parser.add_argument("shell", nargs="?", choices=tuple(_SCRIPTS), help=about)
    about = "print the names of the formats instead, as the scripts need them"
    parser.add_argument("--formats", action="store_true", help=about)
    add_repeatable(parser, "--specs", "with --formats, folder with your own specs", metavar="DIR")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    if arguments.formats:
        from translator.catalog.discovery import Folders

        check_folders(arguments)
        folders = Folders(arguments.specs)
        folders.add_installed()
        print_out(join_printable(sorted(filter(_FORMAT.fullmatch, folders.spec_files()))))
    elif arguments.shell is None:
        raise UsageError(f"name a shell: {', '.join(_SCRIPTS)}")
    else:
        print_out(join_printable(_SCRIPTS[arguments.shell]()))
    return DONE


def _list_commands() -> Iterator[tuple[str, str, list[argparse.Action]]]:
    """Yield the name, the summary and the arguments of each command, and of no command first."""
    from translator.cli.main import COMMANDS, build_parser

    root = build_parser(COMMANDS)
    yield "", "", [action for action in root.list_arguments() if action.option_strings]
    for action in root.list_arguments():
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                yield name, COMMANDS[name], command.list_arguments()


def _values(action: argparse.Action) -> str:
    """Return what completes the values of an argument: words, formats, folders, files or none."""
    metavar = action.metavar if isinstance(action.metavar, str) else "SOURCE"
    if action.choices is not None:
        return " ".join(map(str, action.choices))
    if metavar in ("SOURCE", "TARGET") or action.dest == "format":
        return "FORMATS"
    if metavar == "DIR":
        return "FOLDERS"
    is_path = metavar == "PATH" and not action.option_strings
    return "FILES" if is_path or metavar.endswith(("FILE", "_SPEC")) else ""


def _value_count(action: argparse.Action) -> int:
    return action.nargs if isinstance(action.nargs, int) else int(action.nargs is None)


# --- bash ----------------------------------------------------------------------------------------

_BASH_FUNCTION = r"""
_translator() {
    local word=${COMP_WORDS[COMP_CWORD]} command= option= position=0 skip=0 i name kind
    local -a specs=()
    COMPREPLY=()
    [[ $word == = ]] && word=
    for ((i = 1; i < COMP_CWORD; i++)); do
        name=${COMP_WORDS[i]}
        if [[ $name == = ]]; then
            skip=1
        elif ((skip > 0)); then
            skip=$((skip - 1))
            [[ $option == --specs ]] && specs+=(--specs "$name")
        elif [[ $name == -* ]]; then
            option=$name
            skip=$(_translator_value_count "$command" "$option")
        elif [[ -z $command ]]; then
            command=$name
        else
            position=$((position + 1))
        fi
    done
    if ((skip > 0)); then
        kind=$(_translator_values "$command" "$option")
    elif [[ $word == -* ]]; then
        kind=$(_translator_values "$command" options)
    else
        kind=$(_translator_values "$command" "$position")
    fi
    case $kind in
        FOLDERS|FILES)
            compopt -o filenames 2>/dev/null
            local flag=-f
            [[ $kind == FOLDERS ]] && flag=-d
            while IFS= read -r name; do COMPREPLY+=("$name"); done < <(compgen "$flag" -- "$word")
            ;;
        FORMATS)
            while IFS= read -r name; do
                [[ $name == "$word"* ]] && COMPREPLY+=("$name")
            done < <(translator completion --formats "${specs[@]}" 2>/dev/null)
            ;;
        *)
            while IFS= read -r name; do
                COMPREPLY+=("$name")
            done < <(compgen -W "$kind" -- "$word")
            ;;
    esac
}
complete -F _translator translator"""


def _bash() -> Iterator[str]:
    counts, values = [], []
    commands = list(_list_commands())
    for command, _, actions in commands:
        options = [action for action in actions if action.option_strings]
        for action in options:
            names = [f"{command} {string}" for string in action.option_strings]
            if count := _value_count(action):
                counts.append(("|".join(map(_quote, names)), str(count)))
            values += [(_quote(name), _values(action)) for name in names]
        strings = " ".join(string for action in options for string in action.option_strings)
        values.append((_quote(f"{command} options"), strings))
        for position, action in enumerate(_positional(actions)):
            values.append((_quote(f"{command} {position}"), _values(action)))
    values.append((_quote(" 0"), " ".join(command for command, _, _ in commands if command)))
    yield "# Completion of translator for bash."
    for function, cases in (("value_count", [*counts, ("*", "0")]), ("values", values)):
        yield f"_translator_{function}() {{"
        yield '    case "$1 $2" in'
        yield from (
            f"        {pattern}) echo {_quote(words)} ;;" for pattern, words in cases if words
        )
        yield "    esac"
        yield "}"
    yield from _BASH_FUNCTION.strip("\n").split("\n")


def _positional(actions: Sequence[argparse.Action]) -> list[argparse.Action]:
    return [action for action in actions if not action.option_strings]


def _quote(string: str) -> str:
    return "'" + string.replace("'", "'\\''") + "'"


# --- zsh -----------------------------------------------------------------------------------------

_ZSH_FORMATS = """
_translator_formats() {
    local -a names folders
    local i
    for ((i = 1; i < $#words; i++)); do
        [[ $words[i] == --specs ]] && folders+=(--specs $words[i+1])
    done
    names=(${(f)"$(translator completion --formats $folders 2>/dev/null)"})
    compadd -a names
}"""

_ZSH_VALUES = {"FORMATS": "_translator_formats", "FOLDERS": "_files -/", "FILES": "_files"}


def _zsh() -> Iterator[str]:
    commands = list(_list_commands())
    yield "#compdef translator"
    yield from _ZSH_FORMATS.strip("\n").split("\n")
    yield "_translator() {"
    yield "    local context state line"
    yield "    local -a commands"
    for command, _, actions in commands:
        specs = [spec for action in actions for spec in _zsh_arguments(action)]
        if command:
            yield f"        {command}) _arguments -s {' '.join(map(_quote, specs))} ;;"
            continue
        specs += ["1:command:->command", "*::argument:->argument"]
        yield f"    _arguments -C {' '.join(map(_quote, specs))}"
        named = (_quote(f"{name}:{summary}") for name, summary, _ in commands if name)
        yield f"    commands=({' '.join(named)})"
        yield "    case $state in"
        yield "        command) _describe command commands; return ;;"
        yield "    esac"
        yield "    case $words[1] in"
    yield "    esac"
    yield "}"
    # The first line suffices for a file in $fpath, the last one for `source`.
    yield '[[ $funcstack[1] == _translator ]] && _translator "$@" || compdef _translator translator'


def _zsh_arguments(action: argparse.Action) -> Iterator[str]:
    """Yield the specifications of an argument for `_arguments`."""
    values = _values(action)
    completer = _ZSH_VALUES.get(values, f"({values})" if values else " ")
    if not action.option_strings:
        yield f"{'*' if action.nargs in ('*', '+') else ''}:{action.dest}:{completer}"
    about = re.sub(r"([\[\]:\\])", r"\\\1", action.help or "")
    for option in action.option_strings:
        repeat = "*" if isinstance(action, argparse._AppendAction) else ""
        yield f"{repeat}{option}[{about}]" + f":value:{completer}" * _value_count(action)


# --- fish ----------------------------------------------------------------------------------------

_FISH_VALUES = {
    "FORMATS": "-xa '(translator completion --formats 2>/dev/null)'",
    "FOLDERS": "-xa '(__fish_complete_directories)'",
    "FILES": "-rF",
}


def _fish() -> Iterator[str]:
    yield "# Completion of translator for fish."
    yield "complete -c translator -f"
    for command, summary, actions in _list_commands():
        condition = f"-n '__fish_seen_subcommand_from {command}'"
        if command:
            about = f"-a {command} -d {_quote(summary)}"
            yield f"complete -c translator -n __fish_use_subcommand {about}"
        else:
            condition = "-n __fish_use_subcommand"
        for action in actions:
            values = _values(action)
            completer = _FISH_VALUES.get(values, f"-xa {_quote(values)}" if values else "-x")
            if not action.option_strings:
                # fish does not count arguments: files and formats are completed at every position.
                completer = {"FILES": "-F"}.get(values, completer.replace("-xa", "-a"))
                if values:
                    yield f"complete -c translator {condition} {completer}"
                continue
            names = " ".join(
                f"-l {option[2:]}" if option.startswith("--") else f"-s {option[1:]}"
                for option in action.option_strings
            )
            about = f"-d {_quote(action.help or '')}"
            completer = f" {completer}" if _value_count(action) else ""
            yield f"complete -c translator {condition} {names}{completer} {about}"


_SCRIPTS: Final[dict[str, Callable[[], Iterator[str]]]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
}
