"""From an event to the code of its variant: the lookup that emitted modules do first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from translator.code import Block, identifier
from translator.nodes import Plain
from translator.selectors import OTHER, Choice, Selector
from translator.structs import Untyped, attribute
from translator.variants import Body


class Dispatch:
    """From the deciding members of an event to the code of its variant.

    With `judges`, what is refused for its variant has not been judged before. `single` asks for
    code that gives one event. `typed` events are structs.
    """

    def __init__(
        self,
        chosen: Sequence[Selector],
        bodies: Mapping[Choice, Body],
        *,
        judges: bool = False,
        single: bool = False,
        typed: bool = False,
    ) -> None:
        self.chosen, self.bodies, self.judges, self.single = chosen, bodies, judges, single
        self.typed = typed
        self.sources: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def groups(self) -> dict[str, list[Choice]]:
        """Choices by the code they share; those refused outright apart."""
        found: dict[str, list[Choice]] = {}
        for choice, body in self.bodies.items():
            if body.refused is None:
                found.setdefault(body.text, []).append(choice)
        return found

    def key(self, choice: Choice) -> object:
        """What the emitted code looks a choice up by."""
        parts = [choice[one.path] for one in self.chosen if one.path in choice]
        shown = [... if isinstance(part, OTHER) else part for part in parts]
        return shown[0] if len(shown) == 1 else tuple(shown)

    def emit(
        self, block: Block, groups: dict[str, list[Choice]], functions: Block, extra: str
    ) -> None:
        """Emit the lookup into `block`, and the functions it chooses from into `functions`."""
        refused = {
            self.key(choice): self._said(body)
            for choice, body in self.bodies.items()
            if body.refused is not None
        }
        if not self.chosen:
            for one in refused.values():
                self._refuse(block, f"*{one!r}")
            for text, members in groups.items():
                self._inline(block, text, members, None)
            return
        if refused:
            self.sources["REFUSED"] = _pretty(refused)
        if len(groups) == 1:
            ((text, members),) = groups.items()
            self._inline(block, text, members, "REFUSED" if refused else None)
            return
        self._key(block)
        self._choose(block, groups, functions, extra, refused=bool(refused))

    def _choose(
        self,
        block: Block,
        groups: dict[str, list[Choice]],
        functions: Block,
        extra: str,
        *,
        refused: bool,
    ) -> None:
        """Emit a function for each group, and the lookup of the one for an event."""
        if not groups:
            self._refuse(block, "*REFUSED[key]")
            return
        keyed = any(self._differs(members) for members in groups.values())
        arguments = f"{'constants, ' if keyed else ''}event{extra}"
        variants: dict[object, str] = {}
        for number, (text, members) in enumerate(groups.items(), 1):
            name = f"_variant_{number}"
            lines, looked_up = self._filled(text, members)
            with functions.nest(f"def {name}({arguments}):") as body:
                if looked_up:
                    body.add(f"{', '.join(looked_up)} = constants")
                for line in lines:
                    body.add(line)
            functions.add("")
            rows = _rows(looked_up, len(members))
            for choice, row in zip(members, rows, strict=True):
                variants[self.key(choice)] = f"({name}, {row})" if keyed else name
        functions.add("VARIANTS = {")
        for key, found in variants.items():
            functions.add(f"    {repr_key(key)}: {found},")
        functions.add("}")
        found = "variant, constants" if keyed else "variant"
        self._look_up(block, found, "VARIANTS", refused=refused)
        if self.single:
            block.add(f"made = variant({arguments})")
            block.add("return made if made.__class__ is dict else only(made)")
        else:
            block.add(f"return variant({arguments})")

    def _look_up(self, block: Block, names: str, table: str, *, refused: bool) -> None:
        """Emit the lookup of what a table has for the key; what it lacks is refused."""
        with block.nest("try:") as inner:
            inner.add(f"{names} = {table}[key]")
        with block.nest("except KeyError:") as inner:
            if refused:
                self._refuse(inner, "*REFUSED[key]")
            else:
                inner.add("raise invalid(event)")

    def _refuse(self, block: Block, arguments: str) -> None:
        """Emit the refusal of a variant, for events that are valid."""
        if self.judges:
            block.add("judge(event)")
        block.add(f"raise Refuse({arguments})")

    def _key(self, block: Block) -> None:
        """Emit the lookup key: the deciding members, in their order."""
        always = [one for one in self.chosen if all(one.path in c for c in self.bodies)]
        first = [self._member(one) for one in always]
        if len(always) == len(self.chosen):
            block.add(f"key = {first[0] if len(first) == 1 else '(' + ', '.join(first) + ')'}")
            return
        block.add(f"key = {first[0]}")
        tails: dict[tuple[Selector, ...], list[Plain]] = {}
        for choice in self.bodies:
            more = tuple(o for o in self.chosen if o.path in choice and o not in always)
            decided = choice[always[0].path]
            if more and decided not in tails.setdefault(more, []):
                tails[more].append(decided)  # type: ignore[arg-type]
        for more, values in tails.items():
            parts = ["key", *(first[1:]), *(self._member(one) for one in more)]
            test = f"key == {values[0]!r}" if len(values) == 1 else f"key in {tuple(values)!r}"
            with block.nest(f"if {test}:") as inner:
                inner.add(f"key = ({', '.join(parts)})")

    def _member(self, one: Selector) -> str:
        code = "event"
        if self.typed:
            return self._known(one, self._attribute(one))
        for segment in one.path[:-1]:
            code = f"({code}.get({segment!r}) or {{}})" if one.optional else f"{code}[{segment!r}]"
        last = one.path[-1]
        code = self._names.get(code, code)
        get = f"{code}.get({last!r})" if one.optional else f"{code}[{last!r}]"
        return self._known(one, get)

    def _attribute(self, one: Selector) -> str:
        """The member of a struct; it is None where it is not there."""
        if one.optional and len(one.path) > 1:
            raise Untyped
        return ".".join(["event", *map(attribute, one.path)])

    def _known(self, one: Selector, get: str) -> str:
        """The member that `get` reads, if it has one of the values that decide."""
        if not one.open:
            return get
        values = [*one.values, *([None] if one.optional else [])]
        table = "{" + ", ".join(f"{value!r}: {value!r}" for value in values) + "}"
        known = hint = f"KNOWN_{identifier(one.path[-1]).upper()}"
        number = 2
        while self.sources.setdefault(known, table) != table:
            known, number = f"{hint}_{number}", number + 1
        return f"{known}.get({get}, ...)"

    @staticmethod
    def _said(body: Body) -> tuple[object, ...]:
        """The arguments of a refusal: with the rule that refused, in code that reports."""
        assert body.refused is not None
        return body.refused if body.rule is None else (*body.refused, (), str(body.rule))

    def _differs(self, members: Sequence[Choice]) -> bool:
        return len({self.bodies[choice].constants for choice in members}) > 1

    def _inline(
        self, block: Block, text: str, members: Sequence[Choice], refused: str | None
    ) -> None:
        """Emit the code that `members` share, its constants looked up where they differ."""
        lines, looked_up = self._filled(text, members)
        if self.chosen:
            lines = self._read_once(block, lines)
            self._key(block)
            only = self.chosen[0]
            if len(self.chosen) == 1 and not only.optional and not only.open:
                read = self._member(only)
                lines = [line if "Refuse(" in line else line.replace(read, "key") for line in lines]
        if looked_up:
            self._constants(block, members, looked_up, refused)
        elif refused:
            with block.nest(f"if key in {refused}:") as inner:
                self._refuse(inner, f"*{refused}[key]")
        for line in lines:
            block.add(line)

    def _read_once(self, block: Block, lines: list[str]) -> list[str]:
        """Emit first, of `lines`, those that read what the key is read from; gives the others."""
        above = {f"event[{one.path[0]!r}]" for one in self.chosen if len(one.path) > 1}
        others: list[str] = []
        for line in lines:
            name, _, read = line.partition(" = ")
            if read in above and name.isidentifier():
                self._names[read] = name
                block.add(line)
            else:
                others.append(line)
        return others

    def _filled(
        self, text: str, members: Sequence[Choice]
    ) -> tuple[list[str], dict[str, tuple[str, ...]]]:
        """The lines that `members` share, and by the names in them the constants that differ."""
        columns = list(zip(*(self.bodies[choice].constants for choice in members), strict=True))
        names: list[str] = []
        looked_up: dict[tuple[str, ...], str] = {}
        for column in columns:
            values = tuple(value for _, value in column)
            if len(set(values)) == 1:
                names.append(values[0])
                continue
            if values not in looked_up:
                taken = set(looked_up.values())
                name = f"{column[0][0]}_"
                while name in taken:
                    name += "_"
                looked_up[values] = name
            names.append(looked_up[values])
        parts = text.split("\x01")
        filled = "".join(part + name for part, name in zip(parts, [*names, ""], strict=True))
        found = {name: values for values, name in looked_up.items()}
        return [line[4:] for line in filled.splitlines()], found

    def _constants(
        self,
        block: Block,
        members: Sequence[Choice],
        looked_up: Mapping[str, tuple[str, ...]],
        refused: str | None,
    ) -> None:
        """Emit the lookup of the constants in which `members` differ."""
        rows = zip(members, _rows(looked_up, len(members)), strict=True)
        lines = [f"    {repr_key(self.key(choice))}: {row}," for choice, row in rows]
        self.sources["CONSTANTS"] = "{\n" + "\n".join(lines) + "\n}"
        names = list(looked_up)
        if refused is None:
            block.add(f"{', '.join(names)} = CONSTANTS[key]")
            return
        self._look_up(block, ", ".join(names), "CONSTANTS", refused=True)


def _rows(looked_up: Mapping[str, tuple[str, ...]], number: int) -> list[str]:
    """For each of `number` variants what its constants are, as Python writes it."""
    if not looked_up:
        return ["None"] * number
    single = len(looked_up) == 1
    rows = zip(*looked_up.values(), strict=True)
    return [row[0] if single else f"({', '.join(row)})" for row in rows]


def repr_key(key: object) -> str:
    """A lookup key as Python writes it."""
    if isinstance(key, tuple):
        return "(" + ", ".join(map(repr_key, key)) + ")"
    return "..." if key is ... else repr(key)


def _pretty(table: Mapping[object, object]) -> str:
    lines = [f"    {repr_key(key)}: {value!r}," for key, value in table.items()]
    return "{\n" + "\n".join(lines) + "\n}"
