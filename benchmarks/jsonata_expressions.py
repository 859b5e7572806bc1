"""The translations as JSONata expressions, compiled once. JSONata omits absent fields itself."""

from __future__ import annotations

import json
from typing import Any

from jsonata import Jsonata

from benchmarks import handwritten

_PAGES = {item_type: kind for (_, item_type), kind in handwritten.COBI_TO_MISO.items()}
_UUID = "/^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/"

_GOSHOPS_TO_MISO = f"""
{{
  "type": $lookup({json.dumps(handwritten.GOSHOPS_TO_MISO)}, data.event),
  "user_id": data.customer,
  "timestamp": data.date,
  "context": {{"custom_context": {{"goshops_project": project}}}},
  "product_ids": [data.item]
}}
"""

_MISO_TO_COBI = f"""
(
  $extras := context.custom_context;
  $student := $exists(user_id) and $contains(user_id, {_UUID});
  {{
    "interaction_type": type = "custom"
      ? $lookup({json.dumps(handwritten.MISO_CUSTOM_TO_COBI)}, custom_action_name)
      : $lookup({json.dumps(handwritten.MISO_TO_COBI)}, type),
    "item_type": $exists($extras.cobi_item_type)
      ? $extras.cobi_item_type : "{handwritten.ITEM_TYPE}",
    "item_id": $exists($extras.cobi_item_id) ? $extras.cobi_item_id : product_ids[0],
    "event_timestamp": timestamp,
    "user_id": $exists(anonymous_id) ? anonymous_id : ($student ? $nothing : user_id),
    "student_id": $student ? user_id : $nothing,
    "city": $extras.cobi_city,
    "country": $extras.cobi_country,
    "platform": $extras.cobi_platform,
    "source": $extras.cobi_source,
    "recommendation_id": $extras.cobi_recommendation_id
  }}
)
"""

_COBI_TO_MISO = f"""
(
  $item := item_type = "OFFER" or item_type = "SHOP";
  $seconds := "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01]Z";
  {{
    "type": interaction_type = "PAGE_VIEW" ? $lookup({json.dumps(_PAGES)}, item_type)
      : (interaction_type = "SHARE" ? "share" : "custom"),
    "custom_action_name": $lookup({json.dumps(handwritten.COBI_ACTIONS)}, interaction_type),
    "timestamp": $type(event_timestamp) = "string" ? event_timestamp
      : $fromMillis(event_timestamp * 1000, $seconds),
    "user_id": student_id != null ? student_id : $nothing,
    "anonymous_id": user_id != null ? user_id : $nothing,
    "product_ids": $item ? [item_id] : $nothing,
    "context": {{"custom_context": {{
      "cobi_item_type": item_type,
      "cobi_item_id": $item ? $nothing : item_id,
      "cobi_city": city,
      "cobi_country": country,
      "cobi_platform": platform,
      "cobi_source": source != null ? source : $nothing,
      "cobi_recommendation_id": recommendation_id != null ? recommendation_id : $nothing
    }}}}
  }}
)
"""

_MISO_TO_GOSHOPS = f"""
(
  $project := context.custom_context.goshops_project;
  $project := $exists($project) ? $project : "{handwritten.PROJECT}";
  $event := $lookup({json.dumps(handwritten.MISO_TO_GOSHOPS)}, type);
  $customer := user_id;
  $date := timestamp;
  [product_ids.{{
    "project": $project,
    "data": {{"event": $event, "item": $, "customer": $customer, "date": $date}}
  }}]
)
"""


def _compile(expression: str) -> Any:
    return Jsonata(expression).evaluate


PAIRS = {
    ("goshops", "miso"): _compile(_GOSHOPS_TO_MISO),
    ("miso", "cobi"): _compile(_MISO_TO_COBI),
    ("cobi", "miso"): _compile(_COBI_TO_MISO),
    ("miso", "goshops"): _compile(_MISO_TO_GOSHOPS),
}
