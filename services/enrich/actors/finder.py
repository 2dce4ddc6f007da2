"""Finds the actors and places of a story: the steps in their order."""

from collections.abc import Sequence
from typing import Any

from services.enrich.actors.arbitration import settle
from services.enrich.actors.bearers import Bearers
from services.enrich.actors.cast import Cast, places
from services.enrich.actors.fields import Field
from services.enrich.actors.forms import Forms
from services.enrich.actors.identities import identify
from services.enrich.actors.mentions import find
from services.enrich.actors.rules import RuleTagger
from services.enrich.actors.tagger import Tagger
from services.enrich.catalogue import Catalogue
from services.enrich.sentences import Span

Found = tuple[list[dict[str, Any]], list[dict[str, Any]]]


class ActorFinder:
    """Built once per process from a catalogue; keeps nothing between stories.

    Args:
        catalogue: what is known.
        tagger: finds the names that are not; the rules unless another one is given.
    """

    def __init__(self, catalogue: Catalogue, tagger: Tagger | None = None) -> None:
        self._forms = Forms(catalogue)
        self._bearers = Bearers(catalogue)
        self._tagger: Tagger = tagger or RuleTagger(self._forms)

    def find(  # noqa: PLR0913 - a story has these parts
        self,
        title: str,
        body: str,
        titles: Sequence[Span],
        sentences: Sequence[Span],
        *,
        day: str | None = None,
        known_only: bool = False,
    ) -> Found:
        """Returns actors, most salient first, and places, in the shapes of the record.

        Args:
            title: the headline, untouched.
            body: the text, untouched.
            titles: the sentences of the title.
            sentences: the sentences of the body.
            day: when it was published, such as 2024-03-01: offices that were held then count.
            known_only: whether to leave out the tagger and the roles, which know English alone.
        """
        fields = [Field("title", title, titles), Field("body", body, sentences)]
        known = [find(self._forms, field.words()) for field in fields]
        tagged = [[] if known_only else self._tagger(field.text, field.sentences) for field in fields]
        settle(fields, known, tagged, day)
        self._bearers.resolve(fields)
        sightings = identify(fields)
        return Cast(fields, day, reads_roles=not known_only).actors(sightings), places(sightings)
