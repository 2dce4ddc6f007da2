"""Scores mentions: where they stand and what they are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.gold.gold import GoldStory
from tests.gold.scoring.cast import Match, Span, halves, is_free, span_of
from tests.gold.scoring.counts import CLASSES, Tally

_AROUND: Final = 30


@dataclass(frozen=True, slots=True)
class _Mark:
    span: Span
    types: tuple[str, ...]


def score_names(story: GoldStory, enrichment: Mapping[str, Any], tally: Tally) -> None:
    """Counts the mentions by name whose span and class, and whose span and type, are right."""
    marks = list(_marks(story))
    found = _found(story, enrichment)
    for mark in marks:
        kind = found.get(mark.span)
        classes = {CLASSES[name] for name in mark.types}
        same_class, same_type = kind is not None and CLASSES[kind] in classes, kind in mark.types
        named = kind if same_type and kind else mark.types[0]
        tally.add(f"type {named}", hit=int(same_type), gold=1)
        for name in ("all", CLASSES[kind] if same_class and kind else CLASSES[named]):
            tally.add(f"mentions {name}", hit=int(same_class), gold=1)
        if not same_class:
            tally.error(f"missed {named}", around(story, mark.span))
        elif not same_type:
            tally.error(f"{named} taken for {kind}", around(story, mark.span))
    right = {mark.span: mark.types for mark in marks}
    for span, kind in found.items():
        tally.add(f"type {kind}", found=1)
        tally.add("mentions all", found=1)
        tally.add(f"mentions {CLASSES[kind]}", found=1)
        if CLASSES[kind] not in {CLASSES[name] for name in right.get(span, ())}:
            tally.error(f"false {kind}", around(story, span))


def note_confidences(story: GoldStory, actors: Sequence[Mapping[str, Any]], tally: Tally) -> None:
    """Notes how sure each actor is that is mentioned by name, and whether span and class are right."""
    right = {mark.span: {CLASSES[name] for name in mark.types} for mark in _marks(story)}
    for actor in actors:
        names = (mention for mention in actor["mentions"] if mention.get("kind", "name") == "name")
        for span in map(span_of, names):
            if not is_free(story, *span):
                tally.sure.append((actor["confidence"], CLASSES[actor["type"]] in right.get(span, ())))


def score_nominals(
    story: GoldStory, actors: Sequence[Mapping[str, Any]], matched: Match, tally: Tally
) -> None:
    """Counts the descriptions that stand for the right actor; half of the words must agree."""
    marks = [mention for mention in story.mentions if mention.kind == "nominal"]
    left = list(marks)
    found = hits = 0
    for index, actor in enumerate(actors):
        for mention in actor["mentions"]:
            span = span_of(mention)
            if mention.get("kind") != "nominal" or is_free(story, *span):
                continue
            found += 1
            key = matched.gold_of.get(index)
            same = [
                mark for mark in left if mark.key == key and halves((mark.field, mark.start, mark.end), span)
            ]
            if same:
                left.remove(same[0])
                hits += 1
            else:
                tally.error("false nominal", f"{around(story, span)} as «{actor['name']}»")
    tally.add("nominal mentions", hit=hits, found=found, gold=len(marks))
    for mark in left:
        span = (mark.field, mark.start, mark.end)
        tally.error("missed nominal", f"{around(story, span)} of «{story.actors[mark.key].name}»")


def around(story: GoldStory, span: Span) -> str:
    """Returns the words of a span between the words beside it, on one line."""
    field, start, end = span
    text = story.field(field)
    shown = f"{text[max(0, start - _AROUND) : start]}«{text[start:end]}»{text[end : end + _AROUND]}"
    return f"…{shown}…".replace("\n", " ")


def _marks(story: GoldStory) -> Iterator[_Mark]:
    for mention in story.mentions:
        span = (mention.field, mention.start, mention.end)
        if mention.kind != "name":
            continue
        if mention.key in story.actors:
            yield _Mark(span, story.actors[mention.key].types)
        elif mention.key in story.places:
            yield _Mark(span, ("place",))


def _found(story: GoldStory, enrichment: Mapping[str, Any]) -> dict[Span, str]:
    """Returns the type of each span that was found by name, without free ones."""
    things = [*enrichment["actors"], *({**place, "type": "place"} for place in enrichment["places"])]
    return {
        span: thing["type"]
        for thing in things
        for mention in thing["mentions"]
        if mention.get("kind", "name") == "name" and not is_free(story, *(span := span_of(mention)))
    }
