"""Cached plans: loaded, refused if damaged, rebuilt, and never stale."""

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
from translator.engine import cache as cache_module
from translator.engine.cache import CacheEntry, cache_dir, find_cache_entry
from translator.engine.plan import from_bytes, to_bytes
from translator.engine.planner import Planner

ROOT = Path(__file__).parents[2]
EVENT: dict[str, Any] = {
    "project": "shop-1",
    "data": {
        "event": "purchase",
        "item": "SKU-1",
        "customer": "ada",
        "date": "2024-05-01T12:00:00Z",
    },
}
NO_OFFSET: dict[str, Any] = {**EVENT, "data": {**EVENT["data"], "date": "2024-05-01T12:00:00"}}
PAIRS = [(pair.source, pair.target) for pair in Catalog().pairs()]

Damage = Callable[[Path], object]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Path of a cache folder that does not exist yet."""
    return tmp_path / "cache" / "plans"


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """Folder with copies of the shipped specs and mappings, for tests that edit them."""
    for name in ("specs", "mappings"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.py*"))
    return tmp_path


def translator(cache: Path, **options: Any) -> Translator:
    return Translator("goshops", "miso", catalog=Folders(cache_dir=str(cache)), **options)


def plans(cache: Path) -> list[Path]:
    return sorted(cache.glob("*.plan"))


@contextmanager
def no_compilation() -> Iterator[None]:
    """Fail if a plan is compiled within the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Planner, "compile", lambda *_: pytest.fail("the plan was compiled again"))
        yield


def test_a_cached_plan_is_reused(cache: Path) -> None:
    """A second translator loads the cached plan, source included, and compiles nothing."""
    first = translator(cache).translate(EVENT)
    with no_compilation():
        cached = translator(cache)
    assert cached.translate(EVENT) == first
    assert "_planner" not in vars(cached)
    assert cached.python == Translator("goshops", "miso").python


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_plans_survive_serialization(pair: tuple[str, str]) -> None:
    """The plan of any pair equals itself after a round trip through bytes."""
    plan = Planner(Catalog(), *pair).compile(Options(), "<plan>")
    assert from_bytes(to_bytes(plan)) == plan


@pytest.mark.parametrize(
    "event",
    [
        {**EVENT, "more": 1},
        {**EVENT, "project": 7},
        NO_OFFSET,
        {**EVENT, "data": {**EVENT["data"], "date": "2024-02-29t12:00:00.5z"}},
        [],
    ],
    ids=["unknown field", "invalid", "no offset", "leap day", "not an object"],
)
def test_a_cached_plan_gives_the_same_outcome(event: Any, cache: Path) -> None:
    """A translator from a cached plan translates or refuses events as a compiled one does."""

    def outcome(translator: Translator) -> object:
        try:
            return translator.translate_with_losses(event)
        except TranslationError as error:
            return error.code, error.path, error.message, error.violations

    translator(cache)
    assert outcome(translator(cache)) == outcome(Translator("goshops", "miso"))


def test_params_need_no_compilation(cache: Path) -> None:
    """A cached plan suffices to validate and bind the values of params."""
    first = translator(cache, params={"timezone": "Europe/Berlin"})
    with no_compilation():
        second = translator(cache, params={"timezone": "America/Lima"})
        with pytest.raises(TranslationError) as caught:
            translator(cache, params={"timezone": "Nowhere"})
    assert first.translate(NO_OFFSET)["timestamp"].endswith("+02:00")
    assert second.translate(NO_OFFSET)["timestamp"].endswith("-05:00")
    assert caught.value.code == "invalid-param"


def test_params_of_a_call_have_their_own_plan(cache: Path) -> None:
    """A call with a param that the cached plan lacks compiles a second plan and caches it."""
    translator(cache)
    params = {"timezone": "Europe/Berlin"}
    assert translator(cache).translate(NO_OFFSET, params)["timestamp"].endswith("+02:00")
    assert len(plans(cache)) == 2


# --- keys ----------------------------------------------------------------------------------------


def key(folders: Folders, **options: Any) -> str:
    defaults: dict[str, Any] = {
        "param_names": (),
        "crosswalks": None,
        "allow": (),
        "validate": True,
        "guard": True,
    }
    entry = find_cache_entry(folders, "goshops", "cobi", **{**defaults, **options})
    assert entry is not None
    return entry.key


def test_the_key_depends_on_every_input(copies: Path, cache: Path) -> None:
    """Each file on the route, option, param name and crosswalk changes the key."""
    folders = ([copies / "specs"], [copies / "mappings"], str(cache))
    rows = Crosswalk([{"goshops": "a", "cobi": "b"}])
    keys = [
        key(Folders(*folders)),
        key(Folders(*folders), param_names=["item_type"]),
        key(Folders(*folders), crosswalks={"items": rows}),
        key(Folders(*folders), allow=["content-as-view"]),
        key(Folders(*folders), validate=False),
    ]
    for name in ("specs/goshops.json", "specs/interaction.json", "specs/cobi.json",
                 "mappings/goshops.yaml", "mappings/cobi.yaml"):  # fmt: skip
        file = copies / name
        file.write_bytes(file.read_bytes() + b"\n")
        keys.append(key(Folders(*folders)))
    assert len(set(keys)) == len(keys) == 10
    assert key(Folders(*folders)) == keys[-1]
    assert key(Folders(*folders), param_names=[], allow=()) == keys[-1]


def test_the_key_ignores_values_of_params(cache: Path) -> None:
    """Params with the same names share a plan: their values are not compiled in."""
    for value in ("Europe/Berlin", "America/Lima"):
        translator(cache, params={"timezone": value})
    assert len(plans(cache)) == 1


def test_the_key_ignores_files_off_the_route(copies: Path, cache: Path) -> None:
    """Changing, adding or removing another format leaves the key unchanged."""
    folders = ([copies / "specs"], [copies / "mappings"], str(cache))
    before = key(Folders(*folders))
    (copies / "specs" / "miso.json").write_text("not read")
    (copies / "mappings" / "miso.yaml").unlink()
    (copies / "specs" / "new.json").write_text("not read either")
    assert key(Folders(*folders)) == before


def test_a_shorter_route_changes_the_key(copies: Path, cache: Path) -> None:
    """A new mapping between two formats invalidates the plan of the longer route."""
    folders = ([copies / "specs"], [copies / "mappings"], str(cache))
    before = key(Folders(*folders))
    (copies / "mappings" / "goshops--cobi.yaml").write_text("version: 1\n")
    assert key(Folders(*folders)) != before


def test_the_key_depends_on_the_interpreter(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another Python version changes the key; a process computes the fingerprint once."""
    folders = Folders(cache_dir=str(cache))
    keys = {key(folders)}
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version", f"{sys.version} (another)")
        keys.add(key(folders))
    assert len(keys) == 1
    monkeypatch.setattr(
        cache_module, "source_fingerprint", cache_module.source_fingerprint.__wrapped__
    )
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version", f"{sys.version} (another)")
        keys.add(key(folders))
    assert len(keys) == 2


def test_an_edited_module_invalidates_plans(tmp_path: Path) -> None:
    """Editing a module of the installed package invalidates its cached plans."""
    package = tmp_path / "site" / "translator"
    shutil.copytree(ROOT / "translator", package, ignore=shutil.ignore_patterns("__pycache__"))
    for data in ("specs", "mappings", "generated"):
        shutil.copytree(ROOT / data, package / data)
    code = (
        "import sys\nfrom translator import Translator\n"
        "from translator.catalog.discovery import Folders\n"
        "folders = Folders(cache_dir=sys.argv[1])\n"
        "print(Translator('goshops', 'miso', catalog=folders).python)"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(package.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
    }

    def generated_code() -> str:
        command = [sys.executable, "-P", "-c", code, str(tmp_path / "plans")]
        return subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    assert generated_code() == generated_code()
    (plan,) = (tmp_path / "plans").glob("*.plan")
    module = package / "compiler" / "module.py"
    source = module.read_text(encoding="utf-8")
    assert '"# {title}"' in source
    module.write_text(source.replace('"# {title}"', '"# edited: {title}"'), encoding="utf-8")
    assert generated_code().startswith("# edited: goshops -> interaction -> miso")
    assert plan.exists()


def test_a_package_in_an_archive_caches_nothing(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the files of the package cannot be read, events are translated without a cache."""
    monkeypatch.setattr(
        cache_module, "source_fingerprint", cache_module.source_fingerprint.__wrapped__
    )
    monkeypatch.setattr(
        cache_module, "__file__", str(cache / "package.zip" / "engine" / "cache.py")
    )
    assert translator(cache).translate(EVENT)["type"] == "checkout"
    assert not cache.exists()


def test_a_running_translator_ignores_edits(copies: Path, cache: Path) -> None:
    """A translator compiles from the files as first read, and caches no plan under a wrong key."""
    folders = ([copies / "specs"], [copies / "mappings"], str(cache))
    running = Translator("goshops", "miso", catalog=Folders(*folders))
    mapping = copies / "mappings" / "goshops.yaml"
    text = mapping.read_text()
    assert "like: like\n" in text
    mapping.write_text(text.replace("like: like\n", "like: share\n"))
    event = {**NO_OFFSET, "data": {**NO_OFFSET["data"], "event": "like"}}
    params = {"timezone": "Europe/Berlin"}
    before = running.translate(event, params)
    cached = Translator("goshops", "miso", catalog=Folders(*folders), params=params)
    fresh = Translator("goshops", "miso", catalog=Catalog(*folders[:2]), params=params)
    assert cached.python == fresh.python
    assert cached.translate(event) == fresh.translate(event) != before


# --- damaged plans and unsafe folders ------------------------------------------------------------


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def flip_bit(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[-20] ^= 1
    file.write_bytes(data)


def replace_by_other_plan(file: Path) -> None:
    folders = Folders(cache_dir=str(file.parent))
    other = find_cache_entry(folders, "miso", "goshops", (), {}, (), validate=True, guard=True)
    assert other is not None
    other.store(Planner(Catalog(), "miso", "goshops").compile(Options(), "<other>"))
    (file.parent / f"{other.key}.plan").replace(file)


DAMAGES: dict[str, Damage] = {
    "truncated": truncate,
    "flipped bit": flip_bit,
    "empty": lambda file: file.write_bytes(b""),
    "truncated digest": lambda file: file.write_bytes(file.read_bytes()[:18]),
    "changed digest": lambda file: file.write_bytes(b"T" + file.read_bytes()[1:]),
    "garbage": lambda file: file.write_bytes(os.urandom(5000)),
    "plan of another pair": replace_by_other_plan,
    "writable by others": lambda file: file.chmod(0o666),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_plan_is_replaced(damage: Damage, cache: Path) -> None:
    """A damaged plan is silently compiled again, not run."""
    first = translator(cache).translate(EVENT)
    (file,) = plans(cache)
    damage(file)
    assert translator(cache).translate(EVENT) == first
    with no_compilation():
        assert translator(cache).translate(EVENT) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_symbolic_links_are_not_followed(cache: Path, tmp_path: Path) -> None:
    """A link to a plan outside the folder is replaced, even if the plan is the right one."""
    translator(cache)
    (file,) = plans(cache)
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert translator(cache).translate(EVENT)["type"] == "checkout"
    assert not file.is_symlink()


def test_the_cache_is_private(cache: Path) -> None:
    """Only the owner can read the folder and its files."""
    translator(cache)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (cache, *plans(cache))]
    assert modes == [0o700, 0o600]


def test_a_folder_writable_by_others_is_not_used(cache: Path) -> None:
    """No plan is loaded from or stored in a folder that other users can write."""
    translator(cache)
    cache.chmod(0o777)
    (file,) = plans(cache)
    assert CacheEntry(str(cache), file.stem).load() is None
    file.unlink()
    translator(cache)
    assert plans(cache) == []


def test_a_folder_of_another_user_is_not_used(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No plan is loaded from a folder that belongs to another user."""
    translator(cache)
    (file,) = plans(cache)
    monkeypatch.setattr(os, "geteuid", lambda: cache.stat().st_uid + 1)
    assert CacheEntry(str(cache), file.stem).load() is None


@pytest.mark.parametrize("folder", ["/dev/null/plans", "{}/file", "{}/\0"])
def test_an_unusable_folder_is_no_error(folder: str, tmp_path: Path) -> None:
    """If the folder cannot be created, events are translated without a cache."""
    (tmp_path / "file").write_text("not a folder")
    path = Path(folder.format(tmp_path))
    assert translator(path).translate(EVENT)["type"] == "checkout"


def test_a_full_disk_leaves_no_partial_file(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that cannot be written leaves neither a plan nor a temporary file."""

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    assert translator(cache).translate(EVENT)["type"] == "checkout"
    assert list(cache.iterdir()) == []


def test_concurrent_writers_store_whole_plans(cache: Path) -> None:
    """While several threads write a plan, readers load no plan or a whole one."""
    translator(cache)
    (file,) = plans(cache)
    entry = CacheEntry(str(cache), file.stem)
    plan = entry.load()
    assert plan is not None
    file.unlink()

    def work(number: int) -> bool:
        if number % 2:
            entry.store(plan)
            return True
        return entry.load() in (None, plan)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(400)))
    assert entry.load() == plan
    assert [path.name for path in cache.iterdir()] == [file.name]


def test_the_oldest_plans_are_removed(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the maximum, the oldest plans and partial files are removed; other files stay."""
    monkeypatch.setattr(cache_module, "MAX_FILES", 3)
    translator(cache)
    (first,) = plans(cache)
    os.utime(first, ns=(0, 0))
    (cache / "left.1.part").write_bytes(b"")
    os.utime(cache / "left.1.part", ns=(1, 1))
    (cache / "README").write_text("not ours")
    for allow in ([], ["content-as-view"]):
        for target in ("cobi", "aisquare"):
            folders = Folders(cache_dir=str(cache))
            Translator("goshops", target, catalog=folders, params={}, allow=allow)
    assert len(plans(cache)) == 3
    assert first not in plans(cache)
    assert (cache / "README").exists() and not (cache / "left.1.part").exists()


# --- location ------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="other default folders")
def test_the_environment_selects_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """`TRANSLATOR_CACHE` selects the folder or turns the cache off; XDG gives the default."""
    monkeypatch.setenv("HOME", "/home/ada")
    assert cache_dir({}) == "/home/ada/.cache/event-translator"
    assert cache_dir({"XDG_CACHE_HOME": "/var/ada"}) == "/var/ada/event-translator"
    assert cache_dir({"XDG_CACHE_HOME": "relative"}) == "/home/ada/.cache/event-translator"
    assert cache_dir({"TRANSLATOR_CACHE": "/mine", "XDG_CACHE_HOME": "/x"}) == "/mine"
    assert cache_dir({"TRANSLATOR_CACHE": "off"}) is None
    assert cache_dir({"TRANSLATOR_CACHE": ""}) == "/home/ada/.cache/event-translator"


def test_without_a_home_there_is_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the home folder is unknown, there is no cache folder."""
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert cache_dir({}) is None


def test_the_command_line_caches_plans(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A second run of a command loads the plan of the first and gives the same output."""
    from translator.cli.main import main

    monkeypatch.setenv("TRANSLATOR_CACHE", str(cache))
    file = tmp_path / "events.ndjson"
    file.write_text(f"{json.dumps(EVENT)}\n{json.dumps({**EVENT, 'project': 7})}\n")
    command = ["translate", "goshops", "miso", str(file)]
    assert main(command) == 1
    first = capfd.readouterr()
    with no_compilation():
        assert main(command) == 1
    assert capfd.readouterr() == first
    assert first.out.count("\n") == 1 and "invalid-event" in first.err
