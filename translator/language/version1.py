"""Rewrite a mapping of version 1 as one of version 2: YAML tree to YAML tree.

Nodes keep their locations. What version 2 would not report in the words of version 1 is reported
here, and left out of the result; `parser` reports the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from translator.errors import Location
from translator.language.decoder import Decoder, Keys
from translator.language.nodes import CellWord, Side
from translator.language.yaml_tree import YamlMap, YamlNode, YamlScalar, YamlSequence
from translator.paths import Path, parse_path, split_paths

_KEYS = (
    "version", "between", "each", "params", "fields", "cases", "rows", "constants", "carries",
    "lost",
)  # fmt: skip

_BLOCKS = ("approximate", "opt_in", "refuse")

_KEPT_RULE_KEYS = ("is", "as", "values", "id", "null", "to", "because", "once")
"""The keys of a rule that version 2 has unchanged."""

_RULE_KEYS = (*_KEPT_RULE_KEYS, *_BLOCKS, "unfit", "also", "or", "default", "others")

_ALSO_KEYS = ("is", "as", "values")

_OR_KEYS = (*_ALSO_KEYS, "id", "opt_in", "approximate", "unless", "because")

_EPOCHS = ("epoch-seconds", "epoch-milliseconds")

_CODECS = ("date-time", "iso-8601", *_EPOCHS, "numeric-string", "linear", "template")

_REPEATED = "read back only where the first field of its rule is absent"
"""Why a rule that `also` makes has one direction."""

_WORDS = frozenset(word.value for word in CellWord)


def rewrite(decoder: Decoder, node: YamlMap) -> YamlNode:
    """Return the tree of a mapping of version 1 as one of version 2.

    `decoder` knows the formats of `between`, and collects diagnostics.
    """
    return _Rewriter(decoder).mapping(node)


@dataclass(frozen=True, slots=True)
class _FilledField:
    """A field that a param fills: the name of the param, the side, and the path, also as text."""

    param: YamlScalar
    side: Side
    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class _Written:
    """The fields that the rules of a case write, and the one direction of the case, if any."""

    only_to: Side | None
    fields: frozenset[tuple[Side, Path]]


class _Rewriter:
    """Rewrites one file."""

    def __init__(self, decoder: Decoder) -> None:
        self.decoder = decoder
        self.filled: list[_FilledField] = []

    def mapping(self, node: YamlMap) -> YamlMap:
        keys = self.decoder.keys(node, _KEYS, "a mapping") or {}
        written = list(self.written(keys.get("fields"), keys.get("cases")))
        changes = {
            "params": self.params,
            "each": self.each,
            "fields": self.rules,
            "cases": self.cases,
            "rows": self.tables,
            "carries": self.carries,
        }
        for name, change in changes.items():
            if name in keys:
                keys[name] = change(keys[name])
        self.constants(keys, node.location, written)
        for _, body in self.decoder.entries(keys.get("lost"), "lost"):
            for _, value in body.entries if isinstance(body, YamlMap) else ():
                if isinstance(value, YamlSequence):
                    self.decoder.string(value, "the reason")
        return _map(node.location, keys)

    def format_name(self, side: Side, location: Location) -> YamlScalar:
        return _scalar(self.decoder.formats[side == "right"], location)

    # --- sections ---

    def params(self, node: YamlNode) -> YamlNode:
        decoder = self.decoder
        entries: list[tuple[YamlScalar, YamlNode]] = []
        for name, body in decoder.entries(node, "params"):
            keys = decoder.keys(body, ("fills", "to", "about"), "a param")
            if keys is None:
                continue
            if ("fills" in keys) != ("to" in keys):
                message = "a param needs both 'fills' and 'to', or neither"
                hint = "name the field in 'fills', and its format in 'to'"
                decoder.report("mapping-param", name, message, hint)
            path, side = decoder.path(keys.get("fills")), decoder.side(keys.get("to"))
            if path is not None and side is not None:
                self.filled.append(_FilledField(name, side, path, _text(keys["fills"])))
            about = {"about": keys["about"]} if "about" in keys else {}
            entries.append((name, _map(body.location, about)))
        return YamlMap(tuple(entries), node.location) if isinstance(node, YamlMap) else node

    def each(self, node: YamlNode) -> YamlNode:
        if self.decoder.path(node) is None:
            return _NOTHING
        return _scalar(f"{_text(node)}[]", node.location)

    def constants(self, keys: Keys, location: Location, cases: Sequence[_Written]) -> None:
        """Check constants, and add the fields that a param fills because no rule does."""
        if "constants" in keys:
            keys["constants"] = _map_values(
                keys["constants"], lambda body: _map_values(body, self.constant)
            )
        node = keys.get("constants", YamlMap((), location))
        for field in self.filled:
            applicable = [case for case in cases if case.only_to in (None, field.side)]
            is_written = all((field.side, field.path) in case.fields for case in applicable)
            if is_written or not isinstance(node, YamlMap):
                continue
            place = field.param.location
            entry = (_scalar(field.text, place), _map(place, {"param": field.param}))
            name = self.format_name(field.side, place)
            section = _entry(node, name.raw)
            entries = (*section.entries, entry) if isinstance(section, YamlMap) else (entry,)
            others = tuple(item for item in node.entries if item[0].raw != name.raw)
            node = YamlMap((*others, (name, YamlMap(entries, place))), node.location)
            keys["constants"] = node

    def constant(self, node: YamlNode) -> YamlNode:
        return self.decoder.scalar(node, "a constant") or _NOTHING

    def carries(self, node: YamlNode) -> YamlNode:
        is_map = isinstance(node, YamlMap)
        keys = self.decoder.keys(node, ("of", "in", "as"), "carries") if is_map else None
        return node if keys is None else _map(node.location, keys)

    def cases(self, node: YamlNode) -> YamlNode:
        return _map_values(node, self.case)

    def case(self, node: YamlNode) -> YamlNode:
        decoder = self.decoder
        keys = decoder.keys(node, ("when", "each", "if", "to", "fields"), "a case")
        if keys is None:
            return _NOTHING
        present = keys.pop("if", None)
        if "when" in keys:
            keys["when"] = _record(keys["when"], binds=False)
        if decoder.path(present) is not None and isinstance(present, YamlScalar):
            entry = (_escape(present, "|"), _scalar(CellWord.PRESENT.value, present.location))
            right = YamlMap((entry,), present.location)
            left = keys.get("when", YamlMap((), present.location))
            keys["when"] = YamlSequence((left, right), present.location)
        if "each" in keys:
            keys["each"] = self.each(keys["each"])
        if "fields" in keys:
            keys["fields"] = self.rules(keys["fields"])
        return _map(node.location, keys)

    # --- rules ---

    def written(self, fields: YamlNode | None, cases: YamlNode | None) -> Iterator[_Written]:
        """Yield what each case writes."""
        shared = frozenset(self.written_fields(fields))
        bodies = [body for _, body in cases.entries] if isinstance(cases, YamlMap) else []
        for body in bodies:
            own = frozenset(self.written_fields(_entry(body, "fields")))
            yield _Written(self.side(_entry(body, "to")), shared | own)
        if not bodies:
            yield _Written(None, shared)

    def written_fields(self, node: YamlNode | None) -> Iterator[tuple[Side, Path]]:
        for name, body in node.entries if isinstance(node, YamlMap) else ():
            only_to = self.side(_entry(body, "to"))
            right = body if isinstance(body, YamlScalar) else _entry(body, "is")
            also = _entry(body, "also")
            rights = [right, *(_path_of(item) for item in _items(also))]
            if only_to != "right" and not _is_joined(name):
                yield from (("left", path) for path in _first_path(name))
            if only_to != "left":
                yield from (("right", path) for each in rights for path in _first_path(each))

    def side(self, node: YamlNode | None) -> Side | None:
        name, (left, right) = _text(node), self.decoder.formats
        return "left" if name == left else "right" if name == right else None

    def rules(self, node: YamlNode) -> YamlNode:
        if not isinstance(node, YamlMap):
            return node
        entries: list[tuple[YamlScalar, YamlNode]] = []
        for name, body in node.entries:
            rules = tuple(self.rule(name, body))
            if rules:
                rule = rules[0] if len(rules) == 1 else YamlSequence(rules, body.location)
                entries.append((_escape(name, "&"), rule))
        return YamlMap(tuple(entries), node.location)

    def rule(self, name: YamlScalar, body: YamlNode) -> Iterator[YamlNode]:
        """Yield a rule, and one for each field of `also`."""
        decoder, is_joined = self.decoder, _is_joined(name)
        keys: Keys | None = {"is": body}
        if not isinstance(body, YamlScalar):
            keys = decoder.keys(body, _RULE_KEYS, "a rule")
        if keys is None:
            return
        only_to = self.side(keys.get("to"))
        also = list(self.also(keys.get("also")))
        exact, inexact = self.alternatives(keys.get("or"))
        defaults = self.defaults(keys.get("default"))
        skips_unfit = decoder.choice(keys.get("unfit"), ("skip",))
        skips_others = decoder.choice(keys.get("others"), ("skip",))
        if "others" in keys and "values" not in keys:
            hint = "add 'values', or remove 'others'"
            decoder.report("mapping-key", keys["others"], "'others' needs 'values'", hint)
        rule = {key: keys[key] for key in _KEPT_RULE_KEYS if key in keys}
        rule |= self.codec(keys)
        if isinstance(path := rule.get("is"), YamlScalar):
            rule["is"] = _escape(path, "&")
        unfit: dict[Side, str] = {"left": skips_unfit, "right": skips_others}
        rule |= self.unfit(unfit, body.location)
        sources: list[YamlNode] = []
        if is_joined:
            rule.pop("null", None)
        else:
            sources += [_map(location, item) for item, location in also]
            sources += exact
            if only_to != "right":
                sources += self.params_for("left", name)
        if only_to != "left":
            sources += self.params_for("right", keys.get("is"))
        if not is_joined:
            sources += [*inexact, *defaults.values()]
        if sources:
            rule["else"] = YamlSequence(tuple(sources), body.location)
        yield _map(body.location, rule)
        for item, location in also if not is_joined and only_to != "left" else ():
            copy = {key: keys[key] for key in ("id", "null") if key in keys} | item
            copy["to"] = self.format_name("right", name.location)
            copy["because"] = _scalar(_REPEATED, location)
            if only_to is not None and "because" in keys:
                copy["because"] = keys["because"]
            if "values" in item:
                copy |= self.unfit({"right": skips_others}, location)
            if isinstance(path := copy["is"], YamlScalar):
                copy["is"] = _escape(path, "|&")
            sources = [*self.params_for("right", item["is"])]
            sources += [defaults["right"]] if "right" in defaults else []
            if sources:
                copy["else"] = YamlSequence(tuple(sources), location)
            yield _map(name.location, copy)

    def unfit(self, outcomes: Mapping[Side, str], location: Location) -> Keys:
        skips = [self.format_name(side, location) for side, word in outcomes.items() if word]
        entries = tuple((name, _scalar("skip", location)) for name in skips)
        return {"unfit": YamlMap(entries, location)} if entries else {}

    def params_for(self, side: Side, node: YamlNode | None) -> Iterator[YamlNode]:
        """Yield the params that fill the first field of a node, as sources."""
        for field in self.filled:
            if field.side == side and field.path in _first_path(node):
                place = field.param.location
                keys: Keys = {"param": _scalar(field.param.raw, place)}
                keys["to"] = self.format_name(side, place)
                yield _map(place, keys)

    def also(self, node: YamlNode | None) -> Iterator[tuple[Keys, Location]]:
        for item in self.decoder.items(node, "also"):
            keys: Keys | None = {"is": item}
            if not isinstance(item, YamlScalar):
                keys = self.decoder.keys(item, _ALSO_KEYS, "'also'")
            if keys is not None and self.has_path(keys, item):
                keys |= self.codec(keys)
                yield keys, item.location

    def alternatives(self, node: YamlNode | None) -> tuple[list[YamlNode], list[YamlNode]]:
        """Return the exact and the other sources of `or`."""
        sources: tuple[list[YamlNode], list[YamlNode]] = [], []
        for item in self.decoder.items(node, "or"):
            keys = self.decoder.keys(item, _OR_KEYS, "an alternative")
            if keys is None or not self.has_path(keys, item):
                continue
            # With a name, they say that the source is not exact; with a list, that values are not.
            names = ("approximate", "opt_in")
            named = {name: keys[name] for name in names if isinstance(keys.get(name), YamlScalar)}
            keys = {name: value for name, value in keys.items() if name not in named}
            keys |= self.codec(keys)
            keys |= named
            unless = keys.pop("unless", None)
            if self.decoder.path(unless) is not None and isinstance(unless, YamlScalar):
                absent = _scalar(CellWord.ABSENT.value, unless.location)
                keys["when"] = YamlMap(((_escape(unless, "|"), absent),), unless.location)
            sources[bool(named)].append(_map(item.location, keys))
        return sources

    def has_path(self, keys: Keys, item: YamlNode) -> bool:
        if "is" not in keys:
            self.decoder.report("mapping-type", item, "'is' is missing", "write {is: PATH}")
        return self.decoder.path(keys.get("is")) is not None

    def defaults(self, node: YamlNode | None) -> dict[Side, YamlNode]:
        """Return the sources of the default of each side."""
        decoder = self.decoder
        if node is None:
            return {}
        pairs: list[tuple[Side | None, YamlNode]] = [("right", node)]
        if isinstance(node, YamlMap):
            entries = decoder.entries(node, "default")
            pairs = [(decoder.side(name), value) for name, value in entries]
        return {
            side: _map(
                value.location, {"value": value, "to": self.format_name(side, value.location)}
            )
            for side, value in pairs
            if decoder.scalar(value, "a default") is not None and side is not None
        }

    def codec(self, keys: Keys) -> Keys:
        """Return the codec of a rule or source, if it has one."""
        if "values" in keys:
            return {"values": keys["values"], **self.blocks(keys, "values")}
        blocks = {key: keys[key] for key in _BLOCKS if key in keys}
        if "as" not in keys:
            return blocks
        node, options = keys["as"], None
        if isinstance(node, YamlMap) and len(node.entries) == 1:
            node, options = node.entries[0]
        name = self.decoder.choice(node, _CODECS)
        if name == "date-time" and isinstance(options, YamlMap):
            self.decoder.choice(self.decoder.options(options, ("or",)).get("or"), _EPOCHS)
        return blocks | {"as": keys["as"] if name else _scalar(_EPOCHS[0], node.location)}

    # --- tables ---

    def tables(self, node: YamlNode) -> YamlNode:
        return _map_values(node, self.table)

    def table(self, node: YamlNode) -> YamlNode:
        keys = self.decoder.keys(node, ("exact", *_BLOCKS), "a table")
        if keys is None:
            return _NOTHING
        if isinstance(exact := keys.get("exact"), YamlSequence):
            rows: list[YamlNode] = []
            for row in exact.items:
                items = _items(row)
                records = tuple(map(_record, items if len(items) == 2 else ()))
                rows.append(YamlSequence(records, row.location))
            keys["exact"] = YamlSequence(tuple(rows), exact.location)
        keys |= self.blocks(keys, "rows")
        keys["taken"] = _scalar("no-equivalent", node.location)
        return _map(node.location, keys)

    def blocks(self, keys: Keys, name: str) -> Keys:
        """Return the blocks of a table; `name` is the key of their rows."""
        blocks: Keys = {}
        if "approximate" in keys:
            rows = self.decoder.items(keys["approximate"], "approximate")
            items = tuple(block for row in rows for block in self.one_way(row, name))
            blocks["approximate"] = YamlSequence(items, keys["approximate"].location)
        if "opt_in" in keys:
            opt_ins = self.decoder.entries(keys["opt_in"], "opt_in")
            entries = tuple(
                (key, block) for key, row in opt_ins for block in self.one_way(row, name)
            )
            blocks["opt_in"] = YamlMap(entries, keys["opt_in"].location)
        if "refuse" in keys:
            rows = self.decoder.items(keys["refuse"], "refuse")
            items = tuple(block for row in rows for block in self.refusal(row, name))
            blocks["refuse"] = YamlSequence(items, keys["refuse"].location)
        return blocks

    def one_way(self, node: YamlNode, name: str) -> Iterator[YamlNode]:
        decoder, location = self.decoder, node.location
        keys = decoder.keys(node, ("from", "to", "into", "because"), "a one-way row")
        if keys is None:
            return
        if "from" not in keys or "to" not in keys:
            hint = "write {from: VALUE, to: VALUE, because: REASON}"
            decoder.report("mapping-row", node, "a one-way row needs 'from' and 'to'", hint)
            return
        to_left = decoder.side(keys.get("into")) != "right"
        pair = (keys["to"], keys["from"]) if to_left else (keys["from"], keys["to"])
        row = YamlSequence(tuple(map(_record, pair)) if name == "rows" else pair, location)
        block = {key: keys[key] for key in ("because",) if key in keys}
        block["to"] = self.format_name("left" if to_left else "right", location)
        block[name] = YamlSequence((row,), location)
        yield _map(location, block)

    def refusal(self, node: YamlNode, name: str) -> Iterator[YamlNode]:
        decoder = self.decoder
        keys = decoder.keys(node, ("from", "of", "because"), "a refusal")
        if keys is None:
            return
        if "from" not in keys:
            hint = "write {from: VALUES, because: REASON}"
            decoder.report("mapping-row", node, "a refusal needs 'from'", hint)
            return
        on_left = decoder.side(keys.pop("of", None)) == "left"
        keys["to"] = self.format_name("right" if on_left else "left", node.location)
        if name == "rows" and not isinstance(keys["from"], YamlMap):
            decoder.record(keys["from"])
            return
        if name == "rows":
            keys["from"] = _record(keys["from"])
        yield _map(node.location, keys)


# --- trees ----------------------------------------------------------------------------------------

_NOTHING = YamlMap((), Location(""))
"""Replaces a node with an error."""


def _scalar(text: str, location: Location) -> YamlScalar:
    return YamlScalar(text, location, text)


def _map(location: Location, keys: Keys) -> YamlMap:
    entries = ((_scalar(key, node.location), node) for key, node in keys.items())
    return YamlMap(tuple(entry for entry in entries if entry[1] is not _NOTHING), location)


def _map_values(node: YamlNode, change: Callable[[YamlNode], YamlNode]) -> YamlNode:
    """Change the values of a map; another node is returned as it is."""
    if not isinstance(node, YamlMap):
        return node
    entries = ((key, change(value)) for key, value in node.entries)
    return YamlMap(tuple(entry for entry in entries if entry[1] is not _NOTHING), node.location)


def _entry(node: YamlNode | None, name: str) -> YamlNode | None:
    entries = node.entries if isinstance(node, YamlMap) else ()
    return next((value for key, value in entries if key.raw == name), None)


def _items(node: YamlNode | None) -> tuple[YamlNode, ...]:
    return node.items if isinstance(node, YamlSequence) else ()


def _text(node: YamlNode | None) -> str:
    return node.value if isinstance(node, YamlScalar) and isinstance(node.value, str) else ""


def _is_joined(name: YamlScalar) -> bool:
    return len(split_paths(name.raw, ",")) > 1


def _path_of(item: YamlNode) -> YamlNode | None:
    return item if isinstance(item, YamlScalar) else _entry(item, "is")


def _first_path(node: YamlNode | None) -> tuple[Path, ...]:
    """Return the first of the paths in a string; none if it is wrong."""
    try:
        return (parse_path(split_paths(_text(node), "|")[0]),)
    except ValueError:
        return ()


def _escape(node: YamlScalar, signs: str) -> YamlScalar:
    """Escape characters in paths that separate them in version 2 only."""
    if not isinstance(node.value, str) or not any(sign in node.value for sign in signs):
        return node
    pattern = re.compile(rf"\\.|[{signs}]", re.DOTALL)
    text = pattern.sub(lambda match: match[0] if len(match[0]) > 1 else f"\\{match[0]}", node.value)
    return _scalar(text, node.location)


def _record(node: YamlNode, *, binds: bool = True) -> YamlNode:
    """Rewrite a record; where it does not bind variables, one matches any value."""
    if not isinstance(node, YamlMap):
        return node
    entries: list[tuple[YamlScalar, YamlNode]] = []
    for key, cell in node.entries:
        text = _text(cell)
        if len(text) > 1 and text.startswith("$"):
            if not binds:
                cell = _scalar(CellWord.PRESENT.value, cell.location)
            elif text in _WORDS:
                cell = _scalar(f"{text}_", cell.location)
        entries.append((_escape(key, "|"), cell))
    return YamlMap(tuple(entries), node.location)
