"""Which language a text is in. Nothing is fetched: the model is py3langid's; see `prepared`."""

from functools import cache
from typing import Any, Final, NamedTuple

from services.enrich import prepared

MAX_LOOKED_AT: Final = 1000
"""Code points from the front of the text; more change nothing but the time that it takes."""

_SURE_ENOUGH: Final = 0.5
_ENGLISH: Final = frozenset(("en", "eng"))
_UNTOLD: Final = frozenset(("und", "mis", "mul", "zxx"))
"""Tags that name no language; a source that sends one says nothing."""
_LIKE_ENGLISH: Final = frozenset(("pcm",))
"""Nigerian Pidgin, for which the model takes English datelines and short sentences."""
_TAGS: Final = {"kik": "ki"}
"""Where the model names a language by three letters that has two."""


class Detected(NamedTuple):
    """A language as a BCP 47 tag, and how sure that is, from 0 to 1."""

    language: str
    confidence: float


def detect(text: str) -> Detected | None:
    """Returns the language of a text by its first 1000 code points; None where it is too short to tell.

    Takes a fifth of a second the first time in a process, to load the model, and two milliseconds after.
    """
    language, confidence = load().classify(text[:MAX_LOOKED_AT])
    if confidence < _SURE_ENOUGH or language in _UNTOLD | _LIKE_ENGLISH:
        return None
    return Detected(_TAGS.get(language, language), round(min(float(confidence), 1.0), 3))


def is_told(language: str | None) -> bool:
    """Whether a source's language tag names a language."""
    return language is not None and _primary(language) not in _UNTOLD


def is_english(language: str) -> bool:
    """Whether a BCP 47 tag stands for English, of whatever region."""
    return _primary(language) in _ENGLISH


def _primary(language: str) -> str:
    return language.partition("-")[0].casefold()


@cache
def load() -> Any:  # noqa: ANN401 - the library has no types
    """Returns the model, read once per process: before a worker forks, so that its children share it."""
    from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

    model = prepared.read(MODEL_DIR / MODEL_FILE)
    if model is None:  # a py3langid with another model than ours was made of: its own reader knows it
        return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return LanguageIdentifier(
        model.chances,
        model.priors,
        model.languages,
        model.next_states,
        model.features,
        norm_probs=True,
        tk_row=model.row,
    )
