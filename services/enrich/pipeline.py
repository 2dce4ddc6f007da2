"""The enrichment of one story, as an ordered list of steps. Pure: text in, values out."""

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

from services.enrich import catalogue as catalogues
from services.enrich import highlights, language, opinions, sentences, unseen
from services.enrich.actors import tokens
from services.enrich.actors.finder import ActorFinder
from services.enrich.actors.model import ModelError
from services.enrich.actors.tagger import Tagger
from services.enrich.actors.tokens import Words
from services.enrich.catalogue import Catalogue, CatalogueError
from services.enrich.language import Detected
from services.enrich.sentences import Span
from services.enrich.unseen import Cleared

__all__ = ["VERSION", "CatalogueError", "ModelError", "Pipeline", "Story", "load_pipeline"]

VERSION: Final = "2026.11.13"
"""Grows whenever the same story could come out otherwise."""

UNSUPPORTED: Final = "unsupported_language"
"""The error of a step that is skipped, or partial, because the story is not in English."""

TOO_LONG: Final = "too_long"
"""The error of a step that is partial because the story goes on for longer than names are looked for."""

_DEFAULT_HIGHLIGHTS: Final = 3


@dataclass(frozen=True, slots=True)
class Story:
    """What enrich needs of a story; `highlight_count` is 1 to 5, `published_at` RFC 3339."""

    title: str
    body: str
    language: str | None = None
    highlight_count: int = _DEFAULT_HIGHLIGHTS
    published_at: str | None = None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Story":
        """Returns the story in a document that satisfies `schemas/story.schema.json`."""
        return cls(
            title=document["title"],
            body=document["body"],
            language=document.get("language"),
            highlight_count=document.get("highlight_count", _DEFAULT_HIGHLIGHTS),
            published_at=document.get("published_at"),
        )


@dataclass(slots=True)
class _Draft:
    """What the steps have made of a story so far."""

    story: Story
    detected: Detected | None = None
    is_english: bool = True
    is_small: bool = False
    has_small_title: bool = False
    titles: list[Span] = field(default_factory=list)
    sentences: list[Span] = field(default_factory=list)
    words: Words = field(default_factory=lambda: Words([], []))
    highlights: list[dict[str, Any]] = field(default_factory=list)
    actors: list[dict[str, Any]] = field(default_factory=list)
    places: list[dict[str, Any]] = field(default_factory=list)
    opinions: list[dict[str, Any]] = field(default_factory=list)

    def parts(self) -> dict[str, list[dict[str, Any]]]:
        """Returns the parts of the record that are made."""
        return {
            "highlights": self.highlights,
            "actors": self.actors,
            "places": self.places,
            "opinions": self.opinions,
        }


Limited = tuple[Literal["skipped", "partial"], str]
"""How much a step left out, and the code that says why."""

Step = Callable[[_Draft], Limited | None]
"""Adds its part to a draft; returns what it left out, if anything."""


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
        self._steps: tuple[tuple[str, Step], ...] = (
            ("language", self._detect_language),
            ("sentences", self._find_sentences),
            ("actors", self._find_actors),
            ("opinions", self._find_opinions),
            ("highlights", self._choose_highlights),
        )

    @property
    def catalogue(self) -> str:
        """The version of the catalogue."""
        return self._version

    def enrich(self, story: Story) -> dict[str, Any]:
        """Returns highlights, actors, places, opinions and how each came about, in the shapes of the record.

        A step that fails leaves its part empty and says so; the others go on. A story that is not in English
        gets what does not depend on English: highlights, and the actors and places of the catalogue. Safe to
        run twice: the same story gives the same enrichment, but for the durations in milliseconds.

        Raises:
            BaseException: one of `passthrough`, or what is no `Exception`, such as SystemExit.
        """
        title, body = Cleared(story.title), Cleared(story.body)
        draft = _Draft(replace(story, title=title.text, body=body.text))
        ran = [self._run(name, step, draft) for name, step in self._steps]
        found = {"detected_language": draft.detected._asdict()} if draft.detected else {}
        return {
            **unseen.restored(draft.parts(), title, body),
            "enrichment": {
                "pipeline": VERSION,
                "model": self._finder.model,
                "catalogue": self._version,
                **found,
                "steps": ran,
            },
        }

    def _run(self, name: str, step: Step, draft: _Draft) -> dict[str, Any]:
        began = time.perf_counter()
        outcome: dict[str, Any] = {"status": "ok"}
        try:
            limited = step(draft)
            outcome = dict(zip(("status", "error"), limited, strict=True)) if limited else outcome
        except self._passthrough:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the other steps are still of use
            outcome = {"status": "failed", "error": type(error).__name__}
        spent = round((time.perf_counter() - began) * 1000, 3)
        return {"name": name, **outcome, "duration_ms": spent}

    @staticmethod
    def _detect_language(draft: _Draft) -> None:
        story = draft.story
        told = story.language if language.is_told(story.language) else None
        if told is None:
            draft.detected = language.detect(f"{story.title}\n{story.body[: language.MAX_LOOKED_AT]}")
        spoken = told or (draft.detected.language if draft.detected else "en")
        draft.is_english = language.is_english(spoken)

    @staticmethod
    def _find_sentences(draft: _Draft) -> None:
        story = draft.story
        draft.is_small = sentences.is_small(story.body)
        draft.has_small_title = sentences.is_small(story.title) or (draft.is_small and story.title.islower())
        draft.titles = sentences.split(story.title, small=draft.has_small_title)
        draft.sentences = sentences.split(story.body, small=draft.is_small)
        draft.words = tokens.of_sentences(story.body, draft.sentences)

    def _find_actors(self, draft: _Draft) -> Limited | None:
        story = draft.story
        if draft.is_english and draft.has_small_title:
            story = replace(story, title=self._finder.recased(story.title, draft.titles))
        if draft.is_english and draft.is_small:
            story = replace(story, body=self._finder.recased(story.body, draft.sentences))
            draft.words = tokens.of_sentences(story.body, draft.sentences)
        draft.story = story
        found = self._finder.find(
            story.title,
            story.body,
            draft.titles,
            draft.sentences,
            words=draft.words,
            day=story.published_at[:10] if story.published_at else None,
            known_only=not draft.is_english,
        )
        draft.actors, draft.places = found.actors, found.places
        if not draft.is_english:
            return "partial", UNSUPPORTED
        return None if found.read_to == len(story.body) else ("partial", TOO_LONG)

    @staticmethod
    def _find_opinions(draft: _Draft) -> Limited | None:
        if not draft.is_english:
            return "skipped", UNSUPPORTED
        draft.opinions = opinions.find(draft.story.body, draft.words, draft.actors)
        return None

    @staticmethod
    def _choose_highlights(draft: _Draft) -> None:
        story = draft.story
        draft.highlights = highlights.choose(story.body, story.title, draft.sentences, story.highlight_count)


def load_pipeline(
    path: Path | None = None, passthrough: tuple[type[BaseException], ...] = (MemoryError,)
) -> Pipeline:
    """Returns a pipeline over the built-in catalogue, extended or replaced by the file at `path`.

    Raises:
        CatalogueError: the catalogue is empty or broken; the message says where.
        ModelError: the trained model is missing or broken; the message says what to do.
    """
    with _uncollected():
        return Pipeline(catalogues.load(path), passthrough)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keeps Python from looking for cycles over and over in a heap that only grows: nothing is let go."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
