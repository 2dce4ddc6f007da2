"""Who said what: statements of the body with the words that name their speaker. Pure; linear in the text."""

from services.enrich.opinions.finder import find

__all__ = ["find"]
