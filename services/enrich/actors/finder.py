"""Finds the actors and places of a story: the steps in their order."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from services.enrich.actors import recasing
from services.enrich.actors.arbitration import settle
from services.enrich.actors.bearers import Bearers
from services.enrich.actors.cast import Cast
from services.enrich.actors.datelines import is_agency, is_dateline
from services.enrich.actors.descriptions import employs, is_body, speaks
from services.enrich.actors.doubts import weighed
from services.enrich.actors.fields import Field
from services.enrich.actors.forms import Forms
from services.enrich.actors.homes import settle_countries, settle_organs
from services.enrich.actors.identities import identify
from services.enrich.actors.mentions import Known, find
from services.enrich.actors.model import ModelTagger, shipped
from services.enrich.actors.nominals import add_nominals
from services.enrich.actors.offices import settle_offices
from services.enrich.actors.places import places
from services.enrich.actors.setting import setting
from services.enrich.actors.tagger import SURE, Reading, Tagged, Tagger
from services.enrich.actors.titles import without_titles
from services.enrich.actors.tokens import Words, of_sentences
from services.enrich.catalogue import Catalogue
from services.enrich.sentences import Span

Json = dict[str, Any]


class Found(NamedTuple):
    """Actors, most salient first, and places, in the shapes of the record."""

    actors: list[Json]
    places: list[Json]
    read_to: int
    """Code points of the body in which names were looked for that the catalogue does not know."""


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
        self._bearers = Bearers(catalogue)
        self._tagger: Tagger = tagger or shipped()
        self.model = self._tagger.version if isinstance(self._tagger, ModelTagger) else None

    def find(  # noqa: PLR0913 - a story has these parts
        self,
        title: str,
        body: str,
        titles: Sequence[Span],
        sentences: Sequence[Span],
        *,
        words: Words | None = None,
        day: str | None = None,
        known_only: bool = False,
    ) -> Found:
        """Returns the actors and places of a story, and how far it was read.

        Args:
            title: the headline, untouched.
            body: the text, untouched.
            titles: the sentences of the title.
            sentences: the sentences of the body.
            words: the words of the body, where they are cut already.
            day: when it was published, such as 2024-03-01: offices that were held then count.
            known_only: whether to leave out the tagger and the roles, which know English alone.
        """
        fields = [
            Field("title", title, titles, of_sentences(title, titles)),
            Field("body", body, sentences, words or of_sentences(body, sentences)),
        ]
        known = [find(self._forms, field.by_sentence(), elided=known_only) for field in fields]
        readings = [
            Reading([], 0) if known_only else self._read(field, mine)
            for field, mine in zip(fields, known, strict=True)
        ]
        settle(fields, known, [reading.names for reading in readings], day)
        for field in fields:
            field.names = [name for name in field.names if not is_agency(field, name)]
        self._bearers.resolve(fields)
        sightings = identify(fields, day)
        cast = Cast(fields, day, reads_roles=not known_only)
        actors = cast.actors(sightings)
        where = places(sightings)
        if not known_only:
            self._tell_the_rest(fields, actors, where, cast.employers(), day)
        return Found(actors, where, readings[-1].end)

    def recased(self, text: str, sentences: Sequence[Span]) -> str:
        """Returns a text without capitals with those of its sentences and names, of the same length."""
        return recasing.recased(text, sentences, self._forms, self._tagger(text, sentences))

    def _read(self, field: Field, known: Sequence[Known]) -> Reading:
        """Returns the names of a field that the catalogue need not know, and how far it was read."""
        text, sentences = field.text, field.sentences
        if isinstance(self._tagger, ModelTagger):
            names, end = self._tagger.read(text, sentences)
        else:
            names, end = self._tagger(text, sentences), len(text)
        found = [_rightly(field, item) for item in weighed(text, sentences, names, known)]
        persons = {item[:2] for item in known if item.entry is not None and item.entry.type == "person"}
        return Reading(self._bearers.add_missed(field, known, without_titles(found, text, persons)), end)

    def _tell_the_rest(
        self,
        fields: Sequence[Field],
        actors: list[Json],
        where: Sequence[Json],
        employers: Mapping[str, str | None],
        day: str | None,
    ) -> None:
        """Gives actors and places what the whole story tells: its country, and whom descriptions mean."""
        body = fields[-1]
        settle_offices(actors, {field.name: field.text for field in fields})
        home = setting(actors, where, body.text)
        if home is not None:
            renamed = settle_organs(actors, self._bearers, home, day)
            works_for = {person: renamed.get(id_, id_) if id_ else None for person, id_ in employers.items()}
            settle_countries(actors, where, home, body.text, works_for)
        add_nominals(body, actors, home.country if home else None)


def _rightly(field: Field, item: Tagged) -> Tagged:
    """Returns what was tagged with the label that its place in the story or its description tells."""
    if (
        item.label in {"PER", "ORG"}
        and field.name == "body"
        and is_dateline(field.text, item.start, item.end)
    ):
        return item._replace(label="PLACE")
    return item._replace(label="ORG") if _is_taken_amiss(field, item) else item


def _is_taken_amiss(field: Field, item: Tagged) -> bool:
    """Whether what was tagged as something else is a body.

    It is described as one, is a place that speaks, or has an analyst: Bernstein analyst Callum Wood.
    """
    if item.label in {"PER", "PLACE"} and is_body(field, item.end):
        return True
    if item.label == "PER" and employs(field, item.start, item.end):
        return True
    return item.label == "PLACE" and item.confidence < SURE and speaks(field, item.start, item.end)
