"""`translator new`: the first files of a new format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from translator import Catalog, Translator
from translator.analysis.check import check
from translator.cli.main import main
from translator.language.yaml_tree import parse_yaml, to_data

ROOT = Path(__file__).parents[2]

STRING = {"type": "string", "minLength": 1}


def write_spec(folder: Path, properties: Any, required: list[str]) -> Path:
    """Write the spec of a vendor with these fields."""
    event = {"type": "object", "required": required, "properties": properties}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Acme", "version": "1"},
        "x-event": "#/components/schemas/Event",
        "components": {"schemas": {"Event": event}},
    }
    file = folder / "vendor.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


def new(spec: Path, folder: Path, name: str = "acme") -> Catalog:
    """Run the command, and return a catalog with the new format."""
    specs, mappings = folder / "specs", folder / "mappings"
    arguments = ["--spec", str(spec), "--specs", str(specs), "--mappings", str(mappings)]
    assert main(["new", name, *arguments]) == 0
    return Catalog(specs=[specs], mappings=[mappings])


def codes(catalog: Catalog, name: str = "acme") -> list[str]:
    findings = check(catalog, name)
    print(*findings, sep="\n")
    return [finding.code for finding in findings]


KINDS: dict[str, tuple[Any, list[str]]] = {
    "an enum with an action": (
        {"type": {"type": "string", "enum": ["view", "purchase", "sneeze"]}, "item_id": STRING},
        ["type", "item_id"],
    ),
    "an enum without an action": (
        {"kind": {"type": "string", "enum": ["seen", "bought"]}, "sku": STRING},
        ["kind", "sku"],
    ),
    "any string": ({"eventName": STRING, "userId": STRING}, ["eventName", "userId"]),
    "no kind": ({"shop": STRING, "at": {"type": "integer", "minimum": 0}}, ["shop", "at"]),
    "nothing required": ({"note": {"type": "string"}}, []),
    "a constant": (
        {"channel": {"const": "web", "type": "string"}, "type": STRING},
        ["channel", "type"],
    ),
    "odd names": ({"a b": STRING, "true": STRING, "x.y": STRING, "é:": STRING}, ["a b", "x.y"]),
    "lists": (
        {
            "type": STRING,
            "tags": {"type": "array", "items": STRING, "minItems": 1},
            "lines": {
                "type": "array",
                "items": {"type": "object", "required": ["n"], "properties": {"n": STRING}},
            },
        },
        ["type", "tags", "lines"],
    ),
    "free keys": (
        {
            "type": STRING,
            "extra": {"type": "object", "additionalProperties": True},
            "traits": {
                "type": "object",
                "required": ["plan"],
                "properties": {"plan": STRING, "age": {"type": "integer"}},
                "additionalProperties": STRING,
            },
        },
        ["type", "traits"],
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_has_only_the_warning_about_todo(kind: str, tmp_path: Path) -> None:
    """The check reports what is still to do as one warning, and nothing else."""
    assert codes(new(write_spec(tmp_path, *KINDS[kind]), tmp_path)) == ["todo-reason"]


@pytest.mark.parametrize("kind", KINDS)
def test_it_translates_at_once(kind: str, tmp_path: Path) -> None:
    """The event of each example translates to what the example says."""
    catalog = new(write_spec(tmp_path, *KINDS[kind]), tmp_path)
    text = (tmp_path / "mappings" / "examples" / "acme.yaml").read_bytes()
    examples: Any = to_data(parse_yaml(text, "acme.yaml"))
    examples = examples["examples"]
    assert examples
    mapping = catalog.mapping(frozenset({"acme", "interaction"}))
    given = {field.param for field in mapping.param_fields if not field.on_left}
    for example in examples:
        params = example.get("params", {})
        target = example.get("to", "interaction")
        source = "acme" if target == "interaction" else "interaction"
        if target == "interaction":
            params = {key: each for key, each in params.items() if key in given}
        translate = Translator(source, target, params=params, catalog=catalog).translate
        assert translate(example[source]) == example[target]


@pytest.mark.parametrize("name", ["goshops", "aisquare", "cobi", "miso"])
def test_a_shipped_format_as_a_new_one(name: str, tmp_path: Path) -> None:
    """The specs of real vendors lead to files with no finding but the warning."""
    catalog = new(ROOT / "specs" / f"{name}.json", tmp_path, f"new{name}")
    assert codes(catalog, f"new{name}") == ["todo-reason"]
    assert (tmp_path / "mappings" / "examples" / f"new{name}.yaml").exists()


def test_names_decide_rules_and_proposals(tmp_path: Path) -> None:
    """Required fields with the same name become rules, other ones proposals in comments."""
    properties = {"type": STRING, "userId": STRING, "itemId": STRING, "weight": {"type": "number"}}
    new(write_spec(tmp_path, properties, ["type", "userId"]), tmp_path)
    lines = (tmp_path / "mappings" / "acme.yaml").read_text(encoding="utf-8").splitlines()
    assert "version: 2" in lines
    assert "  userId: {is: actor.id, else: [{param: userId}]}" in lines
    proposal = (
        '  # itemId: {is: "items[].id", unfit: skip}    # needs `each: "items[]"` above `fields`'
    )
    assert proposal in lines
    assert lines.index("    todo:") < lines.index("      - weight")
    assert not any("weight" in line for line in lines if "#" in line)


def test_what_no_other_format_has_is_carried(tmp_path: Path) -> None:
    """Required fields and free keys come back; a param fills a required field that is absent."""
    traits = {"type": "object", "properties": {"userId": STRING}, "additionalProperties": STRING}
    properties = {"type": STRING, "shopName": STRING, "extra": traits}
    catalog = new(write_spec(tmp_path, properties, ["type", "shopName"]), tmp_path)
    lines = (tmp_path / "mappings" / "acme.yaml").read_text(encoding="utf-8").splitlines()
    assert "  shopName: {is: carried.acme.shop_name, else: [{param: shopName}]}" in lines
    assert '  "extra{*}": carried.acme.extra' in lines
    there = Translator("acme", "interaction", catalog=catalog)
    back = Translator("interaction", "acme", params={"shopName": "t"}, catalog=catalog)
    event = {"type": "seen", "shopName": "s", "extra": {"userId": "u", "any": "a"}}
    interaction: Any = there.translate(event)
    assert back.translate(interaction) == event
    del interaction["carried"]
    assert back.translate(interaction) == {"type": "seen", "shopName": "t"}


@pytest.mark.parametrize(
    ("schema", "rule"),
    [
        ({"type": "integer"}, "{epoch: {unit: seconds, finer: cut}}"),
        ({"type": "number"}, "{epoch: {unit: seconds, fraction: true}}"),
        (
            {"type": "integer", "maximum": 10**13},
            "{epoch: {unit: milliseconds, finer: cut}}",
        ),
        ({"type": "string"}, "iso-8601"),
    ],
)
def test_the_codec_of_a_time(schema: Any, rule: str, tmp_path: Path) -> None:
    """The type of a time decides its codec, and what becomes of a finer time."""
    spec = write_spec(tmp_path, {"type": STRING, "timestamp": schema}, ["type", "timestamp"])
    assert codes(new(spec, tmp_path)) == ["todo-reason"]
    text = (tmp_path / "mappings" / "acme.yaml").read_text(encoding="utf-8")
    assert f"  timestamp: {{is: time, as: {rule}}}\n" in text


def test_an_optional_proposal_costs_only_its_field(tmp_path: Path) -> None:
    """A proposal for an optional field leaves out values that the other format does not allow."""
    properties = {"type": STRING, "rating": {"type": "integer"}, "comment": {"type": "string"}}
    new(write_spec(tmp_path, properties, ["type"]), tmp_path)
    text = (tmp_path / "mappings" / "acme.yaml").read_text(encoding="utf-8")
    assert "  # rating: {is: rating, unfit: skip}\n" in text


def test_the_modeline_names_the_narrowed_schema(tmp_path: Path) -> None:
    """The first line of the mapping names a schema that is written with it."""
    new(write_spec(tmp_path, *KINDS["any string"]), tmp_path)
    mapping = tmp_path / "mappings" / "acme.yaml"
    first = mapping.read_text(encoding="utf-8").splitlines()[0]
    file = mapping.parent / first.removeprefix("# yaml-language-server: $schema=")
    schema = json.loads(file.read_text(encoding="utf-8"))
    assert schema["definitions"]["leftPath"]["anyOf"][0]["enum"] == ["eventName", "userId"]


@pytest.mark.parametrize(
    "file", ["specs/acme.json", "mappings/acme.yaml", "mappings/examples/acme.yaml"]
)
def test_nothing_is_overwritten(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """If one of the files exists, nothing is written, and the message names it."""
    spec = write_spec(tmp_path, *KINDS["any string"])
    monkeypatch.chdir(tmp_path)
    Path(file).parent.mkdir(parents=True)
    Path(file).write_text("mine", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    assert main(["new", "acme", "--spec", str(spec)]) == 2
    assert file in capfd.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before
    assert Path(file).read_text(encoding="utf-8") == "mine"


def test_a_spec_in_its_place_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A spec that is in the folder of specs already is used as it is."""
    monkeypatch.chdir(tmp_path)
    Path("specs").mkdir()
    write_spec(tmp_path, *KINDS["any string"]).rename("specs/acme.json")
    assert main(["new", "acme", "--spec", "specs/acme.json"]) == 0
    assert Path("mappings/acme.yaml").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("acme", None),
        ("acme", b""),
        ("acme", b"\xff\xfe"),
        ("acme", b"[]"),
        ("acme", b'{"x-event": "#/a"}'),
        ("Acme!", b"{}"),
        ("../acme", b"{}"),
        ("interaction", b"{}"),
        ("class", b"{}"),
    ],
)
def test_bad_input_is_a_clear_error(
    name: str, content: bytes | None, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A name or a file that cannot be used is reported, and nothing is written."""
    spec = tmp_path / "vendor.json"
    if content is not None:
        spec.write_bytes(content)
    folders = ["--specs", str(tmp_path / "s"), "--mappings", str(tmp_path / "m")]
    assert main(["new", name, "--spec", str(spec), *folders]) == 2
    error = capfd.readouterr().err
    assert error and "Traceback" not in error
    assert not (tmp_path / "s").exists() and not (tmp_path / "m").exists()
    assert main(["new", name, "--spec", str(tmp_path), *folders]) == 2


def test_a_published_spec_is_imported(tmp_path: Path) -> None:
    """A spec in another form than this project's is imported; --event names its event."""
    event = {"type": "object", "properties": {"type": STRING}, "required": ["type"]}
    document = {"openapi": "3.0.3", "info": {"title": "A", "version": "1"}, "paths": {}}
    schemas = {"Event": event, "Other": {"type": "string"}}
    file = tmp_path / "published.json"
    file.write_text(json.dumps({**document, "components": {"schemas": schemas}}), encoding="utf-8")
    folders = ["--specs", str(tmp_path / "s"), "--mappings", str(tmp_path / "m")]
    assert main(["new", "acme", "--spec", str(file), "--event", "Event", *folders]) == 0
    assert codes(Catalog(specs=[tmp_path / "s"], mappings=[tmp_path / "m"])) == ["todo-reason"]


def test_all_commands_find_a_format_in_the_default_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without folders, the configuration names those written to; an existing one stays."""
    spec = write_spec(tmp_path, {"type": STRING, "userId": STRING}, ["type", "userId"])
    monkeypatch.chdir(tmp_path)
    assert main(["new", "acme", "--spec", str(spec)]) == 0
    (tmp_path / "in.ndjson").write_text('{"type": "seen", "userId": "ada"}\n', encoding="utf-8")
    capfd.readouterr()
    assert main(["translate", "acme", "interaction", "in.ndjson", "--quiet"]) in (0, 1)
    assert "there is no format" not in capfd.readouterr().err
    written = (tmp_path / "event-translator.toml").read_bytes()
    assert main(["new", "other", "--spec", str(spec)]) == 0
    assert (tmp_path / "event-translator.toml").read_bytes() == written


def test_a_published_spec_can_be_updated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A spec that is imported by `new` is in the lock file."""
    schema = {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}
    published = {**schema, "properties": {"userId": STRING}, "required": ["userId"]}
    (tmp_path / "vendor.json").write_text(json.dumps(published), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["new", "acme", "--spec", "vendor.json"]) == 0
    capfd.readouterr()
    assert main(["spec", "update", "--check"]) == 0
    assert "specs/acme.json" in capfd.readouterr().out
