"""Marks that nobody sees, such as those of direction: left out of what is read, counted in what was found."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from services.enrich.bounds import (
    MAX_EVIDENCE_TEXT,
    MAX_HIGHLIGHT,
    MAX_MENTION,
    MAX_OPINION,
    MAX_SPEAKER,
)
from services.enrich.sentences import Span

_MARKS: Final = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]+"
)

Json = dict[str, Any]


class Cleared:
    """A text without the marks that nobody sees, which knows where they were. Linear in the length."""

    def __init__(self, whole: str) -> None:
        self._whole = whole
        self._runs: list[int] = []  # where in the cleared text marks were left out
        self._left_out: list[int] = [0]  # how many before the first run, before the second one, …
        self.text = whole if whole.isascii() else "".join(self._kept(whole))

    def _kept(self, whole: str) -> Iterator[str]:
        end = 0
        for found in _MARKS.finditer(whole):
            yield whole[end : found.start()]
            end = found.end()
            self._runs.append(found.start() - self._left_out[-1])
            self._left_out.append(self._left_out[-1] + end - found.start())
        yield whole[end:]

    def span(self, start: int, end: int) -> Span:
        """Returns where [start, end) of the cleared text stands in the whole one: from letter to letter."""
        return Span(self._at(start), self._at(end - 1) + 1) if start < end else Span(start, start)

    def _at(self, offset: int) -> int:
        return offset + self._left_out[bisect_right(self._runs, offset)]

    def restored(self, found: Mapping[str, Any]) -> Json:
        """Returns what was found in the cleared text with the offsets and words of the whole one."""
        start, end = self.span(found["start"], found["end"])
        return {**found, "start": start, "end": end, "text": self._whole[start:end]}


def restored(found: Mapping[str, Any], title: Cleared, body: Cleared) -> Json:
    """Returns the parts of an enrichment of cleared fields as parts of one of the whole fields.

    What is longer than a record allows is left out: white space or marks without end stand inside it.
    """
    fields = {"title": title, "body": body}
    actors = [whole for actor in found["actors"] if (whole := _named(actor, fields))["mentions"]]
    places = [whole for place in found["places"] if (whole := _named(place, fields))["mentions"]]
    known = {None, *(actor["id"] for actor in actors)}
    return {
        "highlights": _short(map(body.restored, found["highlights"]), MAX_HIGHLIGHT),
        "actors": actors,
        "places": places,
        "opinions": [
            opinion
            for opinion in _short((_opinion(each, body) for each in found["opinions"]), MAX_OPINION)
            if opinion["actor"] in known and _fits(opinion.get("speaker"))
        ],
    }


def _named(found: Mapping[str, Any], fields: Mapping[str, Cleared]) -> Json:
    """Returns an actor or place with its spans in the whole fields."""
    spans = {
        name: _short((fields[each["field"]].restored(each) for each in found[name]), longest)
        for name, longest in (("evidence", MAX_EVIDENCE_TEXT), ("mentions", MAX_MENTION))
        if name in found
    }
    return {name: value for name, value in {**found, **spans}.items() if value or name != "evidence"}


def _opinion(found: Mapping[str, Any], body: Cleared) -> Json:
    whole = body.restored(found)
    return {**whole, "speaker": body.restored(found["speaker"])} if "speaker" in found else whole


def _short(spans: Iterable[Json], longest: int) -> list[Json]:
    return [span for span in spans if len(span["text"]) <= longest]


def _fits(speaker: Mapping[str, Any] | None) -> bool:
    return speaker is None or len(speaker["text"]) <= MAX_SPEAKER
