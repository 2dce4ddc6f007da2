"""Finds the actors and places of a story: the steps in their order."""

from collections.abc import Sequence
from typing import Any

from services.enrich.actors.arbitration import settle
from services.enrich.actors.cast import Cast, places
from services.enrich.actors.doubts import weighed
from services.enrich.actors.fields import Field
from services.enrich.actors.forms import Forms
from services.enrich.actors.identities import identify
from services.enrich.actors.mentions import find
from services.enrich.actors.model import ModelTagger, shipped
from services.enrich.actors.tagger import Tagged, Tagger
from services.enrich.catalogue import Catalogue
from services.enrich.sentences import Span

Found = tuple[list[dict[str, Any]], list[dict[str, Any]]]


class ActorFinder:
    """Built once per process from a catalogue; keeps nothing between stories.

    Args:
        catalogue: what is known.
        tagger: finds the names, known or not; the trained model unless another one is given.

    Raises:
        ModelError: the trained model is missing or broken.
    """

    def __init__(self, catalogue: Catalogue, tagger: Tagger | None = None) -> None:
        self._forms = Forms(catalogue)
        self._tagger: Tagger = tagger or shipped()
        self.model = self._tagger.version if isinstance(self._tagger, ModelTagger) else None

    def find(self, title: str, body: str, titles: Sequence[Span], sentences: Sequence[Span]) -> Found:
        """Returns actors, most salient first, and places, in the shapes of the record.

        Args:
            title: the headline, untouched.
            body: the text, untouched.
            titles: the sentences of the title.
            sentences: the sentences of the body.
        """
        fields = [Field("title", title, titles), Field("body", body, sentences)]
        known = [find(self._forms, field.words()) for field in fields]
        tagged = [self._tag(field.text, field.sentences) for field in fields]
        settle(fields, known, tagged)
        sightings = identify(fields)
        return Cast(fields).actors(sightings), places(sightings)

    def _tag(self, text: str, sentences: Sequence[Span]) -> list[Tagged]:
        return list(weighed(text, sentences, self._tagger(text, sentences)))
