"""What copydesk knows as it is shipped, made once for all the tests of a process: nothing may change it."""

from collections.abc import Sequence
from functools import cache

from services.enrich.actors.finder import ActorFinder
from services.enrich.actors.tagger import Tagged, Tagger
from services.enrich.catalogue import load
from services.enrich.pipeline import Pipeline
from services.enrich.sentences import Span

CATALOGUE = load()
FINDER = ActorFinder(CATALOGUE)
PIPELINE = Pipeline(CATALOGUE)


class _Told:
    """A tagger that asks the one it was told of last."""

    def __init__(self) -> None:
        self.tagger: Tagger

    def __call__(self, text: str, sentences: Sequence[Span]) -> list[Tagged]:
        return list(self.tagger(text, sentences))


@cache
def _tellable() -> tuple[_Told, ActorFinder]:
    told = _Told()
    return told, ActorFinder(CATALOGUE, told)


def finder_with(tagger: Tagger) -> ActorFinder:
    """Returns the finder over the whole catalogue with this tagger, until the next call gives it another."""
    told, finder = _tellable()
    told.tagger = tagger
    return finder
