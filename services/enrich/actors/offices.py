"""Offices in capitals that stand for who holds them: the Emir, where one emir is named."""

from typing import Any, Final

from services.enrich.actors.titles import are_titles
from services.enrich.actors.tokens import folded_words

_ARTICLE: Final = "the "

Json = dict[str, Any]


def settle_offices(actors: list[Json], texts: dict[str, str]) -> None:
    """Makes "the Emir", taken for a name, a name of the one person whose role it is.

    Changes the list in place; where nobody or several hold the office it stays an actor of its own.

    Args:
        actors: of the record.
        texts: of the fields, by their names.
    """
    held: dict[str, list[Json]] = {}
    for actor in actors:
        role = folded_words(actor["role"] or "") if actor["type"] == "person" else []
        if role:
            held.setdefault(role[-1], []).append(actor)
    for actor in [actor for actor in actors if _is_office(actor, texts)]:
        holders = [one for one in held.get(actor["name"].lower(), ()) if one is not actor]
        if len(holders) == 1 and "candidates" not in holders[0]:
            actors.remove(actor)
            holders[0]["mentions"] += actor["mentions"]
            holders[0]["mentions"].sort(key=lambda mention: (mention["field"] != "title", mention["start"]))


def _is_office(actor: Json, texts: dict[str, str]) -> bool:
    if actor["type"] != "person" or actor["resolved_by"] == "catalogue" or not are_titles(actor["name"]):
        return False
    return len(actor["name"].split()) == 1 and all(_has_article(m, texts) for m in actor["mentions"])


def _has_article(mention: Json, texts: dict[str, str]) -> bool:
    before = max(0, mention["start"] - len(_ARTICLE))
    return texts[mention["field"]][before : mention["start"]].lower() == _ARTICLE
