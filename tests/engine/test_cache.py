"""Plans kept from one run to the next: found, refused, rebuilt, and never wrong."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from translator import Catalog, Crosswalk, TranslationError, Translator
from translator.catalog.discovery import Folders
from translator.compiler.options import Options
from translator.engine import cache as keeping
from translator.engine.cache import PlanCache, cache_dir, plan_cache
from translator.engine.plan import from_bytes, to_bytes
from translator.engine.planner import Planner

ROOT = Path(__file__).parents[2]
EVENT = {
    "project": "shop-1",
    "data": {
        "event": "purchase",
        "item": "SKU-1",
        "customer": "ada",
        "date": "2024-05-01T12:00:00Z",
    },
}
PAIRS = [(one.source, one.target) for one in Catalog().pairs()]

Damage = Callable[[Path], object]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A folder for plans, which is not there yet."""
    return tmp_path / "cache" / "plans"


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """Copies of the shipped specs and mappings, to be changed."""
    for name in ("specs", "mappings"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.py*"))
    return tmp_path


def translator(cache: Path, **given: Any) -> Translator:
    return Translator("goshops", "miso", catalog=Folders(plan_cache_dir=str(cache)), **given)


def plans(cache: Path) -> list[Path]:
    return sorted(cache.glob("*.plan"))


@contextmanager
def nothing_compiled() -> Iterator[None]:
    """Within, a translation that is compiled anew is an error."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Planner, "compile", lambda *_: pytest.fail("it was compiled anew"))
        yield


def test_a_plan_is_used_again(cache: Path) -> None:
    """What was compiled once is not compiled again, and its traceback shows its source."""
    first = translator(cache).translate(EVENT)
    with nothing_compiled():
        again = translator(cache)
    assert again.translate(EVENT) == first
    assert "_planner" not in vars(again)
    assert again.python == Translator("goshops", "miso").python


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_every_plan_comes_back_as_it_was(pair: tuple[str, str]) -> None:
    """A plan that was written and read is the plan that was made, whatever the pair."""
    plan = Planner(Catalog(), *pair).compile(Options(), "<plan>")
    assert from_bytes(to_bytes(plan)) == plan


@pytest.mark.parametrize(
    "event",
    [
        {**EVENT, "more": 1},
        {**EVENT, "project": 7},
        {"project": "p", "data": {**EVENT["data"], "date": "2024-05-01T12:00:00"}},  # type: ignore[dict-item]
        {"project": "p", "data": {**EVENT["data"], "date": "2024-02-29t12:00:00.5z"}},  # type: ignore[dict-item]
        [],
    ],
    ids=["a member more", "invalid", "no offset", "leap day", "no object"],
)
def test_events_have_the_same_fate(event: Any, cache: Path) -> None:
    """A translator from a kept plan takes, refuses and explains what any other does."""

    def fate(made: Translator) -> object:
        try:
            return made.translate_with_losses(event)
        except TranslationError as error:
            return error.code, error.path, error.message, error.violations

    translator(cache)
    assert fate(translator(cache)) == fate(Translator("goshops", "miso"))


def test_params_are_judged_without_the_mappings(cache: Path) -> None:
    """A param's value is judged and put in its place by what the plan says of it."""
    event = {"project": "p", "data": {**EVENT["data"], "date": "2024-05-01T12:00:00"}}  # type: ignore[dict-item]
    first = translator(cache, params={"timezone": "Europe/Berlin"})
    with nothing_compiled():
        again = translator(cache, params={"timezone": "America/Lima"})
        with pytest.raises(TranslationError) as caught:
            translator(cache, params={"timezone": "Nowhere"})
    assert first.translate(event)["timestamp"].endswith("+02:00")
    assert again.translate(event)["timestamp"].endswith("-05:00")
    assert caught.value.code == "invalid-param"


def test_a_new_name_of_a_param_is_compiled(cache: Path) -> None:
    """A translator made of a kept one by other params is right, and is kept as well."""
    translator(cache)
    event = {"project": "p", "data": {**EVENT["data"], "date": "2024-05-01T12:00:00"}}  # type: ignore[dict-item]
    params = {"timezone": "Europe/Berlin"}
    assert translator(cache).translate(event, params)["timestamp"].endswith("+02:00")
    assert len(plans(cache)) == 2


# --- keys ----------------------------------------------------------------------------------------


def key(folders: Folders, **given: Any) -> str:
    arguments: dict[str, Any] = {
        "param_names": (),
        "crosswalks": None,
        "allow": (),
        "validate": True,
        "guard": True,
    }
    found = plan_cache(folders, "goshops", "cobi", **{**arguments, **given})
    assert found is not None
    return found.key


def test_what_a_plan_is_made_from_is_its_key(copies: Path, cache: Path) -> None:
    """Each file on the way, option and name of what is given leads to a plan of its own."""
    given = ([copies / "specs"], [copies / "mappings"], str(cache))
    rows = Crosswalk([{"goshops": "a", "cobi": "b"}])
    keys = [
        key(Folders(*given)),
        key(Folders(*given), param_names=["item_type"]),
        key(Folders(*given), crosswalks={"items": rows}),
        key(Folders(*given), allow=["content-as-view"]),
        key(Folders(*given), validate=False),
    ]
    for name in ("specs/goshops.json", "specs/interaction.json", "specs/cobi.json",
                 "mappings/goshops.yaml", "mappings/cobi.yaml"):  # fmt: skip
        file = copies / name
        file.write_bytes(file.read_bytes() + b"\n")
        keys.append(key(Folders(*given)))
    assert len(set(keys)) == len(keys) == 10
    assert key(Folders(*given)) == keys[-1]
    assert key(Folders(*given), param_names=[], allow=()) == keys[-1]


def test_values_of_params_are_not_part_of_a_plan(cache: Path) -> None:
    """Params with the same names share a plan: their values are not compiled in."""
    for value in ("Europe/Berlin", "America/Lima"):
        translator(cache, params={"timezone": value})
    assert len(plans(cache)) == 1


def test_files_that_are_not_on_the_way_do_not_count(copies: Path, cache: Path) -> None:
    """A format that is not asked for may change, come and go."""
    given = ([copies / "specs"], [copies / "mappings"], str(cache))
    before = key(Folders(*given))
    (copies / "specs" / "miso.json").write_text("not read")
    (copies / "mappings" / "miso.yaml").unlink()
    (copies / "specs" / "new.json").write_text("not read either")
    assert key(Folders(*given)) == before


def test_a_nearer_way_is_taken(copies: Path, cache: Path) -> None:
    """A mapping that comes between two formats directly is not missed for a plan of before."""
    given = ([copies / "specs"], [copies / "mappings"], str(cache))
    before = key(Folders(*given))
    (copies / "mappings" / "goshops--cobi.yaml").write_text("version: 1\n")
    assert key(Folders(*given)) != before


def test_other_code_makes_other_plans(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of the package that is edited, or another Python, finds no plan of before."""
    folders = Folders(plan_cache_dir=str(cache))
    keys = {key(folders)}
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version", f"{sys.version} (another)")
        keys.add(key(folders))
    assert len(keys) == 1
    code = keeping._fingerprint.__wrapped__
    monkeypatch.setattr(keeping, "_fingerprint", code)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version", f"{sys.version} (another)")
        keys.add(key(folders))
    assert len(keys) == 2


def test_an_edited_module_invalidates_plans(tmp_path: Path) -> None:
    """Editing a module in a subpackage of an installed copy changes what the copy runs."""
    package = tmp_path / "site" / "translator"
    shutil.copytree(ROOT / "translator", package, ignore=shutil.ignore_patterns("__pycache__"))
    for data in ("specs", "mappings", "generated"):
        shutil.copytree(ROOT / data, package / data)
    code = (
        "import sys\nfrom translator import Translator\n"
        "from translator.catalog.discovery import Folders\n"
        "folders = Folders(plan_cache_dir=sys.argv[1])\n"
        "print(Translator('goshops', 'miso', catalog=folders).python)"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(package.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
    }

    def emitted() -> str:
        command = [sys.executable, "-P", "-c", code, str(tmp_path / "plans")]
        return subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    assert emitted() == emitted()
    (plan,) = (tmp_path / "plans").glob("*.plan")
    module = package / "compiler" / "module.py"
    source = module.read_text(encoding="utf-8")
    assert '"# {title}"' in source
    module.write_text(source.replace('"# {title}"', '"# edited: {title}"'), encoding="utf-8")
    assert emitted().startswith("# edited: goshops -> interaction -> miso")
    assert plan.exists()


def test_code_whose_files_cannot_be_looked_at_keeps_nothing(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package in an archive translates all the same."""
    monkeypatch.setattr(keeping, "_fingerprint", keeping._fingerprint.__wrapped__)
    monkeypatch.setattr(keeping, "__file__", str(cache / "package.zip" / "engine" / "cache.py"))
    assert translator(cache).translate(EVENT)["type"] == "checkout"
    assert not cache.exists()


def test_a_file_that_is_edited_on_the_way_changes_nothing(copies: Path, cache: Path) -> None:
    """What was read once is what all of a run is made from, and no plan of it has a wrong key."""
    given = ([copies / "specs"], [copies / "mappings"], str(cache))
    running = Translator("goshops", "miso", catalog=Folders(*given))
    mapping = copies / "mappings" / "goshops.yaml"
    text = mapping.read_text()
    assert "like: like\n" in text
    mapping.write_text(text.replace("like: like\n", "like: share\n"))
    event = {"project": "p", "data": {**EVENT["data"], "date": "2024-05-01T12:00:00"}}  # type: ignore[dict-item]
    event["data"]["event"] = "like"  # type: ignore[index]
    before = running.translate(event, {"timezone": "Europe/Berlin"})
    again = Translator(
        "goshops", "miso", catalog=Folders(*given), params={"timezone": "Europe/Berlin"}
    )
    fresh = Translator(
        "goshops", "miso", catalog=Catalog(*given[:2]), params={"timezone": "Europe/Berlin"}
    )
    assert again.python == fresh.python
    assert again.translate(event) == fresh.translate(event) != before


# --- what is wrong with a cache ------------------------------------------------------------------


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[-20] ^= 1
    file.write_bytes(data)


def of_another(file: Path) -> None:
    folders = Folders(plan_cache_dir=str(file.parent))
    other = plan_cache(folders, "miso", "goshops", (), {}, (), validate=True, guard=True)
    assert other is not None
    other.store(Planner(Catalog(), "miso", "goshops").compile(Options(), "<another>"))
    (file.parent / f"{other.key}.plan").replace(file)


DAMAGES: dict[str, Damage] = {
    "cut short": cut,
    "a bit": flip,
    "empty": lambda file: file.write_bytes(b""),
    "the header only": lambda file: file.write_bytes(file.read_bytes()[:18]),
    "another header": lambda file: file.write_bytes(b"T" + file.read_bytes()[1:]),
    "garbage": lambda file: file.write_bytes(os.urandom(5000)),
    "another plan": of_another,
    "others may write it": lambda file: file.chmod(0o666),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_plan_that_is_not_what_was_written_is_made_anew(damage: Damage, cache: Path) -> None:
    """A damaged plan is not run; it is replaced without a word."""
    first = translator(cache).translate(EVENT)
    (file,) = plans(cache)
    damage(file)
    assert translator(cache).translate(EVENT) == first
    with nothing_compiled():
        assert translator(cache).translate(EVENT) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_link_is_not_followed(cache: Path, tmp_path: Path) -> None:
    """A plan that lies elsewhere is not run, even where it is the right one."""
    translator(cache)
    (file,) = plans(cache)
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert translator(cache).translate(EVENT)["type"] == "checkout"
    assert not file.is_symlink()


def test_only_the_owner_sees_the_folder(cache: Path) -> None:
    """The folder is made for its owner alone, and its files too."""
    translator(cache)
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (cache, *plans(cache))]
    assert modes == [0o700, 0o600]


def test_a_folder_that_others_can_write_is_not_used(cache: Path) -> None:
    """Nothing is read from, nor put into, a folder in which others could put plans."""
    translator(cache)
    cache.chmod(0o777)
    (file,) = plans(cache)
    found = PlanCache(str(cache), file.stem)
    assert found.load() is None
    file.unlink()
    translator(cache)
    assert plans(cache) == []


def test_a_folder_of_somebody_else_is_not_used(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan that another user left is not run."""
    translator(cache)
    (file,) = plans(cache)
    monkeypatch.setattr(os, "geteuid", lambda: cache.stat().st_uid + 1)
    assert PlanCache(str(cache), file.stem).load() is None


@pytest.mark.parametrize("place", ["/dev/null/plans", "{}/file", "{}/\0"])
def test_where_nothing_can_be_kept_translations_are_made(place: str, tmp_path: Path) -> None:
    """A folder that cannot be made or written is no error."""
    (tmp_path / "file").write_text("no folder")
    made = translator(Path(place.format(tmp_path)))
    assert made.translate(EVENT)["type"] == "checkout"


def test_a_full_disk_leaves_no_half_plan(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that could not be written whole is not there, nor is what was written of it."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert translator(cache).translate(EVENT)["type"] == "checkout"
    assert list(cache.iterdir()) == []


def test_writers_do_not_disturb_one_another(cache: Path) -> None:
    """While several write one plan, whoever reads finds none or a whole one."""
    translator(cache)
    (file,) = plans(cache)
    one = PlanCache(str(cache), file.stem)
    plan = one.load()
    assert plan is not None
    file.unlink()

    def work(number: int) -> bool:
        if number % 2:
            one.store(plan)
            return True
        return one.load() in (None, plan)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(400)))
    assert one.load() == plan
    assert [each.name for each in cache.iterdir()] == [file.name]


def test_so_many_are_kept(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder holds a bounded number of files; those written first go first."""
    monkeypatch.setattr(keeping, "MAX_PLANS", 3)
    translator(cache)
    (first,) = plans(cache)
    os.utime(first, ns=(0, 0))
    (cache / "left.1.part").write_bytes(b"")
    os.utime(cache / "left.1.part", ns=(1, 1))
    (cache / "README").write_text("not ours")
    for allow in ([], ["content-as-view"]):
        for target in ("cobi", "aisquare"):
            folders = Folders(plan_cache_dir=str(cache))
            Translator("goshops", target, catalog=folders, params={}, allow=allow)
    assert len(plans(cache)) == 3
    assert first not in plans(cache)
    assert (cache / "README").exists() and not (cache / "left.1.part").exists()


# --- where ---------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="other places there")
def test_the_folder_is_where_the_system_keeps_such_things(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The environment says where plans are kept, and that they are not."""
    monkeypatch.setenv("HOME", "/home/ada")
    assert cache_dir({}) == "/home/ada/.cache/event-translator"
    assert cache_dir({"XDG_CACHE_HOME": "/var/ada"}) == "/var/ada/event-translator"
    assert cache_dir({"XDG_CACHE_HOME": "relative"}) == "/home/ada/.cache/event-translator"
    assert cache_dir({"TRANSLATOR_CACHE": "/mine", "XDG_CACHE_HOME": "/x"}) == "/mine"
    assert cache_dir({"TRANSLATOR_CACHE": "off"}) is None
    assert cache_dir({"TRANSLATOR_CACHE": ""}) == "/home/ada/.cache/event-translator"


def test_without_a_home_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody says where home is, there is no folder."""
    monkeypatch.setattr(os.path, "expanduser", lambda text: text)
    assert cache_dir({}) is None


def test_a_library_keeps_nothing(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the command line keeps plans; a program that imports the package writes no file."""
    monkeypatch.setenv("TRANSLATOR_CACHE", str(cache))
    Translator("goshops", "miso").translate(EVENT)
    assert not cache.exists()


def test_the_command_line_keeps_what_it_compiled(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A second run of a command finds the plan of the first, and writes the same."""
    from translator.cli.main import main

    monkeypatch.setenv("TRANSLATOR_CACHE", str(cache))
    file = tmp_path / "events.ndjson"
    file.write_text(f"{json.dumps(EVENT)}\n{json.dumps({**EVENT, 'project': 7})}\n")
    command = ["translate", "goshops", "miso", str(file)]
    assert main(command) == 1
    first = capfd.readouterr()
    with nothing_compiled():
        assert main(command) == 1
    assert capfd.readouterr() == first
    assert first.out.count("\n") == 1 and "invalid-event" in first.err
