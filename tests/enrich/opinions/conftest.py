"""Actors as the finder gives them, for texts that tests write themselves."""

import re
from collections.abc import Callable
from typing import Any

import pytest

# id, type, role, country, sectors, names: the fullest first
CAST: list[tuple[str, str, str | None, str | None, list[str], list[str]]] = [
    ("kaur", "person", None, "IND", ["AGR"], ["Gurpreet Kaur", "Kaur"]),
    ("wekesa", "person", "Foreign Minister", "KEN", ["GOV"], ["Amina Wekesa", "Wekesa"]),
    ("banda", "person", "President", "MWI", ["GOV"], ["Joseph Banda", "Banda"]),
    ("lindt", "person", "spokeswoman", None, [], ["Petra Lindt", "Lindt"]),
    ("okoro", "person", "economist", None, [], ["Tobe Okoro", "Okoro"]),
    ("kenya", "state", None, "KEN", ["GOV"], ["Kenyan", "Kenya", "Nairobi"]),
    ("norway", "state", None, "NOR", ["GOV"], ["Norway"]),
    ("front", "organization", None, "IND", ["AGR"], ["Kisan Front"]),
    ("ministry", "organization", None, "KEN", ["GOV"], ["Foreign Ministry"]),
    ("acme", "organization", None, None, ["BUS"], ["Acme Steel"]),
    ("hawks", "armed_group", None, None, ["REB"], ["Red Hawks"]),
    ("council", "intergovernmental", None, None, ["IGO"], ["Security Council"]),
]
Actors = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(scope="session")
def actors() -> Actors:
    """Gives the actors of the cast that a body names, as the record holds them."""
    return found_in


def found_in(body: str) -> list[dict[str, Any]]:
    made = []
    for identity, kind, role, country, sectors, names in CAST:
        pattern = "|".join(rf"\b{re.escape(name)}\b" for name in names)
        mentions = [
            {"field": "body", "start": m.start(), "end": m.end(), "text": m[0]}
            for m in re.finditer(pattern, body)
        ]
        if mentions:
            facts = {"id": identity, "name": names[0], "type": kind, "role": role, "country": country}
            made.append(
                {
                    **facts,
                    "sectors": sectors,
                    "aliases": [name for name in names[1:] if name != "Kenyan"],
                    "mentions": mentions,
                }
            )
    return made
