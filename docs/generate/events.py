"""docs/reference/events.md."""

import inspect
import re
from typing import Any

from copydesk import contracts
from copydesk.model import EventType
from docs.generate.markdown import code, join, table

INTRODUCTION = """# Event types

What a webhook may tell, as `type` of its body, an [event](contracts.md#event). A subscription names those
that it wants in `event_types`. How to receive, verify and answer them: [webhooks](../webhooks.md)."""
MEMBER = re.compile(r'^ +\w+ = "([\w.]+)"  # (.+)$', re.MULTILINE)


def page() -> str:
    """Returns the page.

    Raises:
        KeyError: a type has no comment beside it in `copydesk.model`, which is its description.
    """
    told = dict(MEMBER.findall(inspect.getsource(EventType)))
    rules = contracts.schema("event")["allOf"]
    usual = contracts.schema("subscription")["properties"]["event_types"].get("default", ())
    rows = [
        (
            code(kind),
            f"{told[kind][0].upper()}{told[kind][1:]}.",
            _data(rules, kind),
            "yes" if kind in usual else "if asked for",
        )
        for kind in EventType
    ]
    return join(INTRODUCTION, table(("type", "told when", "`data`", "without `event_types`"), rows))


def _data(rules: list[dict[str, Any]], kind: str) -> str:
    """Returns a link to the contract of `data` of events of a type."""
    for rule in rules:
        wanted = rule["if"]["properties"]["type"]
        if kind in wanted.get("enum", (wanted.get("const"),)):
            reference = rule["then"]["properties"]["data"]["$ref"]
            part = reference.rpartition("/")[2] if "#" in reference else ""
            name = f"event.{part}" if part else reference.rpartition(":")[2]
            return f"[{name}](contracts.md#{name.replace('.', '')})"
    return "object"
