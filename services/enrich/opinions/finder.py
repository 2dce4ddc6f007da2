"""Finds the statements of a body and who made them: the steps in their order."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.enrich.actors.tokens import Words
from services.enrich.bounds import MAX_OPINIONS
from services.enrich.opinions import quotes
from services.enrich.opinions.attributions import Attributions
from services.enrich.opinions.reading import Reading, read
from services.enrich.opinions.resolution import Resolver
from services.enrich.opinions.statements import Statement

Json = dict[str, Any]


def find(body: str, words: Words, actors: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Returns the opinions of a body in the order of the text, as many as a record holds, in its shape.

    Args:
        body: the text, untouched.
        words: its words, by sentence.
        actors: the actors of the record, with their mentions.
    """
    reading = read(body, words, quotes.find(body), actors)
    statements = Attributions(reading).statements()
    return list(_opinions(reading, statements, actors))


def _opinions(
    reading: Reading, statements: Sequence[Statement], actors: Sequence[Mapping[str, Any]]
) -> Iterator[Json]:
    resolver = Resolver(reading, actors)
    resolved = {}
    left = MAX_OPINIONS
    for statement in statements:
        if statement.speaker not in resolved:
            resolved[statement.speaker] = resolver.resolve(statement.speaker)
        who = resolved[statement.speaker]
        if not who.actors and reading.folded(statement.speaker.first) in {"they", "it"}:
            continue  # "they say" names nobody
        for actor in who.actors or (None,):
            if left:
                left -= 1
                identity = None if actor is None else actors[actor]["id"]
                yield statement.opinion(reading, identity, who.unnamed)
