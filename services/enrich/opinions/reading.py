"""The body of a story as attribution sees it: words, sentences, quotations and mentions, by index of word."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from services.enrich.actors.tokens import Token, Words
from services.enrich.opinions.lexicon import VERBS, Verb
from services.enrich.opinions.quotes import Quote
from services.enrich.sentences import Span

_CLOSERS: Final = frozenset("\"'\u2019\u201d\u00bb")
_LINES: Final = frozenset("\n\u2028\u2029")


class Mention(NamedTuple):
    """A mention in the body: words [first, last] and the actor's place in the record.

    `adjective` is true where a state or people is not named itself: "Kenyan".
    """

    first: int
    last: int
    actor: int
    adjective: bool


@dataclass(slots=True)
class Reading:
    """A text ready to be read for attributions. All indices are of `tokens`, both ends included.

    `quoted` holds for each token the quotation that it stands in, marks included, or -1; `begins` and `ends`
    hold the mention that begins or ends there.
    """

    text: str
    tokens: list[Token]
    bounds: list[int]
    quotes: Sequence[Quote]
    quoted: list[int]
    edges: list[tuple[int, int]]
    """For each quotation the tokens of its marks; where a mark is missing, the first or last word."""
    mentions: list[Mention]
    begins: dict[int, Mention]
    ends: dict[int, Mention]
    people: frozenset[int]
    """The places in the record of the actors who are persons."""

    def folded(self, at: int) -> str:
        """Returns a word's folded form; empty for marks and outside the text."""
        return self.tokens[at].folded if 0 <= at < len(self.tokens) else ""

    def mark(self, at: int) -> str:
        """Returns the text of a token, empty outside the text."""
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    def verb(self, at: int) -> Verb | None:
        """Returns the verb of saying at a token that is not quoted."""
        found = VERBS.get(self.folded(at))
        return None if found is None or self.quoted[at] >= 0 or at in self.begins else found

    def sentence(self, at: int) -> tuple[int, int]:
        """Returns the first token of the sentence that a token stands in, and the first after it."""
        place = bisect_right(self.bounds, at) - 1
        last = self.bounds[place + 1] if place + 1 < len(self.bounds) else len(self.tokens)
        return self.bounds[place], last

    def opens(self, at: int) -> int:
        """Returns the quotation whose opening mark is this token, or -1."""
        quote = self.quoted[at] if 0 <= at < len(self.tokens) else -1
        return quote if quote >= 0 and self.edges[quote][0] == at else -1

    def closes(self, at: int) -> int:
        """Returns the quotation whose closing mark is this token, or -1."""
        quote = self.quoted[at] if 0 <= at < len(self.tokens) else -1
        return quote if quote >= 0 and self.edges[quote][1] == at else -1

    def parted(self, first: int, last: int) -> bool:
        """Whether a line ends between two tokens."""
        return any(c in _LINES for c in self.text[self.tokens[first].end : self.tokens[last].start])

    def words(self, first: int, last: int) -> int:
        """Returns how many words stand in [first, last]."""
        return sum(1 for token in self.tokens[first : last + 1] if token.folded)

    def span(self, first: int, last: int) -> Span:
        """Returns the code points of tokens [first, last]."""
        return Span(self.tokens[first].start, self.tokens[last].end)


def read(text: str, words: Words, quotes: Sequence[Quote], actors: Sequence[Mapping[str, Any]]) -> Reading:
    """Returns the reading of a body, whose actors are those of its record."""
    tokens, bounds = words
    starts = [token.start for token in tokens]
    quoted, edges = [-1] * len(tokens), []
    for number, quote in enumerate(quotes):
        first = bisect_left(starts, quote.outer_start)
        last = max(first, bisect_left(starts, quote.outer_end) - 1)
        edges.append((first, last))
        quoted[first : last + 1] = [number] * max(0, min(last + 1, len(tokens)) - first)
    mentions = sorted(_mentions(starts, actors))
    return Reading(
        text, tokens, bounds, quotes, quoted, edges, mentions,
        {mention.first: mention for mention in mentions},
        {mention.last: mention for mention in mentions},
        frozenset(number for number, actor in enumerate(actors) if actor["type"] == "person"),
    )  # fmt: skip


def _mentions(starts: Sequence[int], actors: Sequence[Mapping[str, Any]]) -> list[Mention]:
    return [
        Mention(first, last, number, describes and mention["text"] not in names)
        for number, actor in enumerate(actors)
        for describes in (actor["type"] in {"state", "people"},)
        for names in ({actor["name"], *actor["aliases"]},)
        for mention in actor["mentions"]
        if mention["field"] == "body"
        for first in (max(0, bisect_right(starts, mention["start"]) - 1),)
        for last in (max(first, bisect_left(starts, mention["end"]) - 1),)
    ]
