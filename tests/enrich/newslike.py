"""Text like news and unlike it: words that the pipeline knows, marks that trip it, and anything else."""

from hypothesis import strategies as st

PIECES = [
    "Iraq",
    "Iraqi",
    "U.S.",
    "(KH)",
    "al-",
    "'s",
    "President",
    "Ali",
    "of",
    "The",
    "\u200b",
    "\u0301",
    "-",
    ", ",
    "\u202e",
    "\U0001f600",
]
NEWS_LIKE = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=40).map(" ".join)
