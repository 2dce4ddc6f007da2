"""Descriptions of persons that only the text before them explains: "X drills. The glaciologist says"."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, Final

from services.enrich.actors import evidence
from services.enrich.actors.fields import Field
from services.enrich.actors.occupations import BODIES, HEADS, sectors_of_person
from services.enrich.actors.phrases import Phrase

_SENTENCES: Final = 2
"""Sentences before its own in which a description looks for whom it describes."""
_LONGEST_QUOTE: Final = 2000
_PERSONS: Final = HEADS - BODIES

Json = dict[str, Any]


class Persons:
    """The persons of one field who have no role yet, by where they are named."""

    def __init__(self, field: Field, actors: Sequence[Json]) -> None:
        self._field = field
        named = [
            (mention["start"], number)
            for number, actor in enumerate(actors)
            if actor["type"] == "person"
            for mention in actor["mentions"]
            if mention["field"] == field.name
        ]
        self._actors = actors
        self._named = sorted(named)
        others = (start for start, number in self._named if number != self._named[0][1])
        self._second = next(others, len(field.text))
        """Where a second person is named first."""
        self._given: dict[str, int] = {}

    def described(self, phrase: Phrase) -> Json | None:
        """Returns the one person named shortly before a description, and gives the person what it tells.

        Where several are named there, or that one is told to be something else, nobody is meant. A noun means
        the same person as long as the story goes on.
        """
        if phrase.noun not in _PERSONS or not self._begins(phrase.start) or self._is_quoted(phrase.start):
            return None
        if phrase.noun not in self._given:
            number = self._before(phrase)
            if number is None or self._actors[number]["role"] is not None:
                return None
            self._given[phrase.noun] = number
            self._tell(self._actors[number], phrase)
        return self._actors[self._given[phrase.noun]]

    def _before(self, phrase: Phrase) -> int | None:
        field = self._field
        first, _ = field.sentence_at(field.token_at(phrase.start))
        for _ in range(_SENTENCES):
            first = field.sentence_at(max(0, first - 1))[0]
        begin = field.tokens[first].start
        near = self._named[bisect_left(self._named, (begin, 0)) : bisect_left(self._named, (phrase.start, 0))]
        if not near and self._named and self._named[0][0] < phrase.start <= self._second:
            return self._named[0][1]
        persons = {number for _, number in near}
        return persons.pop() if len(persons) == 1 else None

    def _begins(self, at: int) -> bool:
        """Whether a description is the subject of its sentence, or follows a mark: "…, the welder says"."""
        token = self._field.token_at(at)
        return self._field.sentence_at(token)[0] == token or not self._field.tokens[token - 1].folded

    def _is_quoted(self, at: int) -> bool:
        """Whether a mark of quotation is open: who is spoken of there was not named by the story."""
        text = self._field.text
        led = text[max(text.rfind("\n", 0, at), at - _LONGEST_QUOTE, 0) : at]
        return led.count('"') % 2 == 1 or led.count("\u201c") > led.count("\u201d")

    def _tell(self, actor: Json, phrase: Phrase) -> None:
        if actor["sectors"] or actor["resolved_by"] == "catalogue":
            return
        span = {"field": self._field.name, "start": phrase.start, "end": phrase.end}
        text = self._field.text[phrase.start : phrase.end]
        actor["sectors"] = list(sectors_of_person((*phrase.modifiers, phrase.noun)))
        told = [{"code": "sector", "value": sector, **span, "text": text} for sector in actor["sectors"]]
        evidence.add(actor, told)
