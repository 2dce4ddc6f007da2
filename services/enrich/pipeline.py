"""The enrichment of one story, as an ordered list of steps. Pure: text in, values out."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from services.enrich import catalogue as catalogues
from services.enrich import highlights, sentences
from services.enrich.actors.finder import ActorFinder
from services.enrich.actors.model import ModelError
from services.enrich.actors.tagger import Tagger
from services.enrich.catalogue import Catalogue, CatalogueError
from services.enrich.sentences import Span

__all__ = ["VERSION", "CatalogueError", "ModelError", "Pipeline", "Story", "load_pipeline"]

VERSION: Final = "2026.11.1"
"""Grows whenever the same story could come out otherwise."""

_DEFAULT_HIGHLIGHTS: Final = 3


@dataclass(frozen=True, slots=True)
class Story:
    """What enrich needs of a story; `highlight_count` is 1 to 5."""

    title: str
    body: str
    language: str | None = None
    highlight_count: int = _DEFAULT_HIGHLIGHTS

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Story":
        """Returns the story in a document that satisfies `schemas/story.schema.json`."""
        return cls(
            title=document["title"],
            body=document["body"],
            language=document.get("language"),
            highlight_count=document.get("highlight_count", _DEFAULT_HIGHLIGHTS),
        )


@dataclass(slots=True)
class _Draft:
    """What the steps have made of a story so far."""

    story: Story
    titles: list[Span] = field(default_factory=list)
    sentences: list[Span] = field(default_factory=list)
    highlights: list[dict[str, Any]] = field(default_factory=list)
    actors: list[dict[str, Any]] = field(default_factory=list)
    places: list[dict[str, Any]] = field(default_factory=list)
    opinions: list[dict[str, Any]] = field(default_factory=list)


class Pipeline:
    """Enriches stories. Built once per process, safe to share, keeps nothing between stories.

    Args:
        catalogue: the actors that are known.
        passthrough: exceptions that no step may swallow, such as a worker's time limit.
        tagger: finds names; the trained model unless another one is given.

    Raises:
        ModelError: the trained model is missing or broken.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        passthrough: tuple[type[BaseException], ...] = (MemoryError,),
        *,
        tagger: Tagger | None = None,
    ) -> None:
        self._version = catalogue.version
        self._passthrough = passthrough
        self._finder = ActorFinder(catalogue, tagger)
        self._steps: tuple[tuple[str, Callable[[_Draft], None]], ...] = (
            ("sentences", self._find_sentences),
            ("actors", self._find_actors),
            ("highlights", self._choose_highlights),
        )

    def enrich(self, story: Story) -> dict[str, Any]:
        """Returns highlights, actors, places, opinions and how each came about, in the shapes of the record.

        A step that fails leaves its part empty and says so; the others go on. Safe to run twice: the same
        story gives the same enrichment, but for the durations in milliseconds.

        Raises:
            BaseException: one of `passthrough`, or what is no `Exception`, such as SystemExit.
        """
        draft = _Draft(story)
        ran = [self._run(name, step, draft) for name, step in self._steps]
        return {
            "highlights": draft.highlights,
            "actors": draft.actors,
            "places": draft.places,
            "opinions": draft.opinions,
            "enrichment": {
                "pipeline": VERSION,
                "model": self._finder.model,
                "catalogue": self._version,
                "steps": ran,
            },
        }

    def _run(self, name: str, step: Callable[[_Draft], None], draft: _Draft) -> dict[str, Any]:
        began = time.perf_counter()
        outcome: dict[str, Any] = {"status": "ok"}
        try:
            step(draft)
        except self._passthrough:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the other steps are still of use
            outcome = {"status": "failed", "error": type(error).__name__}
        spent = round((time.perf_counter() - began) * 1000, 3)
        return {"name": name, **outcome, "duration_ms": spent}

    @staticmethod
    def _find_sentences(draft: _Draft) -> None:
        draft.titles = sentences.split(draft.story.title)
        draft.sentences = sentences.split(draft.story.body)

    def _find_actors(self, draft: _Draft) -> None:
        story = draft.story
        draft.actors, draft.places = self._finder.find(story.title, story.body, draft.titles, draft.sentences)

    @staticmethod
    def _choose_highlights(draft: _Draft) -> None:
        story = draft.story
        draft.highlights = highlights.choose(story.body, story.title, draft.sentences, story.highlight_count)


def load_pipeline(
    path: Path | None = None, passthrough: tuple[type[BaseException], ...] = (MemoryError,)
) -> Pipeline:
    """Returns a pipeline over the built-in catalogue, or over the one in the file at `path`.

    Raises:
        CatalogueError: the catalogue is empty or broken; the message says where.
        ModelError: the trained model is missing or broken; the message says what to do.
    """
    return Pipeline(catalogues.load(path), passthrough)
