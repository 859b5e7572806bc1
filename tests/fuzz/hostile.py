"""Hostile inputs: names, values, and fragments of JSON, YAML, CSV, schemas and mappings."""

from __future__ import annotations

from tests.tools.strings import HOSTILE

NAMES = (
    *(string for string in HOSTILE.values() if string and len(string) < 100),
    "__proto__", "__class__", "__init__", "constructor", "class", "lambda", "None", "True", "def",
    "event", "key", "valid", "VALID", "invalid", "Refuse", "translate", "as_event", "PARAMS",
    "events", "problem", "constants", "variant", "REFUSED", "VARIANTS", "CONSTANTS_1", "print",
    "note", "keep", "re", "self", "$ref", "$id", "$schema", "x-written", "type", "a b", " a", "a ",
    "'", '"', '"""', "\\", "\\'", '\\"', "{", "}", "{}", "{{", "}}", "{0}", "{event}", "{key}",
    "{value}", "[]", "a[]", "a.b", "a,b", "a|b", "a:b", "a#b", "#", "%s", "$", "$x", "<<", "~", "-",
    "\n", "\r", "\r\n", "\t", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029",
    "\x00", "\x01", "\x02", "\x03", "\x01a\x02b\x03", "\x7f", "\ufeff", "\ufffe", "\u0130",
    "\u017f", "\u212a", "\ufb01", "e\u0301", "\U0001f600", "1", "007", "-0", "1e3", "null", "true",
    "no",
    "'+pwned()+'", '"+pwned()+"', "{pwned()}", "\npwned()\n", "'\npwned()\n'", '"\npwned()\n"',
    "\rpwned()\r", "\u2028pwned()\u2028", "\x0cpwned()\x0c", "\\\npwned()", "]\npwned()\n[",
    "{pwned()!r}", "{{pwned()}}", "\\N{BULLET}", "\\x41", "\\u0041", "\\{pwned()\\}", "#\npwned()",
    "*/", "-->", "${pwned()}", "`pwned()`", "a" * 300, "\u00e9" * 300,
)  # fmt: skip
"""Names of fields, values and formats that code injection or name clashes may exploit."""

NUMBERS = (
    0, 1, -1, -0.0, 0.5, 15.0, 1e300, 1e-300, 5e-324, 1.7976931348623157e308, 2**31, 2**53 + 1,
    2**63, 2**64, 10**30, 10**400, -(10**400), 10**4000, 99_999_999_999, 100_000_000_000,
    float("nan"), float("inf"), float("-inf"),
)  # fmt: skip

VALUES: tuple[object, ...] = (
    None, True, False, "", [], {}, [[]], [{}], {"": ""}, [None], "\ud800", {"\udfff": 1},
    "x" * 600, "2024-05-01T12:00:00Z", "2024-05-01", "ai_note:15", "$", "$x", "#", "#/",
)  # fmt: skip

SCHEMAS: tuple[object, ...] = (
    *({"type": name} for name in ("string", "integer", "number", "boolean", "null", "array",
                                "object", "strnig", [], ["string", "null"], 5)),
    {"enum": []}, {"enum": [1, True, "1", None, {}, []]}, {"const": {}}, {"not": {}},
    {"type": "string", "pattern": "(a+)+$"}, {"pattern": "("}, {"pattern": "(?<=a+)b"},
    {"pattern": "\\p{L}"}, {"pattern": "(?=a)b"}, {"pattern": "a{1000}{1000}"}, {"pattern": "\\1"},
    {"type": "string", "format": "date-time"}, {"format": "nosuch"}, {"format": "regex"},
    {"minimum": 10**400}, {"minLength": -1}, {"minLength": 1.5}, {"maxLength": "x"},
    {"$ref": "#/components/schemas/Event"}, {"$ref": "#"}, {"$ref": "#/nowhere"},
    {"$ref": "http://localhost/x"}, {"$ref": "#/a~1b~0c%25"}, {"$id": "x"}, {"$schema": "x"},
    {"$dynamicRef": "#x"}, {"propertyNames": False}, {"propertyNames": {"pattern": "^a"}},
    {"additionalProperties": {}}, {"patternProperties": {"^(a+)+$": False}},
    {"oneOf": [], "discriminator": {"propertyName": "x", "mapping": {}}},
    {"oneOf": [], "discriminator": {"propertyName": "x",
                                    "mapping": {"y": "#/components/schemas/Event"}}},
    {"x-written": {"properties": {"a": {"type": 5}}}}, {"x-written": {"required": ["a"]}},
    {"allOf": [True, False]}, {"if": {}, "then": False}, {"dependentRequired": {"a": ["b"]}},
    {"items": {"items": {"items": {"items": {}}}}}, {"default": {}, "examples": [1]},
)  # fmt: skip
"""Schemas and invalid schemas, to use in place of a schema in a spec."""

_JSON_STRINGS = (
    "[" * 70, "]" * 70, '{"a":' * 70, "[[[[", "}}}}", "NaN", "-Infinity", "1e999999", "-0", "1e5",
    "9" * 5000, "0" * 300, '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"\\u0000"',
    '"\\x"', "0x10", "1_000", "'a'", "// x", ",,", ":", '"', "\\", "\t", "\r", "\x00", "\x1e",
    "\u2028", "tru", "null null", '{"a":1,"a":2}', '{"__proto__":{}}', "[" * 70 + "]" * 70,
)  # fmt: skip
JSON = (
    *(string.encode() for string in _JSON_STRINGS),
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"\xe2\x82", b"\xf8", b"\x80",
)  # fmt: skip

_YAML_STRINGS = (
    "&a ", "*a ", "<<: ", "!!python/object:os.system ", "!x ", "---\n", "...\n", "%YAML 1.1\n",
    "? ", "- ", ": ", "[", "]", "{", "}", "|", ">", "|2\n", "'", '"', "#", "\t", "\r", "\u2028",
    "0x", "0x1F", "0o17", "010", "1_000", "1e999999", "9" * 400, ".inf", ".nan", "-0", "1:20",
    "no", "yes", "~", "null", "2024-01-01", '"\\ud800"', '"\\0"', '"\\U0010FFFF"', "[" * 40,
    "- " * 40, "{a: " * 40, "$x", "'$'", "a | b", "a, b", "a[].b", "a{key}", "a{value}", "a\\.b",
    "{template: '{a}:{b}'}", "{linear: {from: [0, 1], to: [1, 0]}}", "iso-8601", "numeric-string",
    "{date-time: {or: epoch-seconds}}", "{to: x, because: y}", "x" * 2000,
)  # fmt: skip
YAML = (
    *(string.encode() for string in _YAML_STRINGS),
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\xe2\x82", b"\x00", b"\x7f", b"\xc2\x85",
)  # fmt: skip

_CSV_STRINGS = (
    ",", "\n", "\r", "\r\n", '"', '""', '"\n"', ";", "\t", "'", "\\", " ", "\u2028", "a" * 200_000,
    "goshops", "miso", ",,,,", "\x00",
)  # fmt: skip
CSV = (
    *(string.encode() for string in _CSV_STRINGS),
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\xe2\x82",
)  # fmt: skip

RULES: tuple[object, ...] = (
    "date-time", "iso-8601", "epoch-seconds", "epoch-milliseconds", "numeric-string", "skip",
    "$x", "$", True, False, None, 0, 1, -1, 1.5, "goshops", "cobi", "miso", "interaction", "items",
    {"date-time": {"or": "epoch-seconds"}}, {"iso-8601": {"zone": "timezone"}},
    {"iso-8601": {"zone": "nosuch"}}, {"linear": {"from": [0, 5], "to": [-1, 1]}},
    {"linear": {"from": [1, 1], "to": [0, 1]}}, {"linear": {"from": [0, 1e308], "to": [0, 5e-324]}},
    {"template": "{a}:{b}"},
    {"template": {"text": "{a}-{b}", "short": "{b}", "params": {"a": "x"}}},
    {"is": "time", "as": "date-time"}, {"is": "actor.id", "id": True}, {"is": "items[].id"},
    {"is": "rating", "default": 0}, {"is": "rating", "unfit": "skip", "as": "numeric-string"},
    {"is": "action", "values": {"view": "view"}}, {"is": "action", "values": [["a", "b"], [1, 2]]},
    {"is": "actor.id", "or": [{"is": "actor.anonymous_id", "opt_in": "x", "because": "y"}]},
    {"is": "actor.id", "or": [{"is": "time", "approximate": "x", "because": "y",
                                 "unless": "type"}]},
    {"is": "actor.id", "also": ["actor.anonymous_id", {"is": "time", "as": "date-time"}]},
    {"is": "actor.id", "to": "interaction", "because": "y"}, {"from": "view", "to": "like"},
    {"from": {"action": "view"}, "to": {"type": "x"}, "into": "interaction", "because": "z"},
    [{"action": "view"}, {"type": "view"}], [{"action": "$a"}, {"type": "$a"}],
    [{"action": ["view", "like"]}, {"type": "view"}], {"of": "carried", "in": "context", "as": "x"},
    {"of": "carried", "in": "context.custom_context", "as": "{vendor}_{field}"},
    {"fills": "time", "to": "interaction", "about": "x"}, {"interaction": {"action": "view"}},
)  # fmt: skip
"""Rules of mappings and parts of rules, to use in valid and invalid places."""
