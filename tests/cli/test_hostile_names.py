"""Whatever specs, mappings, events and arguments contain, no command prints it unescaped."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import event_schema, small_catalog, spec_document
from translator import Catalog, Translator
from translator.analysis.coverage import count_coverage
from translator.analysis.explain import explain_event
from translator.cli import exits
from translator.cli.main import main
from translator.report.coverage import flow_matrix, render_html
from translator.report.explain import render_text
from translator.report.style import Style
from translator.schema.models import can_generate

CONTROLS = "\x1b[31m\x00\x07\x08\x7f\x9b31m\x85"
INVISIBLE = "\u202e\u2066\u200b\u200d\u2060\ufeff\u00ad\U000e0041"
TAIL = f"{CONTROLS}{INVISIBLE}\r\n::error::INJECTED\n INJECTED\u2028INJECTED\u2029INJECTED"

HOSTILE = f"::error::a ##[error]b ##vso[c]d <script>alert(1)</script>\"'& {TAIL}"
"""A string that contains everything dangerous."""

FILE_NAME = f"::error::f##[x]{TAIL}".replace("\0", "")

PATH_NAME = "::error::p##<script>alert(1)</script>\"'&\x1b\x9b31m\u202e\u2066\u200b"
"""A field name that mappings can contain."""

ANNOTATION = re.compile(r"::(error|warning) file=[^,:\n]*,line=\d+,col=\d+,title=[a-z-]+::.+")

Execute = Callable[..., "Printed"]


@dataclass(frozen=True)
class Printed:
    """The exit code of a command, and the bytes that it printed."""

    code: int
    out: bytes
    err: bytes


@pytest.fixture
def execute(capfdbinary: pytest.CaptureFixture[bytes]) -> Execute:
    """Run the command line with these arguments."""

    def call(*arguments: object, bug: bool = False) -> Printed:
        capfdbinary.readouterr()
        code = main(list(map(str, arguments)))
        assert (code == exits.INTERNAL_ERROR) == bug, capfdbinary.readouterr().err
        return Printed(code, *capfdbinary.readouterr())

    return call


def assert_safe(printed: bytes, *, annotations: bool = False) -> None:
    """Fail unless the bytes are lines without anything that acts on a terminal or a CI log."""
    text = printed.decode("utf-8")
    unsafe = {char for char in text if not char.isprintable() and char != "\n"}
    assert {char for char in unsafe if unicodedata.category(char) != "Zs"} == set()
    assert not re.search(r"##\w*\[", text)
    for line in text.split("\n"):
        assert not line.lstrip().startswith("INJECTED"), "a name starts a line"
        if line.lstrip().startswith("::"):
            assert annotations and ANNOTATION.fullmatch(line), line


def yaml(text: str) -> str:
    """Write a string as a YAML scalar."""
    return json.dumps(text).replace("\\udb40\\udc41", "\\U000e0041")


def write_formats(folder: Path, left: str, right: str) -> None:
    """Write two formats that can be translated, with hostile names wherever they can be."""
    value = {"type": "string", "enum": [HOSTILE, "b", "c"], "description": HOSTILE}
    string = {"type": "string", "title": HOSTILE, "description": HOSTILE}
    properties = {
        "t": value,
        "v": {**string, "default": HOSTILE},
        HOSTILE: string,
        PATH_NAME: string,
    }
    event = event_schema(
        {**properties, "id": string, "n": {"type": "string", "maxLength": 9}}, ["t"]
    )
    other = event_schema(
        {"t": value, "w": string, "id": string, "o": string, HOSTILE: string}, ["t"]
    )
    info = {"info": {"title": HOSTILE, "version": HOSTILE}, "x-source": {"title": HOSTILE}}
    specs = {left: spec_document(event, **info), right: spec_document(other, **info)}
    reason = yaml(HOSTILE)
    mapping = f"""
version: 1
between: [{yaml(left)}, {yaml(right)}]
fields:
  t:
    is: t
    values: {{{reason}: {reason}}}
    opt_in: {{{reason}: {{from: c, to: {reason}, into: {yaml(right)}, because: {reason}}}}}
    refuse: [{{of: {yaml(left)}, from: b, because: {reason}}}]
  v: w
  id: {{is: id, id: {reason}}}
lost:
  {yaml(left)}: {{{yaml(PATH_NAME)}: {reason}}}
params:
  {reason}: {{fills: o, to: {yaml(right)}, about: {reason}}}
"""
    small_catalog(folder, specs)
    name = f"{left}--{right}.yaml"
    (folder / "mappings" / name).write_text(mapping, encoding="utf-8")


FORMATS = (f"{FILE_NAME}l", f"{FILE_NAME}r")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of two formats and events, without the shipped formats, which take time."""
    monkeypatch.setattr(
        "translator.catalog.discovery._shipped_folder", lambda _: str(tmp_path / "0")
    )
    write_formats(tmp_path, *FORMATS)
    events = [
        {"t": HOSTILE, "v": "q", PATH_NAME: HOSTILE, HOSTILE: HOSTILE, "n": "n"},
        {"t": "b"},
        {"t": "c"},
        {"t": HOSTILE, "n": HOSTILE},
        {"t": f"{HOSTILE}2"},
        {"t": HOSTILE, f"{HOSTILE}3": {HOSTILE: [HOSTILE]}},
        {"t": HOSTILE, "id": HOSTILE},
        {HOSTILE: 1},
        HOSTILE,
    ]
    lines = [json.dumps(event) for event in events]
    lines += [json.dumps(event, ensure_ascii=False) for event in events] + [HOSTILE]
    (tmp_path / "in.ndjson").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "ids.csv").write_text("a,b\n", encoding="utf-8")
    return tmp_path


PAIR = ("SOURCE", "TARGET")

ARGUMENTS = ("--param", f"{HOSTILE}={HOSTILE}", "--allow", HOSTILE)

REPORTS = [
    *(("check", "--output-format", name) for name in ("text", "json", "github", "sarif")),
    ("check", "--all", "--output-format", "text"),
    *((*command, "--output-format", name)
      for name in ("text", "json")
      for command in (
          ("check", "--explain", *PAIR), ("formats",), ("coverage", "SOURCE"), ("coverage", *PAIR),
          ("contract", *PAIR), ("explain", *PAIR, "in.ndjson"),
          ("explain", *PAIR, "in.ndjson", "ARGUMENTS"),
      )),
    ("show", *PAIR),
]  # fmt: skip
"""Commands whose output is a report about the formats."""


def assert_reports(printed: Printed, arguments: tuple[str, ...]) -> None:
    """Fail unless a report is safe, is valid in its format, and has the hostile names."""
    is_json = arguments[-1] in ("json", "sarif")
    assert_safe(printed.out, annotations=arguments[-1] == "github")
    assert_safe(printed.err)
    assert b"INJECTED" in printed.out
    if is_json:
        lines = printed.out.splitlines() if arguments[0] == "explain" else [printed.out]
        assert any("INJECTED" in string for line in lines for string in strings(json.loads(line)))


def strings(data: Any) -> list[str]:
    """Return all strings of JSON data; keys too."""
    if isinstance(data, str):
        return [data]
    parts = [*data, *data.values()] if isinstance(data, dict) else data
    return [found for part in parts for found in strings(part)] if isinstance(parts, list) else []


@pytest.mark.parametrize("arguments", REPORTS, ids=" ".join)
def test_reports(arguments: tuple[str, ...], folder: Path, execute: Execute) -> None:
    """Each report in each output format escapes names, reasons and values, and keeps JSON valid."""
    words: dict[str, tuple[object, ...]] = {"SOURCE": FORMATS[:1], "TARGET": FORMATS[1:]}
    words |= {"in.ndjson": (folder / "in.ndjson",), "ARGUMENTS": ARGUMENTS}
    command = [each for word in arguments for each in words.get(word, (word,))]
    folders = ["--specs", folder / "specs", "--mappings", folder / "mappings"]
    assert_reports(execute(*command, *folders), arguments)


@pytest.mark.parametrize("arguments", REPORTS[:5], ids=" ".join)
def test_findings(arguments: tuple[str, ...], folder: Path, execute: Execute) -> None:
    """Findings about specs and mappings with mistakes escape what they quote."""
    spec = spec_document(event_schema({HOSTILE: {HOSTILE: 1, "format": HOSTILE}, "a": {}}))
    spec["components"]["schemas"]["Event"]["required"] = [HOSTILE]
    (folder / "specs" / f"{FORMATS[0]}.json").write_text(json.dumps(spec), encoding="utf-8")
    path = next((folder / "mappings").iterdir())
    mistakes = f"{yaml(HOSTILE)}: a\n  {yaml(PATH_NAME + '2')}: a\n  a: {yaml(PATH_NAME + '3')}\n"
    text = path.read_text(encoding="utf-8").replace("fields:\n", f"fields:\n  {mistakes}", 1)
    path.write_text(f"{text}{yaml(HOSTILE)}: {yaml(HOSTILE)}\n", encoding="utf-8")
    (folder / "specs" / f"{FORMATS[0]}2.json").write_text(f"{{{HOSTILE}", encoding="utf-8")
    (folder / "mappings" / f"{FORMATS[0]}2.yaml").write_text("a: [\x85\u2028", encoding="utf-8")
    folders = ["--specs", folder / "specs", "--mappings", folder / "mappings"]
    printed = execute(*arguments, *folders)
    assert printed.code == 1
    assert_reports(printed, arguments)


def test_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, execute: Execute) -> None:
    """What `translator spec` prints about published specs, overlays and locks is escaped."""
    monkeypatch.chdir(tmp_path)
    name = FILE_NAME.replace("/", "")
    schema = event_schema({"a": {"type": "string"}}, description=HOSTILE)
    (tmp_path / name).write_text(json.dumps(spec_document(schema)), encoding="utf-8")
    (tmp_path / "specs").mkdir()
    overlay = tmp_path / "specs" / "acme.overlay.yaml"
    command = ("spec", "import", name, "--name", "acme")
    reason = yaml(HOSTILE)
    actions = {
        f"description: {reason}, target: $, update: {{x-a: {reason}}}": 0,
        f"target: {reason}, remove: true": 2,
        f"target: $, {reason}: 1, update: {{}}": 2,
        f"target: $, update: {{info: {{{reason}: {{}}}}}}": 0,
        f"target: $, update: {{openapi: {{{reason}: {{}}}}}}": 2,
    }
    outputs = []
    for action, code in actions.items():
        text = f"overlay: 1.0.0\ninfo: {{title: t, version: 1}}\nactions: [{{{action}}}]\n"
        overlay.write_text(text, encoding="utf-8")
        outputs.append(execute(*command))
        assert outputs[-1].code == code, outputs[-1].err
    (tmp_path / name).write_text("{", encoding="utf-8")
    outputs += [
        execute(*command),
        execute("spec", "import", HOSTILE.replace("\0", ""), "--name", "acme"),
        execute("spec", "import", name, "--name", HOSTILE),
        execute("spec", "import", name, "--name", "acme", "--event", HOSTILE),
        execute("spec", "update", HOSTILE),
        execute("spec", HOSTILE),
    ]
    overlay.unlink()
    (tmp_path / name).write_text(json.dumps(spec_document(schema)), encoding="utf-8")
    outputs.append(execute("spec", "update", "--check"))
    assert b"INJECTED" in outputs[0].out and b"INJECTED" in outputs[-1].out
    for printed in outputs:
        assert_safe(printed.out)
        assert_safe(printed.err)
    (tmp_path / name).unlink()
    assert_safe(execute("spec", "update").err)


def test_the_page(folder: Path) -> None:
    """The page of coverage shows names escaped, as text of HTML."""
    catalog = Catalog(specs=[folder / "specs"], mappings=[folder / "mappings"])
    flows = flow_matrix(catalog, FORMATS[0])
    for counts in (flows, count_coverage(catalog)):
        page = render_html(catalog, counts, flows if counts is flows else [])
        assert "<script>alert" not in page
        assert_safe(page.encode())
    assert "INJECTED" in render_html(catalog, flows, flows)


def test_translate(folder: Path, execute: Execute) -> None:
    """Translated events are plain JSON; rejects and losses on standard error are escaped."""
    folders = ["--specs", folder / "specs", "--mappings", folder / "mappings"]
    common = ["translate", *FORMATS, folder / "in.ndjson", *folders]
    for options in (
        [],
        ARGUMENTS,
        ["--strict"],
        ["--strict", "--accept", PATH_NAME],
        ["--sum-losses"],
    ):
        printed = execute(*common, *options)
        assert printed.code == 1
        assert_safe(printed.err)
        assert b"INJECTED" in printed.err
        for line in printed.out.splitlines():
            assert HOSTILE in strings(json.loads(line))


def test_colours(folder: Path) -> None:
    """With colours, an explanation has the colours of outcomes, and nothing else is unescaped."""
    catalog = Catalog(specs=[folder / "specs"], mappings=[folder / "mappings"])
    translator = Translator(*FORMATS, catalog=catalog)
    for event in ({"t": HOSTILE, PATH_NAME: HOSTILE}, {"t": "b"}, {HOSTILE: HOSTILE}):
        text = render_text(explain_event(translator, event), Style(colours=True))
        assert re.search(r"\x1b\[3[1-6]m[a-z]+\x1b\[0m", text)
        assert_safe(re.sub(r"\x1b\[(?:1|3[1-6])m([^\x1b]+)\x1b\[0m", r"\1", text).encode())


def test_arguments(folder: Path, execute: Execute) -> None:
    """Errors about arguments escape them."""
    folders = ["--specs", folder / "specs", "--mappings", folder / "mappings"]
    pair = [*FORMATS, *folders]
    unknown = f"{HOSTILE}2"
    file = f"/nowhere/{HOSTILE}"
    without_nul = file.replace("\0", "")
    for arguments in (
        [HOSTILE],
        ["translate", HOSTILE, HOSTILE],
        ["translate", *pair, f"--{HOSTILE}"],
        ["translate", *pair, f"-{HOSTILE}"],
        ["translate", *pair, HOSTILE, HOSTILE],
        ["translate", *pair, file],
        ["translate", *pair, without_nul],
        ["translate", *pair, "-o", without_nul],
        ["translate", *pair, "-o", HOSTILE, "--rejects", HOSTILE],
        ["translate", *pair, "--rejects", without_nul, "-o", without_nul],
        ["translate", *pair, "--jobs", HOSTILE],
        ["translate", *pair, f"--quiet={HOSTILE}"],
        ["translate", *pair, "--param", HOSTILE],
        ["translate", *pair, "--param", f"{unknown}={HOSTILE}"],
        ["translate", *pair, "--param", f"{unknown}=a", "--param", f"{unknown}=b"],
        ["translate", *pair, "--allow", unknown],
        ["translate", *pair, "--strict", "--accept", HOSTILE],
        ["translate", *pair, "--strict", "--accept", f"{PATH_NAME}["],
        ["translate", *pair, "--crosswalk", f"{HOSTILE}={without_nul}"],
        ["translate", *pair, "--crosswalk", f"{unknown}={folder / 'ids.csv'}"],
        ["translate", *pair, "--specs", HOSTILE],
        ["check", "--output-format", HOSTILE],
        ["check", "--explain", HOSTILE, HOSTILE],
        ["coverage", HOSTILE],
        ["coverage", "--html", without_nul],
        ["contract", *pair, "--param", unknown, "--allow", unknown],
        ["contract", *pair, "--crosswalk", unknown],
        ["impact", without_nul, without_nul],
        ["impact", *sorted((folder / "specs").iterdir())[:1] * 2, "--format", HOSTILE],
        ["generate", "--specs", without_nul],
        ["generate", "--specs", folder / "specs"],
    ):
        printed = execute(*arguments)
        assert printed.code == exits.USAGE, arguments
        assert printed.out == b""
        assert_safe(printed.err)
        assert printed.err


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_impact(output_format: str, folder: Path, execute: Execute) -> None:
    """A comparison of two specs escapes the names and values that differ."""
    file = folder / "specs" / f"{FORMATS[1]}.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    properties = document["components"]["schemas"]["Event"]["properties"]
    properties[f"{HOSTILE}9"] = {
        "type": "string",
        "enum": [HOSTILE],
        "pattern": "a",
        "format": HOSTILE,
    }
    properties["t"] = {"type": "string", "enum": [f"{HOSTILE}8", "b"]}
    properties["id"] = {"const": HOSTILE}
    new = folder / f"{HOSTILE[:8]}{TAIL}.json".replace("\0", "")
    new.write_text(json.dumps(document), encoding="utf-8")
    folders = ["--specs", folder / "specs", "--mappings", folder / "mappings"]
    arguments = ("impact", "--output-format", output_format)
    printed = execute(*arguments, file, new, "--format", FORMATS[1], *folders)
    assert printed.code == 1
    assert_reports(printed, arguments)


@pytest.mark.skipif(not can_generate(), reason="the generator of models is not installed")
def test_generate(tmp_path: Path, execute: Execute) -> None:
    """The names of generated files and the differences of models are escaped."""
    document = spec_document(event_schema({"a": {"type": "string", "description": HOSTILE}}))
    folder = tmp_path / f"a{TAIL}".replace("\0", "")
    folder.mkdir()
    (folder / "a.json").write_text(json.dumps(document), encoding="utf-8")
    common = ["generate", "--specs", folder, "--out", folder]
    assert_safe(execute(*common).out)
    (folder / "a.py").write_text(HOSTILE, encoding="utf-8")
    printed = execute(*common, "--check")
    assert printed.code == 1
    assert b"INJECTED" in printed.out
    assert_safe(printed.out + printed.err)


def test_a_bug(execute: Execute, monkeypatch: pytest.MonkeyPatch) -> None:
    """The traceback of an unexpected error is escaped too."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(HOSTILE)

    monkeypatch.setattr("translator.cli.check.check_all", fail)
    printed = execute("check", bug=True)
    assert b"RuntimeError" in printed.err
    assert_safe(printed.err.replace(b"\n INJECTED", b""))
