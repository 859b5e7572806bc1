"""Random xAPI statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.tools.maker import Event, Maker

_STREAMS = "http://activitystrea.ms/schema/1.0"
_VERBS = [
    ("http://id.tincanapi.com/verb/viewed", "viewed"),
    ("http://adlnet.gov/expapi/verbs/experienced", "experienced"),
    ("http://adlnet.gov/expapi/verbs/completed", "completed"),
    ("http://adlnet.gov/expapi/verbs/shared", "shared"),
    ("http://adlnet.gov/expapi/verbs/commented", "commented"),
    ("https://w3id.org/xapi/adl/verbs/logged-in", "logged in"),
    ("http://id.tincanapi.com/verb/rated", "rated"),
    ("http://id.tincanapi.com/verb/bookmarked", "bookmarked"),
    (f"{_STREAMS}/like", "liked"),
    (f"{_STREAMS}/unlike", "unliked"),
    (f"{_STREAMS}/dislike", "disliked"),
    (f"{_STREAMS}/read", "read"),
    (f"{_STREAMS}/watch", "watched"),
    (f"{_STREAMS}/listen", "listened"),
    (f"{_STREAMS}/purchase", "purchased"),
    (f"{_STREAMS}/unsave", "unsaved"),
    (f"{_STREAMS}/follow", "followed"),
    ("http://adlnet.gov/expapi/verbs/answered", "answered"),
    ("https://lms.example.com/verbs/quiz-finished", "finished a quiz"),
]
_COURSES = ["intro", "python-101", "thé-vert", "safety%20first"]
_TYPES = ["course", "video", "assessment", "cmi.interaction"]
_DURATIONS = ["PT1M30.5S", "PT45S", "PT0.25S", "P1DT2H", "P2W", "PT1H", "P1M", "PT12M5S"]
_NAMES = {"en-US": "Introduction", "de": "Einführung", "und": "Intro"}


def xapi(make: Maker) -> Event:
    """An xAPI statement about an activity."""
    verb, display = make.pick(_VERBS)
    event: Event = {"id": make.uuid()} if make.chance(0.7) else {}
    event["actor"] = _agent(make)
    event["verb"] = {"id": verb}
    if make.chance(0.7):
        tag, word = make.pick([("en-US", display), ("en-US", display), ("de-DE", "hat gelernt")])
        event["verb"]["display"] = {tag: word}
    event["object"] = _activity(make, is_rich=make.chance(0.6))
    if result := _result(make, verb):
        event["result"] = result
    if context := _context(make):
        event["context"] = context
    if make.chance(0.95):
        event["timestamp"] = make.clock() if make.chance(0.1) else make.time()
    if make.chance(0.2):
        event["stored"] = make.time()
        event["authority"] = {"objectType": "Agent", "mbox": "mailto:lrs@example.com"}
    if make.chance(0.3):
        event["version"] = make.pick(["1.0.0", "1.0.1", "1.0.3"])
    return event


def _agent(make: Maker) -> Event:
    account = {"homePage": "https://lms.example.com", "name": make.user()}
    ways: list[Event] = [
        {"mbox": make.pick(["mailto:ada@example.com", "mailto:grace@lists.example.org"])},
        {"account": account},
        {"account": account},
        {"openid": "https://ada.example.com/"},
        {"mbox_sha1sum": f"{make.random.getrandbits(160):040x}"},
    ]
    optional = {"name": make.pick(["Ada", "Grace"]), "objectType": "Agent"}
    agent: Event = {name: value for name, value in optional.items() if make.chance(0.3)}
    return agent | make.random.choice(ways)


def _activity(make: Maker, *, is_rich: bool) -> Event:
    activity: Event = {"objectType": "Activity"} if make.chance(0.3) else {}
    activity["id"] = f"https://example.com/courses/{make.pick(_COURSES)}"
    if not is_rich:
        return activity
    definition: Event = {"type": f"http://adlnet.gov/expapi/activities/{make.pick(_TYPES)}"}
    if make.chance(0.7):
        tags = make.pick([["und"], ["en-US"], ["en-US", "de"], ["und", "de"]])
        definition["name"] = {tag: _NAMES[tag] for tag in tags}
    if make.chance(0.3):
        definition["description"] = {"en-US": "What everyone has to know"}
    if definition["type"].endswith("cmi.interaction"):
        definition |= make.pick(
            [
                {"interactionType": "true-false", "correctResponsesPattern": ["true"]},
                {"interactionType": "choice", "choices": [{"id": "a"}, {"id": "b"}]},
                {"interactionType": "numeric", "correctResponsesPattern": ["4[:]6"]},
            ]
        )
    if make.chance(0.1):
        definition["extensions"] = {"https://lms.example.com/ext/level": 3}
    activity["definition"] = definition
    return activity


def _result(make: Maker, verb: str) -> Event:
    values: dict[str, tuple[float, Callable[[], Any]]] = {
        "score": (0.3, lambda: _score(make)),
        "success": (0.1, lambda: make.chance(0.8)),
        "completion": (0.1, lambda: True),
        "response": (0.2, lambda: make.pick(["Well made", "très bien", ""])),
        "duration": (0.3, lambda: make.pick(_DURATIONS)),
        "extensions": (0.05, lambda: {"https://lms.example.com/ext/tries": [1, {"at": None}]}),
    }
    result = {name: value() for name, (chance, value) in values.items() if make.chance(chance)}
    if verb.endswith("/rated"):
        result["score"] = {"scaled": make.pick([-1, -0.2, 0, 0.6, 1])}
    return result


def _score(make: Maker) -> Event:
    if make.chance(0.5):
        return {"scaled": make.pick([0.95, 0.5, -0.25, 1])}
    return {"raw": make.random.randint(0, 100), "min": 0, "max": 100}


def _context(make: Maker) -> Event:
    parent = {"id": "https://example.com/courses"}
    values: dict[str, tuple[float, Callable[[], Any]]] = {
        "registration": (0.2, make.uuid),
        "instructor": (0.05, lambda: {"mbox": "mailto:teacher@example.com"}),
        "team": (0.05, lambda: {"objectType": "Group", "member": [_agent(make)]}),
        "contextActivities": (0.2, lambda: {"parent": make.pick([parent, [parent]])}),
        "platform": (0.2, lambda: make.pick(["Example LMS", "mobile"])),
        "revision": (0.05, lambda: "3"),
        "language": (0.3, lambda: make.pick(["en-US", "de", "zh-Hans-CN"])),
        "extensions": (0.05, lambda: {"https://lms.example.com/ext/room": "B 12"}),
    }
    return {name: value() for name, (chance, value) in values.items() if make.chance(chance)}
