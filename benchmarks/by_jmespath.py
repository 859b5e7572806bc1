"""The work as JMESPath expressions, with functions for what the language lacks."""

from __future__ import annotations

from functools import partial
from typing import Any

import jmespath
from jmespath import functions

from benchmarks import handwritten as known
from benchmarks import pieces
from benchmarks.handwritten import Event, is_uuid

_TABLES: dict[str, dict[str, str]] = {
    "goshops_to_miso": known.GOSHOPS_TO_MISO,
    "miso_to_cobi": known.MISO_TO_COBI,
    "miso_custom_to_cobi": known.MISO_CUSTOM_TO_COBI,
    "cobi_actions": known.COBI_ACTIONS,
    "miso_to_goshops": known.MISO_TO_GOSHOPS,
    "pages": {item_type: made for (_, item_type), made in known.COBI_TO_MISO.items()},
}
_TEXT = {"types": ["string"]}
_ANY: dict[str, list[str]] = {"types": []}


class _Functions(functions.Functions):  # type: ignore[misc]  # where jmespath is not installed
    @functions.signature(_TEXT, _ANY)  # type: ignore[untyped-decorator]
    def _func_look_up(self, table: str, key: Any) -> Any:
        return _TABLES[table].get(key)

    @functions.signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_uuid(self, text: Any) -> Any:
        return text if text is not None and is_uuid(text) else None

    @functions.signature({"types": ["string", "number"]})  # type: ignore[untyped-decorator]
    def _func_utc(self, when: Any) -> Any:
        return pieces.utc(when)

    @functions.signature({"types": ["object"]})  # type: ignore[untyped-decorator]
    def _func_present(self, made: Event) -> Event:
        return pieces.present(made)


_GOSHOPS_TO_MISO = """
{
  type: look_up('goshops_to_miso', data.event),
  user_id: data.customer,
  timestamp: data.date,
  context: {custom_context: {goshops_project: project}},
  product_ids: [data.item]
}
"""

_MISO_TO_COBI = f"""
present({{
  interaction_type: look_up('miso_to_cobi', type)
                    || look_up('miso_custom_to_cobi', custom_action_name),
  item_type: context.custom_context.cobi_item_type || '{known.ITEM_TYPE}',
  item_id: context.custom_context.cobi_item_id || product_ids[0],
  event_timestamp: timestamp,
  user_id: anonymous_id || (!uuid(user_id) && user_id || `null`),
  student_id: uuid(user_id),
  city: context.custom_context.cobi_city,
  country: context.custom_context.cobi_country,
  platform: context.custom_context.cobi_platform,
  source: context.custom_context.cobi_source,
  recommendation_id: context.custom_context.cobi_recommendation_id
}})
"""

_IS_ITEM = "(item_type == 'OFFER' || item_type == 'SHOP')"
_COBI_TO_MISO = f"""
present({{
  type: (interaction_type == 'PAGE_VIEW' && look_up('pages', item_type))
        || (interaction_type == 'SHARE' && 'share') || 'custom',
  custom_action_name: look_up('cobi_actions', interaction_type),
  timestamp: utc(event_timestamp),
  user_id: student_id,
  anonymous_id: user_id,
  product_ids: {_IS_ITEM} && [item_id] || `null`,
  context: {{custom_context: present({{
    cobi_item_type: item_type,
    cobi_item_id: !{_IS_ITEM} && item_id || `null`,
    cobi_city: city,
    cobi_country: country,
    cobi_platform: platform,
    cobi_source: source,
    cobi_recommendation_id: recommendation_id
  }})}}
}})
"""

_SHARED = f"""
{{
  project: context.custom_context.goshops_project || '{known.PROJECT}',
  event: look_up('miso_to_goshops', type),
  customer: user_id,
  date: timestamp,
  items: product_ids
}}
"""


def _compiled(text: str) -> Any:
    options = jmespath.Options(custom_functions=_Functions())
    return partial(jmespath.compile(text).search, options=options)


_shared = _compiled(_SHARED)


def _miso_to_goshops(event: Event) -> list[Event]:
    # An expression sees the item of a list only, not what stands around it: the loop is Python.
    shared = _shared(event)
    project = shared["project"]
    data = {name: shared[name] for name in ("event", "customer", "date")}
    return [{"project": project, "data": data | {"item": item}} for item in shared["items"]]


PAIRS = {
    ("goshops", "miso"): _compiled(_GOSHOPS_TO_MISO),
    ("miso", "cobi"): _compiled(_MISO_TO_COBI),
    ("cobi", "miso"): _compiled(_COBI_TO_MISO),
    ("miso", "goshops"): _miso_to_goshops,
}
