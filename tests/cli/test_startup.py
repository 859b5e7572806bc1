"""Modules and files that the command line loads before it translates the first event."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.tools.arguments import pairs
from tests.tools.shipped import PAIR_PARAMS

ROOT = Path(__file__).parents[2]

NEVER = {
    "asyncio", "csv", "ctypes", "datamodel_code_generator", "difflib", "email.message", "http",
    "hypothesis", "importlib.metadata", "importlib.resources", "jinja2", "jsonschema",
    "multiprocessing", "pydantic", "ruff", "shutil", "ssl", "subprocess", "tempfile",
}  # fmt: skip
"""Modules that translating a file never needs."""

COMPILING = {
    "fractions", "yaml", "jsonschema_rs", "translator.catalog.catalog",
    "translator.language.checker",
    "translator.compiler.module", "translator.runtime.numbers", "translator.language.parser",
    "translator.engine.planner",
    "translator.schema.types", "translator.schema.spec",
    "translator.validation.events",
    "translator.language.yaml_tree",
}  # fmt: skip
"""Modules that only compiling or validating with a schema needs."""

OPTIONAL = {
    "bz2", "gzip", "lzma", "zoneinfo", "translator.crosswalk", "translator.schema.lint",
    "translator.analysis.explain", "translator.engine.losses", "translator.streaming.workers",
    "translator.streaming.documents", "translator.cli.check", "translator.cli.summary",
}  # fmt: skip
"""Modules that only options not given here need."""

ID, TIME = "b81d6a90-7e1f-4d52-8f0b-6a9d3c2e1f45", "2024-05-01T12:00:00Z"

SCHEMA = "iglu:com.snowplowanalytics.snowplow.ecommerce/{}/jsonschema/1-0-0"

EVENTS: dict[str, Any] = {
    "algolia": {"eventName": "seen", "eventType": "view", "index": "i", "userToken": "u",
                "objectIDs": [ID]},
    "ga4": {"client_id": "u", "name": "view_item",
            "params": {"currency": "EUR", "items": [{"item_id": ID, "price": 1.5}]}},
    "personalize": {"trackingId": "t", "eventType": "View", "sessionId": "7", "userId": "u",
                    "itemId": ID, "sentAt": 1714564800},
    "retail": {"eventType": "detail-page-view", "visitorId": "u", "eventTime": TIME,
               "productDetails": [
                   {"product": {"id": ID, "priceInfo": {"price": 1.5, "currencyCode": "EUR"}}}
               ]},
    "segment": {"type": "track", "event": "Product Viewed", "userId": "u", "timestamp": TIME,
                "properties": {"product_id": ID, "price": 1.5, "currency": "EUR"}},
    "snowplow": {"user_id": "u",
                 "event": {"schema": SCHEMA.format("snowplow_ecommerce_action"),
                           "data": {"type": "product_view"}},
                 "contexts": [{"schema": SCHEMA.format("product"),
                               "data": {"id": ID, "category": "c", "price": 1.5,
                                        "currency": "EUR"}}]},
    "xapi": {"actor": {"account": {"homePage": "https://example.com", "name": "u"}},
             "verb": {"id": "http://id.tincanapi.com/verb/viewed"},
             "object": {"id": f"urn:uuid:{ID}"}},
    "aisquare": {"resource_type": "ai_note", "resource_id": 15, "interaction_type": "view"},
    "cobi": {"interaction_type": "PAGE_VIEW", "item_type": "OFFER", "item_id": ID, "user_id": "u",
             "event_timestamp": TIME},
    "goshops": {"project": "p",
                "data": {"event": "view", "item": ID, "customer": "u", "date": TIME}},
    "interaction": {"action": "view", "actor": {"id": "u"}, "time": TIME, "currency": "EUR",
                    "items": [{"id": ID, "price": 1.5}]},
    "miso": {"type": "product_detail_page_view", "product_ids": [ID], "user_id": "u",
             "timestamp": TIME},
}  # fmt: skip

PARAMS = {
    "item_type": "OFFER", "time": TIME, "user": "u", "project": "p", "client": "u", "visitor": "u",
    "anonymous_id": "u", "user_token": "u", "session": "s", "tracking_id": "t", "index": "i",
    "currency": "EUR", "category": "c", "payment_method": "p", "total_quantity": "1",
    "home_page": "https://example.com", "item_prefix": "urn:uuid:",
}  # fmt: skip

WITH_PRICE = ("ga4", "interaction", "retail", "segment")
WITHOUT_MAILBOX = ("aisquare", "algolia", "cobi", "ga4", "retail")

# The ids of AISquare and Cobi exclude each other, and the products of Snowplow have a price. A
# validator says why a user is not a mailbox, which has a field of its own in xAPI.
PAIRS = [
    param
    for param in PAIR_PARAMS
    if param.values[1] != "aisquare"
    and param.values != ("aisquare", "cobi")
    and (param.values[1] != "snowplow" or param.values[0] in WITH_PRICE)
    and (param.values[1] != "xapi" or param.values[0] not in WITHOUT_MAILBOX)
]

# Prints the exit code, the modules imported after the interpreter started, and the opened files.
SCRIPT = """
import sys
before = set(sys.modules)
opened = []
def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        opened.append(arguments[0])
sys.addaudithook(hook)
from translator.cli.main import main
code = main(sys.argv[1:])
import json
names = [name for name in sys.modules if name not in before]
print(json.dumps([code, names, opened]), file=sys.stderr)
"""


def loaded(*arguments: object) -> tuple[set[str], set[str]]:
    """Return the modules that a command imports, and the specs and mappings that it opens."""
    command = [sys.executable, "-c", SCRIPT, *map(str, arguments), "--quiet"]
    completed = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    code, modules, opened = json.loads(completed.stderr.splitlines()[-1])
    assert code == 0 and completed.stdout
    paths = {Path(name) for name in opened if name.endswith((".json", ".yaml"))}
    return set(modules), {f"{path.parent.name}/{path.name}" for path in paths}


@pytest.fixture
def command(event_file: Path) -> tuple[object, ...]:
    return ("translate", "goshops", "miso", event_file)


FILES = {
    "specs/goshops.json", "specs/interaction.json", "specs/miso.json", "mappings/goshops.yaml",
    "mappings/miso.yaml",
}  # fmt: skip


def test_compiling_loads_only_what_it_needs(
    command: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To compile a pair, only its files are read and only the modules it needs are imported."""
    monkeypatch.setenv("TRANSLATOR_CACHE", "off")
    modules, files = loaded(*command)
    assert modules & (NEVER | OPTIONAL) == set()
    assert files == FILES
    assert modules >= COMPILING


def test_a_cached_plan_needs_no_compiler(
    command: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a cached plan, neither the compiler nor a validator is imported."""
    monkeypatch.setenv("TRANSLATOR_CACHE", str(tmp_path / "plans"))
    loaded(*command)
    modules, files = loaded(*command)
    assert modules & (NEVER | OPTIONAL | COMPILING) == set()
    assert files == FILES
    assert "translator.engine.translator" in modules and "msgspec" in modules


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_no_format_needs_a_validator(
    source: str, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a cached plan, a valid event of any format is translated without jsonschema_rs."""
    monkeypatch.setenv("TRANSLATOR_CACHE", str(tmp_path / "plans"))
    file = tmp_path / "events.ndjson"
    event = json.dumps(EVENTS[source])
    if target == "xapi":
        event = event.replace('"u"', '"mailto:u@example.com"')
    file.write_text(event + "\n")
    uses = pairs()[source, target].params
    params = [f"--param={use.name}={PARAMS[use.name]}" for use in uses if use.name in PARAMS]
    command = ("translate", source, target, file, *params)
    loaded(*command)
    modules, _ = loaded(*command)
    assert modules & COMPILING <= {"fractions", "translator.runtime.numbers"}


def test_help_imports_little() -> None:
    """`--help` imports neither JSON libraries nor the engine."""
    script = (
        "import sys\nfrom translator.cli.main import main\ncode = main(['--help'])\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    completed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    modules = set(completed.stderr.split())
    assert modules & {"msgspec", "yaml", "jsonschema_rs", "translator.engine.translator"} == set()
    assert "translator.cli.main" in modules and "translate" in completed.stdout
