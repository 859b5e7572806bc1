"""Judging small events in emitted code: each member is read once, to be judged and translated.

The tests take only what the spec takes. What they do not take may be valid all the same (it has a
member that the spec does not name, or 15.0 for 15): emitted code then asks the validator, which
has the last word and makes the message. For larger events the validator is faster, and is asked
first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from translator.code import Pool
from translator.guards import enum_test
from translator.nodes import Plain
from translator.paths import Path
from translator.selectors import OTHER, Choice
from translator.shapes import Object, Scalar, Shape, Union, accepts
from translator.structs import ASKED, is_struct
from translator.symbols import Scope, Value, child, local

MAX_LEAVES = 10
"""Events that may have more leaves than this are quicker to judge by the validator."""


def vettable(source: Object | Union) -> bool:
    """Whether tests can say all that the spec says of an event, and are the quicker way."""
    variants = source.variants.values() if isinstance(source, Union) else (source,)
    return all(sum(map(_cost, _leaves(one))) <= MAX_LEAVES for one in variants)


def _leaves(shape: Shape) -> Iterator[Shape]:
    """What stands in a shape, objects that are always there apart."""
    if not isinstance(shape, Object) or not shape.exact or shape.key_pattern or shape.free:
        yield shape
        return
    for one in shape.members.values():
        whole = one.required and not getattr(one.shape, "nullable", False)
        if isinstance(one.shape, Scalar) or not whole:
            yield one.shape
        else:
            yield from _leaves(one.shape)


def _cost(leaf: Shape) -> int:
    plain = isinstance(leaf, Scalar) and not leaf.format and leaf.types
    texts = plain and all(isinstance(one, str) for one in getattr(leaf, "enum", ()) or ())
    return 1 if texts else MAX_LEAVES + 1


def vet(event: Value, choice: Choice, scope: Scope, pool: Pool) -> None:
    """Emit the reading of every member and the tests; `choice` is what is known of the event."""
    tests = list(_of_object(event, (), choice, scope, pool))
    block = scope.block
    block.add("if not (")
    for number, test in enumerate(tests):
        block.add(f"    {'and ' * bool(number)}{test}")
    block.add("):")
    block.add("    judge(event)")


def ask(event: Value, scope: Scope) -> None:
    """Emit the tests that are left of an event that was read into a struct.

    Where one fails, the event goes aside, to be read and judged in the ordinary way.
    """
    tests = list(_asked(event, scope))
    if tests:
        scope.block.add(f"if not ({' and '.join(tests)}):")
        scope.block.add("    raise Aside")


def _asked(value: Value, scope: Scope) -> Iterator[str]:
    assert isinstance(value.shape, Object)
    for name, one in value.shape.members.items():
        if _asks(one.shape):
            found = child(value, name, scope)
            assert isinstance(found, Value)
            if isinstance(one.shape, Object):
                yield from _asked(found, scope)
                continue
            assert isinstance(one.shape, Scalar)
            read = local(found, scope, name)
            value.members[name] = replace(found, make=_named(read))
            test = ASKED[one.shape.format].format(read)
            unless = [f"{read} is None or "] if found.optional else []
            unless += [] if one.shape.types == {"string"} else [f"{read}.__class__ is not str or "]
            yield f"({''.join(unless)}{test})" if unless else test


def _asks(shape: Shape) -> bool:
    """Whether a type alone cannot tell if something in a struct is valid."""
    if isinstance(shape, Object) and is_struct(shape):
        return any(_asks(one.shape) for one in shape.members.values())
    return isinstance(shape, Scalar) and shape.format in ASKED and shape.enum is None


def _of_object(value: Value, path: Path, choice: Choice, scope: Scope, pool: Pool) -> Iterator[str]:
    shape = value.shape
    assert isinstance(shape, Object)
    code = value.make()
    if path:
        yield f"{code}.__class__ is dict"
    if all(one.required for one in shape.members.values()):
        yield f"len({code}) == {len(shape.members)}"
    else:
        known = pool.constant("known", f"frozenset({sorted(shape.members)!r})")
        yield f"{known}.issuperset({code})"
    for name, one in shape.members.items():
        found, at = child(value, name, scope), (*path, name)
        assert isinstance(found, Value)
        if isinstance(one.shape, Object):
            yield from _of_object(found, at, choice, scope, pool)
            continue
        assert isinstance(one.shape, Scalar)
        decided = choice.get(at)
        sure = one.required and not one.shape.nullable
        if sure and _says_all(decided, one.shape):
            yield f"{found.make()}.__class__ is {type(decided).__name__}"
            continue
        read = found.make()
        if not read.isidentifier():
            read = scope.names.fresh(name)
            scope.block.add(f"{read} = {found.make()}")
            value.members[name] = replace(found, make=_named(read))
        test = _of_scalar(one.shape, read, pool)
        if one.shape.nullable:
            test = f"({test} or {read} is None)"
        elif not one.required:
            test = f"({test} or {read} is None and {name!r} not in {code})"
        yield test


def _named(name: str) -> Callable[[], str]:
    return lambda: name


def _says_all(decided: Plain | OTHER, shape: Scalar) -> bool:
    """Whether a member that equals `decided` needs its class looked at only."""
    return isinstance(decided, str) and accepts(shape, decided)


def _of_scalar(shape: Scalar, name: str, pool: Pool) -> str:
    kinds = shape.types - {"integer"} if "number" in shape.types else shape.types
    tests = [" and ".join(_of_kind(kind, shape, name, pool)) for kind in sorted(kinds)]
    return tests[0] if len(tests) == 1 else "(" + " or ".join(tests) + ")"


def _of_kind(kind: str, shape: Scalar, name: str, pool: Pool) -> Iterator[str]:
    match kind:
        case "string":
            yield f"{name}.__class__ is str"
            if shape.enum is not None:
                yield enum_test(shape.enum, name, pool)
            if shape.min_length == 1:
                yield name
            elif shape.min_length:
                yield f"len({name}) >= {shape.min_length}"
            if shape.max_length is not None:
                yield f"len({name}) <= {shape.max_length}"
            if shape.min_length > 1 or shape.max_length is not None:
                yield f"{name}.isascii()"  # the validator does not count half surrogate pairs
            elif shape.enum is None:
                yield f"({name}.isascii() or {name}.encode())"  # which raises at half a pair
        case "boolean":
            yield f"{name}.__class__ is bool" if shape.enum is None else "False"
        case "integer":
            yield f"{name}.__class__ is int" if shape.enum is None else "False"
            yield from _in_range(shape, name)
        case _:
            known = shape.enum is None
            yield f"({name}.__class__ is float or {name}.__class__ is int)" if known else "False"
            yield from _in_range(shape, name)
            if shape.enum is None:
                yield f"-1e308 < {name} < 1e308"  # which NaN and the infinities are not


def _in_range(shape: Scalar, name: str) -> Iterator[str]:
    for limit, sign in (
        (shape.minimum, ">="),
        (shape.maximum, "<="),
        (shape.above, ">"),
        (shape.below, "<"),
    ):
        if limit is not None:
            yield f"{name} {sign} {limit!r}"
