"""Word lists in the code, written as prose so that a line holds many."""


def words(text: str) -> frozenset[str]:
    """Returns the words of a list, which white space separates."""
    return frozenset(text.split())


def phrases(text: str) -> frozenset[tuple[str, ...]]:
    """Returns the words of each of the phrases that commas part in text."""
    return frozenset(tuple(phrase.split()) for phrase in text.split(","))
