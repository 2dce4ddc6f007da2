"""Word lists in the code, written as prose so that a line holds many."""


def words(text: str) -> frozenset[str]:
    """Returns the words of a list, which white space separates."""
    return frozenset(text.split())
