"""Scores statements: what was said, and by whom."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tests.gold.gold import GoldStory
from tests.gold.markup import Opinion
from tests.gold.scoring.cast import Match
from tests.gold.scoring.counts import Tally

_SHARE: Final = 0.8
"""Of the letters and digits that either side holds, so many must be in both."""
_SHOWN: Final = 90

Found = Mapping[str, Any]


def score_opinions(
    story: GoldStory,
    opinions: Sequence[Found],
    actors: Sequence[Mapping[str, Any]],
    matched: Match,
    tally: Tally,
) -> None:
    """Counts the statements found; of those, where speaker, kind and cue are right.

    What is found in parts, or as one span with the attribution inside, counts like the gold's parts.
    """
    key_of = {actors[index]["id"]: key for index, key in matched.gold_of.items()}
    taken: set[int] = set()
    for gold in story.opinions:
        parts = _within(gold, opinions, taken)
        if not _agree(story.body, gold, [opinions[index] for index in parts]):
            tally.error("missed opinion", _shown(story, gold.parts[0]))
            continue
        taken.update(parts)
        _score_source(story, gold, opinions[parts[0]], key_of, tally)
        for name in ("opinions", "opinion speakers", "opinion kinds", "opinion cues"):
            tally.add(name, found=1)
    for index, found in enumerate(opinions):
        if index not in taken:
            tally.error("false opinion", _shown(story, (found["start"], found["end"])))
    false = len(opinions) - len(taken)
    for name in ("opinions", "opinion speakers", "opinion kinds", "opinion cues"):
        tally.add(name, found=false, gold=len(story.opinions))


def _score_source(
    story: GoldStory, gold: Opinion, found: Found, key_of: Mapping[str, str], tally: Tally
) -> None:
    speaker = key_of.get(found["actor"], "another actor") if found["actor"] else None
    right = speaker == gold.speaker
    tally.add("opinions", hit=1)
    tally.add("opinion speakers", hit=int(right))
    tally.add("opinion kinds", hit=int(found["kind"] == gold.kind))
    tally.add("opinion cues", hit=int(_cue(found["cue"]) == _cue(gold.cue)))
    if not right:
        wanted = gold.speaker or "nobody named"
        tally.error("speaker", f"{wanted}, found {found['actor']}: {_shown(story, gold.parts[0])}")


def _within(gold: Opinion, opinions: Sequence[Found], taken: set[int]) -> list[int]:
    """Returns the finds of which most lies between the first and the last word of a statement."""
    start, end = gold.parts[0][0], gold.parts[-1][1]
    return [
        index
        for index, found in enumerate(opinions)
        if index not in taken
        and 2 * (min(end, found["end"]) - max(start, found["start"])) > found["end"] - found["start"]
    ]


def _agree(body: str, gold: Opinion, found: Sequence[Found]) -> bool:
    if not found:
        return False
    wanted = _letters(body, gold.parts)
    between = _letters(body, [(gold.parts[0][0], gold.parts[-1][1])]) - wanted
    mine = _letters(body, [(opinion["start"], opinion["end"]) for opinion in found]) - between
    return len(wanted & mine) >= _SHARE * len(wanted | mine)


def _letters(body: str, spans: Sequence[tuple[int, int]]) -> set[int]:
    """Returns the offsets of letters and digits; the "that" before an indirect statement is none of it."""
    offsets: set[int] = set()
    for start, end in spans:
        begins = start + 5 if body[start : start + 5].casefold() == "that " else start
        offsets.update(offset for offset in range(begins, end) if body[offset].isalnum())
    return offsets


def _cue(words: str | None) -> str | None:
    return words.casefold().removesuffix(" that") if words else None


def _shown(story: GoldStory, span: tuple[int, int]) -> str:
    words = story.body[span[0] : span[1]].replace("\n", " ")
    return f"«{words[:_SHOWN]}{'…' if len(words) > _SHOWN else ''}»"
