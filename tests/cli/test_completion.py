"""`translator completion`: the scripts complete commands, options, choices, formats and files."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from translator.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
FORMATS = {"aisquare", "algolia", "cobi", "ga4", "goshops", "interaction", "miso", "personalize",
           "retail", "segment", "snowplow", "xapi"}  # fmt: skip

Run = Callable[..., Any]

CASES: list[tuple[list[str], set[str]]] = [
    (["tr"], {"translate"}),
    (["translate", "go"], {"goshops"}),
    (["translate", "goshops", "mi"], {"miso"}),
    (["translate", "goshops", "miso", "--rej"], {"--rejects"}),
    (["translate", "--param", "a=b", "go"], {"goshops"}),
    (["check", "--output-format", "s"], {"sarif"}),
    (["--color", "al"], {"always"}),
    (["--color", "never", "che"], {"check"}),
    (["check", "--explain", "goshops", "co"], {"cobi"}),
    (["translate", "goshops", "miso", "ev"], {"events.ndjson"}),
    (["coverage", "--html", "ev"], {"events.ndjson"}),
    (["formats", "--specs", "f"], {"folder"}),
    (["translate", "acm"], set()),
    (["translate", "--specs", "folder", "acm"], {"acme"}),
]
"""The words of a command line, the last of which is incomplete, and what completes it."""


def shell(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a shell in which `translator` is this package."""
    program = tmp_path / "bin" / "translator"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        '[ "$1" = completion ] || { printf "GOT<%s>" "$*"; exit; }\n'
        f'exec "{sys.executable}" -m translator "$@"\n'
    )
    program.chmod(0o755)
    (tmp_path / "events.ndjson").touch()
    (tmp_path / "folder").mkdir()
    for format_name in ("acme", "$(touch hacked)"):
        (tmp_path / "folder" / f"{format_name}.json").touch()
    path = os.pathsep.join([str(program.parent), os.environ["PATH"]])
    home, lookup = str(tmp_path / "home"), str(ROOT)
    return {**os.environ, "PATH": path, "HOME": home, "PYTHONPATH": lookup, "TERM": "dumb"}


def script(name: str, run: Run, folder: Path) -> Path:
    result = run("completion", name)
    assert (result.code, result.err) == (0, "")
    file = folder / f"completion.{name}"
    file.write_text(result.out, encoding="utf-8")
    return file


def answer(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    completed = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    return completed.stdout


@pytest.mark.parametrize("with_equals", [False, True])
def test_bash(run: Run, tmp_path: Path, environment: dict[str, str], with_equals: bool) -> None:
    """Bash completes commands, options, choices, formats, files and folders."""
    file, lines = script("bash", run, tmp_path), []
    for words, _ in CASES:
        # Bash splits `--option=value` into three words.
        quoted = [f"'{word}'" for word in words]
        if with_equals and words[-2:-1] and words[-2].startswith("--"):
            quoted.insert(-1, "=")
        line = f"COMP_WORDS=(translator {' '.join(quoted)}); COMP_CWORD={len(quoted)}"
        lines.append(f'{line}; _translator; echo "${{COMPREPLY[*]}}"')
    code = "\n".join([f"source {file}", *lines])
    output = answer([shell("bash"), "--norc", "-c", code], tmp_path, environment)
    assert [set(line.split()) for line in output.split("\n")[:-1]] == [
        expected for _, expected in CASES
    ]
    assert not (tmp_path / "hacked").exists()


def test_fish(run: Run, tmp_path: Path, environment: dict[str, str]) -> None:
    """Fish completes commands, options, choices, formats, files and folders."""
    file = script("fish", run, tmp_path)
    for words, expected in CASES:
        if "folder" in words or "--explain" in words or "never" in words:
            continue  # fish knows the shipped formats, options with one value, and the first word
        code = f"source {file}; complete -C 'translator {' '.join(words)}'"
        output = answer([shell("fish"), "-c", code], tmp_path, environment)
        candidates = {line.split("\t")[0].rstrip("/") for line in output.splitlines()}
        assert candidates == expected, words


def test_zsh(run: Run, tmp_path: Path, environment: dict[str, str]) -> None:
    """Zsh completes commands, options, formats and files at a terminal."""
    program, file = shell("zsh"), script("zsh", run, tmp_path)
    terminal, child_end = pty.openpty()
    process = subprocess.Popen(
        [program, "-f", "-i"],
        stdin=child_end,
        stdout=child_end,
        stderr=child_end,
        cwd=tmp_path,
        env=environment,
        start_new_session=True,
    )
    try:
        start = f"PS1='>'; autoload -U compinit; compinit -u -D; source {file}; print rea''dy\n"
        answer_of(terminal, start, "ready")
        typed = "translator tr\tgosh\tmis\t--rej\teve\t\n"
        expected = "GOT<translate goshops miso --rejects events.ndjson>"
        assert expected in answer_of(terminal, typed, "GOT<[^>]*>")
    finally:
        process.kill()
        process.wait()
        os.close(child_end)
        os.close(terminal)


def answer_of(terminal: int, typed: str, end: str) -> str:
    """Type into a terminal; return what it shows until it shows `end`, a regular expression."""
    os.write(terminal, typed.encode())
    output, deadline = "", time.monotonic() + 30
    while not re.search(end, output):
        assert time.monotonic() < deadline, output
        if select.select([terminal], [], [], 1)[0]:
            output += os.read(terminal, 4096).decode(errors="replace")
    return output


def test_every_command_is_completed(run: Run) -> None:
    """Each script names each command."""
    for name in ("bash", "zsh", "fish"):
        assert [word for word in COMMANDS if word not in run("completion", name).out] == []


def test_names_of_formats(run: Run, tmp_path: Path) -> None:
    """`--formats` lists the formats of the shipped and given folders; names need no quotes."""
    (tmp_path / "acme.json").touch()
    (tmp_path / "a b.json").touch()
    assert set(run("completion", "--formats").out.split()) == FORMATS
    names = set(run("completion", "--formats", "--specs", tmp_path).out.split())
    assert names == FORMATS | {"acme"}


def test_wrong_shells(run: Run) -> None:
    """Without a shell, or with an unknown one, the known shells are listed."""
    for arguments in (["completion"], ["completion", "csh"]):
        result = run(*arguments)
        assert result.code == 2
        assert "bash" in result.err
