"""The mutants: what is changed in a module, and what is left alone."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

import pytest

from tests.emitter_mutation.mutants import described, mutants
from tests.emitter_mutation.run import MODULES, key
from tests.emitter_mutation.survivors import groups
from tests.emitter_mutation.swapping import PACKAGE, imports


def changes(source: str) -> dict[str, str]:
    """What is changed in a module's source, and what the changed lines are then."""
    text = dedent(source)
    before = text.splitlines()
    return {
        one.what: "; ".join(line.strip() for line in one.text.splitlines() if line not in before)
        for one in mutants("some", text)
    }


@pytest.mark.parametrize(
    ("line", "what", "becomes"),
    [
        ("return a == b", "Eq -> NotEq", "return a != b"),
        ("return a < b", "Lt -> LtE", "return a <= b"),
        ("return a in b", "In -> NotIn", "return a not in b"),
        ("return a and b", "and -> or", "return a or b"),
        ("return a + b", "Add -> Sub", "return a - b"),
        ("return 3", "3 -> 4", "return 4"),
        ("return True", "True -> False", "return False"),
        ("return 'x'", "'x' -> 'xXX'", "return 'xXX'"),
        ("return a", "`return a` gives None", "return None"),
        ("a.add(b)", "`a.add(b)` left out", "pass"),
        ("raise a", "`raise a` left out", "pass"),
        ("return a if b else 1", "`b` always holds", "return a if True else 1"),
        ("return [a for a in b if a]", "`a` never holds", "return [a for a in b if False]"),
        ("b.add(f'if {a} is None:')", "emitted is None -> is not None",
         "b.add(f'if {a} is not None:')"),
    ],
)  # fmt: skip
def test_one_thing_is_changed(line: str, what: str, becomes: str) -> None:
    """Operators, constants, conditions, statements are changed, and operators of emitted code."""
    assert changes(f"def f(a, b):\n    {line}\n")[what] == becomes


def test_some_things_are_left_alone() -> None:
    """Docstrings, annotations, decorators, assertions and texts for people are not changed."""
    source = '''
        """About."""

        @marked(1)
        def f(a: int | None = None) -> Literal["x"]:
            """About."""
            assert a == 1, "x"
            say("this is for people", names.fresh("hint"))
    '''
    assert set(changes(source)) == {"`say('this is for people', names.fresh('hint'))` left out"}


def test_each_mutant_is_a_program_of_its_own() -> None:
    """No two mutants of a module are the same, in text or in name, and each can be compiled."""
    found = mutants("copying", (PACKAGE / "copying.py").read_text(encoding="utf-8"))
    assert len(found) > 30
    assert len({one.text for one in found}) == len({key(one) for one in found}) == len(found)
    for one in found:
        compile(one.text, "copying.py", "exec")


def test_the_list_names_mutants() -> None:
    """Each survivor of the list is a mutant of a module as it is, once, and has its reason."""
    names = [name for group in groups() for name in group.mutants]
    assert len(set(names)) == len(names)
    for module in {name.partition(":")[0] for name in names}:
        source = (PACKAGE / f"{module}.py").read_text(encoding="utf-8")
        there = described(module, source)
        own = [name for name in names if name.startswith(f"{module}:")]
        assert [name for name in own if name.rpartition(" (")[0] not in there] == []
    assert all(len(group.because) > 20 for group in groups())


def test_the_modules_are_those_of_the_emitter() -> None:
    """Whatever the emitter is made of is mutated: what it imports, down to what only describes."""
    described = {"emitter", "code", "nodes", "paths", "shapes", "spec", "openapi", "errors",
                 "diagnostics", "keywords", "times", "numbers", "options", "origins",
                 "__init__"}  # fmt: skip
    found, waiting = set(), {"emitter"}
    while waiting:
        found |= waiting
        waiting = {one for name in waiting for one in imports().get(name, ())} & imports().keys()
        waiting -= found
    assert found - described <= set(MODULES)


def test_a_mutant_takes_the_place_of_its_module() -> None:
    """A translator made after the swap runs the mutant, and nothing of the module as it is."""
    program = """
        from tests.emitter_mutation.swapping import PACKAGE, swap
        from translator import translate

        event = {"resource_type": "ai_note", "resource_id": 15, "interaction_type": "view"}
        before = translate(event, "aisquare", "interaction")
        text = (PACKAGE / "templates.py").read_text(encoding="utf-8")
        swap("templates", text.replace("pieces.append(literal(part))", "pieces.append('-')"))
        from translator import translate

        after = translate(event, "aisquare", "interaction")
        print(before["items"][0]["id"], after["items"][0]["id"])
    """
    command = [sys.executable, "-c", dedent(program)]
    done = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["ai_note:15", "ai_note-15"]
