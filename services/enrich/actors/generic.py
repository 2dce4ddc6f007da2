"""Nouns for what an actor is, whether or not its name says so, and whom each fits."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from services.enrich.actors.tokens import folded_words

GENERIC: Final[Mapping[str, Callable[[Mapping[str, Any]], bool]]] = {
    **dict.fromkeys(
        ("group", "militia", "organisation", "organization"), lambda a: a["type"] == "armed_group"
    ),
    **dict.fromkeys(
        ("company", "firm", "retailer", "manufacturer", "carmaker", "chipmaker", "airline", "corporation"),
        lambda a: a["type"] == "organization" and bool({"BUS", "MNC"} & set(a["sectors"])),
    ),
    "party": lambda a: a["type"] == "organization" and "PTY" in a["sectors"],
    "union": lambda a: a["type"] == "organization" and "LAB" in a["sectors"],
    "court": lambda a: a["type"] == "organization" and "JUD" in a["sectors"],
    "cartel": lambda a: a["type"] in {"organization", "armed_group"} and "CRM" in a["sectors"],
    "army": lambda a: a["type"] == "organization" and "MIL" in a["sectors"],
    "alliance": lambda a: a["id"] == "nato",
    "label": lambda a: a["type"] == "organization" and "records" in folded_words(a["name"]),
}
