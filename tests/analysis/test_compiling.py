"""What `check` finds by compiling mappings, and that the other commands agree with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog
from translator import Catalog, Translator, check
from translator.analysis.coverage import coverage
from translator.analysis.explain import explain
from translator.errors import Diagnostic

STRINGS = {"type": "array", "items": STRING}
LETTERS = {"type": "string", "enum": ["a", "b"]}


def findings_of(catalog: Catalog) -> list[Diagnostic]:
    """Return the findings about the mapping between the formats l and r."""
    return [finding for finding in check(catalog, "l") if finding.code != "unaccounted-member"]


def codes_and_messages(catalog: Catalog) -> list[tuple[str, str]]:
    findings = findings_of(catalog)
    assert all(finding.hint and finding.location.line for finding in findings)
    return [(finding.code, finding.message) for finding in findings]


def test_what_compiling_finds_is_a_finding_of_check(tmp_path: Path) -> None:
    """`check` reports a condition that no translation could decide."""
    mixed = {"type": ["integer", "boolean"], "enum": [1, 2, True]}
    schema = event_schema({"k": mixed}, ["k"])
    rows = "rows: {x: {exact: [[{k: $k}, {k: $k}]]}}\n"
    catalog = small_catalog(tmp_path, {"l": schema, "r": schema}, l__r=rows)
    assert {code for code, _ in codes_and_messages(catalog)} == {"undecided"}


def test_rows_in_too_many_combinations_are_found(tmp_path: Path) -> None:
    """`check` reports a mapping that has too many variants to be compiled."""
    letters = {"type": "string", "enum": [f"v{number}" for number in range(80)]}
    schema = event_schema({"a": letters, "b": letters}, ["a", "b"])
    rows = "rows: {x: {exact: [[{a: $a, b: $b}, {a: $a, b: $b}]]}}\n"
    catalog = small_catalog(tmp_path, {"l": schema, "r": schema}, l__r=rows)
    assert [code for code, _ in codes_and_messages(catalog)] == ["too-many-variants"]


def test_a_pair_of_which_every_event_is_refused_is_found(tmp_path: Path) -> None:
    """Nothing writes a required field, so no event can be translated."""
    left, right = (
        event_schema({"k": STRING}, ["k"]),
        event_schema({"k": STRING, "n": STRING}, ["n"]),
    )
    catalog = small_catalog(tmp_path, {"l": left, "r": right}, l__r="fields: {k: k}")
    ((code, message),) = codes_and_messages(catalog)
    assert code == "always-refused"
    assert message.startswith("every l event is refused in a translation to r: r needs n, and ")


def test_a_kind_of_event_that_is_always_refused_is_found(tmp_path: Path) -> None:
    """A row with several values writes none of them, so its events lack a required field."""
    left = event_schema(
        {"verb": {"type": "string", "enum": ["viewed", "seen", "bought"]}}, ["verb"]
    )
    right = event_schema({"action": {"type": "string", "enum": ["view", "buy"]}}, ["action"])
    rows = """rows:
  x:
    exact:
      - [{verb: [viewed, seen]}, {action: view}]
      - [{verb: bought}, {action: buy}]
"""
    found = codes_and_messages(small_catalog(tmp_path, {"l": left, "r": right}, l__r=rows))
    assert [code for code, _ in found] == ["unwritten-value", "always-refused"]
    assert "r events 'view' are always refused in a translation to l" in found[1][1]


def test_a_refused_kind_with_a_reason_is_no_finding(tmp_path: Path) -> None:
    """What the mapping refuses with a reason is not reported, nor what no enum lists."""
    schema = event_schema({"k": LETTERS}, ["k"])
    rows = """rows:
  x:
    exact: [[{k: a}, {k: a}]]
    refuse: [{from: {k: b}, because: x}, {of: l, from: {k: b}, because: x}]
"""
    assert codes_and_messages(small_catalog(tmp_path, {"l": schema, "r": schema}, l__r=rows)) == []


@pytest.mark.parametrize(
    ("mapping", "subject"),
    [
        ("fields: {a | b: a, b: {is: b, to: l, because: x}}", "`a` from `b`"),
        ("fields: {a: {is: a, or: [{is: b}]}, b: {is: b, to: r, because: x}}", "`a` from `b`"),
    ],
)
def test_a_source_behind_one_that_is_always_present_is_found(
    mapping: str, subject: str, tmp_path: Path
) -> None:
    """A source is never read if the one before it is required."""
    schema = event_schema({"a": STRING, "b": STRING}, ["a"])
    catalog = small_catalog(tmp_path, {"l": schema, "r": schema}, l__r=mapping)
    ((code, message),) = codes_and_messages(catalog)
    assert code == "never-applies" and subject in message


def test_a_case_behind_one_without_condition_is_found(tmp_path: Path) -> None:
    """From right to left, the first case without `if` and `each` takes all events."""
    schema = event_schema({"k": LETTERS, "ids": STRINGS}, ["k"])
    cases = """fields: {k: k}
cases:
  first: {fields: {"ids[]": "ids[]"}}
  second: {when: {k: b}, fields: {"ids[]": "ids[]"}}
"""
    found = codes_and_messages(small_catalog(tmp_path, {"l": schema, "r": schema}, l__r=cases))
    assert ("never-applies", "no r event is of the case 'second' in a translation to l") in found


def test_a_case_that_cannot_be_chosen_is_found(tmp_path: Path) -> None:
    """The events of a case are taken by an earlier one with the same condition."""
    left = event_schema({"k": LETTERS, "ids": STRINGS}, ["k"])
    right = event_schema({"k": LETTERS}, ["k"])
    cases = """fields: {k: k}
cases:
  some: {when: {ids: $any}, to: r, fields: {}}
  same: {when: {ids: $other}, to: r, fields: {}}
  none: {fields: {}}
"""
    findings = findings_of(small_catalog(tmp_path, {"l": left, "r": right}, l__r=cases))
    (finding,) = (finding for finding in findings if finding.code == "never-applies")
    assert "'same'" in finding.message


def test_a_case_whose_mark_is_not_written_is_found(tmp_path: Path) -> None:
    """On the way back, nothing writes the field by which a case is recognized."""
    schema = event_schema({"k": STRING, "what": LETTERS, "ids": STRINGS}, ["k"])
    cases = """fields: {k: k}
cases:
  one: {when: {what: [a, b]}, if: ids, fields: {"ids[]": "ids[]"}}
  other: {fields: {}}
"""
    found = codes_and_messages(small_catalog(tmp_path, {"l": schema, "r": schema}, l__r=cases))
    expected = "nothing writes `what`, by which the case 'one' is recognized, in a translation to l"
    assert ("unwritten-value", expected) in found


def test_params_that_exclude_each_other_are_found(tmp_path: Path) -> None:
    """On a route through the hub, two mappings must agree on the type of a param."""
    specs = {
        "l": event_schema({"at": {"type": "integer"}}, ["at"]),
        "m": event_schema({"k": STRING}, ["k"]),
        "interaction": event_schema({"time": STRING}, ["time"]),
    }
    catalog = small_catalog(
        tmp_path,
        specs,
        l="params: {time: {fills: at, to: l, about: x}}\nlost: {interaction: {time: x}}",
        m="params: {time: {fills: time, to: interaction, about: x}}",
    )
    (finding,) = (each for each in check(catalog) if each.code == "param-conflict")
    assert finding.location.file.endswith("l.yaml") and "m.yaml:3:10" in finding.message


def test_a_constant_of_a_field_that_a_rule_writes_is_found(tmp_path: Path) -> None:
    """A rule and a constant cannot both write a field, but the rule may go the other way."""
    schema = event_schema({"k": STRING})
    catalog = small_catalog(
        tmp_path, {"l": schema, "r": schema}, l__r="fields: {k: k}\nconstants: {l: {k: a}}"
    )
    assert [code for code, _ in codes_and_messages(catalog)] == ["written-twice"]
    one_way = "fields: {k: {is: k, to: r, because: x}}\nconstants: {l: {k: a}}"
    catalog = small_catalog(tmp_path, {"l": schema, "r": schema}, l__r=one_way)
    assert codes_and_messages(catalog) == []


def test_literals_are_validated_against_the_whole_schema(tmp_path: Path) -> None:
    """Defaults, constants, rows and values satisfy every keyword of their field."""
    fields = {
        "default": {"type": "string", "format": "uuid"},
        "constant": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "number": {"type": "number", "multipleOf": 0.05},
        "values": {"allOf": [{"type": "string", "pattern": "^x"}]},
        "row": {"type": "string", "format": "email"},
    }
    left = event_schema({"default": STRING, "values": STRING, "row": LETTERS}, ["values", "row"])
    mapping = """fields:
  default: {is: default, default: unknown}
constants: {r: {constant: eur, number: 0.12}}
rows: {x: {exact: [[{row: a}, {row: nobody}], [{row: b}, {row: b@example.org}]]}}
cases:
  one:
    fields:
      values: {is: values, values: {v: y, w: xyz}}
"""
    catalog = small_catalog(tmp_path, {"l": left, "r": event_schema(fields)}, l__r=mapping)
    findings = [each for each in findings_of(catalog) if each.code == "unknown-value"]
    assert [(each.location.line, each.message.split("`")[1]) for each in findings] == [
        (4, "default"),
        (5, "constant"),
        (5, "number"),
        (6, "row"),
        (10, "values"),
    ]


def test_a_literal_that_is_only_read_may_be_narrower_than_what_is_written(tmp_path: Path) -> None:
    """`x-written` applies to the values that a mapping writes, not to those it reads."""
    narrow = {"x-written": {"properties": {"k": {"enum": ["a"]}}}}
    left, right = event_schema({"k": LETTERS}, ["k"], **narrow), event_schema({"k": LETTERS}, ["k"])
    values = """fields:
  k:
    is: k
    values: {a: a}
    approximate: [{from: b, to: a, into: r, because: x}]
    refuse: [{from: b, because: x}]
"""
    assert codes_and_messages(small_catalog(tmp_path, {"l": left, "r": right}, l__r=values)) == []
    exact = "fields: {k: {is: k, values: {a: a, b: b}}}"
    ((code, message),) = codes_and_messages(
        small_catalog(tmp_path, {"l": left, "r": right}, l__r=exact)
    )
    assert code == "unknown-value" and message.endswith("cannot be 'b' in an event that is written")


def test_an_unmapped_field_names_the_case(tmp_path: Path) -> None:
    """If only some cases map a field, the finding names the others and the direction."""
    schema = event_schema({"k": LETTERS, "x": STRING}, ["k"])
    cases = """fields: {k: k}
cases:
  with: {when: {k: a}, to: r, fields: {x: x}}
  without: {to: r, fields: {}}
  back: {to: l, fields: {x: x}}
"""
    catalog = small_catalog(tmp_path, {"l": schema, "r": schema}, l__r=cases)
    (finding,) = (each for each in check(catalog, "l") if each.code == "unaccounted-member")
    assert finding.message == (
        "l field `x` is not mapped to r in the case 'without', though another case maps it"
    )


def test_a_list_that_is_copied_whole_is_mapped(tmp_path: Path) -> None:
    """A field of several types can hold a list, so a list that is copied into it is not lost."""
    left = event_schema({"sku": STRING, "numbers": {"type": "array", "items": {"type": "integer"}}})
    right = event_schema({"sku": STRING, "any": {"type": ["number", "array"]}})
    mapping = "fields: {sku: sku, numbers: any}\n"
    catalog = small_catalog(tmp_path, {"l": left, "r": right}, l__r=mapping)
    assert "l field" not in str([str(each) for each in check(catalog, "l")])
    untrue = mapping + "lost: {l: {numbers: x}}"
    catalog = small_catalog(tmp_path, {"l": left, "r": right}, l__r=untrue)
    assert "stale-reason" in {code for code, _ in codes_and_messages(catalog)}


def test_what_a_constant_accounts_for_is_not_lost(tmp_path: Path) -> None:
    """A constant implies its field, for strict, losses, explain and coverage alike."""
    left, right = event_schema({"sku": STRING, "channel": STRING}), event_schema({"item": STRING})
    mapping = "constants: {l: {channel: web}}\nfields: {sku: item}"
    catalog = small_catalog(tmp_path, {"l": left, "r": right}, l__r=mapping)
    event = {"sku": "A", "channel": "web"}
    assert Translator("l", "r", catalog=catalog, strict=True).translate(event) == {"item": "A"}
    assert Translator("l", "r", catalog=catalog).translate_with_losses(event).losses == []
    assert {leaf.outcome for leaf in explain(event, "l", "r", catalog=catalog).read} == {
        "kept",
        "implied",
    }
    assert {leaf.reach for leaf in coverage(catalog, "l", "r").leaves} == {"exact"}


def test_the_literal_of_a_row_is_not_lost(tmp_path: Path) -> None:
    """An exact row implies the values it compares, even if it writes only a variable."""
    left = event_schema({"name": STRING}, ["name"])
    right = event_schema({"k": LETTERS, "name": STRING}, ["k"])
    rows = "rows: {x: {exact: [[{name: first}, {k: a}], [{name: $n}, {k: b, name: $n}]]}}"
    catalog = small_catalog(tmp_path, {"l": left, "r": right}, l__r=rows)
    event = {"k": "b", "name": "wave"}
    assert Translator("r", "l", catalog=catalog, strict=True).translate(event) == {"name": "wave"}
    assert {leaf.reach for leaf in coverage(catalog, "r", "l").leaves} == {"exact"}


def test_a_kind_that_a_row_of_the_target_takes_is_refused_in_coverage(tmp_path: Path) -> None:
    """Coverage calls a kind of event refused if its constant already has another meaning."""
    left = event_schema({"k": LETTERS, "name": LETTERS}, ["k", "name"])
    right = event_schema({"name": {"type": "string"}}, ["name"])
    rows = """rows:
  x:
    exact:
      - [{k: a, name: b}, {name: a}]
      - [{k: b, name: $n}, {name: $n}]
    refuse: [{of: l, from: {k: a, name: a}, because: x}]
"""
    catalog = small_catalog(tmp_path, {"l": left, "r": right}, l__r=rows)
    reaches = {item.kind: item.reach for item in coverage(catalog, "l", "r").kind_outcomes}
    assert reaches == {"a a": "refused", "a b": "exact", "b a": "refused", "b b": "exact"}


def test_a_param_of_an_alternative_is_used(tmp_path: Path) -> None:
    """A param counts as used if only the codec under `also` reads it."""
    left, right = event_schema({"at": STRING}), event_schema({"a": STRING, "t": STRING})
    mapping = """params: {zone: {about: x}}
fields:
  at: {is: a, also: [{is: t, as: {iso-8601: {zone: zone}}}]}
"""
    catalog = small_catalog(tmp_path, {"l": left, "r": right}, l__r=mapping)
    assert "unused-param" not in {code for code, _ in codes_and_messages(catalog)}
    translator = Translator("l", "r", catalog=catalog, params={"zone": "UTC"})
    event = translator.translate({"at": "2024-05-01T12:00"})
    assert event["t"] == "2024-05-01T12:00:00+00:00"
