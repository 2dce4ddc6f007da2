"""Finds the statements of a body and who made them: the steps in their order."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from services.enrich.opinions import complements, quotes, speakers
from services.enrich.opinions.lexicon import ADVERBS, DAYS, FINITE, GOES_ON, PREPOSITIONS, Verb
from services.enrich.opinions.reading import Reading, read
from services.enrich.opinions.resolution import Resolver
from services.enrich.opinions.speakers import Speaker
from services.enrich.opinions.statements import Cue, Statement, Statements
from services.enrich.sentences import Span

MAX_OPINIONS: Final = 1000
_MAX_BACK: Final = 30
_MAX_DATELINE: Final = 10
_DASHES: Final = frozenset("-\u2013\u2014")
_CLAUSE_WORDS: Final = 3

Json = dict[str, Any]


def find(body: str, sentences: Sequence[Span], actors: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Returns the opinions of a body in the order of the text, at most 1000, in the shape of the record.

    Args:
        body: the text, untouched.
        sentences: its sentences.
        actors: the actors of the record, with their mentions.
    """
    reading = read(body, sentences, quotes.find(body), actors)
    statements = _Attributions(reading).statements()
    return list(_opinions(reading, statements, actors))


def _opinions(
    reading: Reading, statements: Sequence[Statement], actors: Sequence[Mapping[str, Any]]
) -> Iterator[Json]:
    resolver = Resolver(reading, actors)
    resolved = {}
    left = MAX_OPINIONS
    for statement in statements:
        if statement.speaker not in resolved:
            resolved[statement.speaker] = resolver.resolve(statement.speaker)
        who = resolved[statement.speaker]
        if not who.actors and reading.folded(statement.speaker.first) in {"they", "it"}:
            continue  # "they say" names nobody
        for actor in who.actors or (None,):
            if left:
                left -= 1
                identity = None if actor is None else actors[actor]["id"]
                yield statement.opinion(reading, identity, who.unnamed)


class _Attributions:
    """Walks over the verbs of saying of one reading, from left to right."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._made = Statements(reading)
        self._subject: tuple[int, Speaker] | None = None
        """The last speaker found, with the sentence in which it spoke."""

    def statements(self) -> list[Statement]:
        """Returns the statements in the order of the text."""
        reading = self._reading
        for at, token in enumerate(reading.tokens):
            if token.folded == "according":
                self._according(at)
                continue
            verb = reading.verb(at)
            if verb is not None and not self._made.covers(at):
                self._attribute(at, verb)
        self._made.carry_on()
        self._standing()
        return self._made.ordered()

    def _attribute(self, at: int, verb: Verb) -> None:
        speaker = self._subject_of(at, verb)
        if speaker is not None:
            cue = Cue(at, at, verb.stance)
            back = "quotes" in verb.uses and self._back(cue, speaker, min(speaker.begin, at))
            complement = complements.find(self._reading, at, verb, self._reading.sentence(at)[1])
            if complement is not None and (not back or self._is_marked(complement.first)):
                self._forward(Cue(at, complement.cue_end, verb.stance), speaker, complement.first)
            elif not back and complement is None and self._is_last(at, verb):
                self._trailing(cue, speaker, speaker.begin, at + 1)
            self._remember(at, speaker)
        elif "quotes" in verb.uses and not verb.participle:
            self._inverted(Cue(at, at, verb.stance))

    def _is_last(self, at: int, verb: Verb) -> bool:
        """Whether a verb has nothing after it but time, place and circumstance."""
        following = self._reading.folded(at + 1)
        circumstance = following in PREPOSITIONS or following in ADVERBS or following in DAYS | {"to", ""}
        return "quotes" in verb.uses and (circumstance or "addressee" in verb.uses)

    def _is_marked(self, first: int) -> bool:
        """Whether "that" or a mark of quotation says that a statement begins here."""
        return self._reading.opens(first) >= 0 or self._reading.folded(first - 1) == "that"

    def _subject_of(self, at: int, verb: Verb) -> Speaker | None:
        speaker = speakers.before(self._reading, at)
        if speaker is not None:
            return speaker
        led = self._reading.mark(at - 1).casefold()
        joined = led == "," if verb.participle else led in {"and", "but"}
        return self._subject_so_far(at) if joined else None

    def _subject_so_far(self, at: int) -> Speaker | None:
        """Returns who spoke last in this sentence, else the name or noun that begins it."""
        first = self._reading.sentence(at)[0]
        if self._subject is not None and self._subject[0] == first:
            return self._subject[1]
        return self._opening(first)

    def _opening(self, first: int) -> Speaker | None:
        """Returns the name or pronoun that a sentence begins with; a noun or owner is too unsure."""
        if self._reading.quoted[first] >= 0:
            return None
        found = speakers.after(self._reading, self._text_start(first))
        sure = found is not None and found.sort in {"mention", "pronoun"}
        return found if sure else None

    def _remember(self, at: int, speaker: Speaker) -> None:
        self._subject = self._reading.sentence(at)[0], speaker

    # Where the statement is

    def _back(self, cue: Cue, speaker: Speaker, begin: int) -> bool:
        """Takes the quotation that ends right before the attribution; returns whether there is one."""
        reading = self._reading
        at = begin - 1
        while at >= 0 and reading.quoted[at] < 0 and begin - at <= _MAX_BACK and self._is_title_word(at):
            at -= 1
        outside = reading.mark(at) == "," and reading.quoted[at] < 0
        at -= outside
        quote = reading.closes(at)
        if quote < 0 or reading.parted(at, begin) or self._made.is_taken(quote):
            return False
        first = reading.edges[quote][0]
        head = reading.sentence(first)[0]
        if self._ends_sentence(quote) and reading.tokens[begin].is_capitalised and not outside:
            return False
        if (
            not self._is_whole(quote)
            and first > head
            and reading.words(head, first - 1)
            and reading.mark(first - 1) not in {":", ","}
        ):
            return self._partial(cue, speaker, head, at)
        self._made.quote(quote, speaker, cue)
        return True

    def _is_title_word(self, at: int) -> bool:
        return bool(self._reading.folded(at)) and self._reading.verb(at) is None

    def _ends_sentence(self, quote: int) -> bool:
        inner = self._reading.quotes[quote]
        return self._reading.text[inner.end - 1] == "."

    def _is_whole(self, quote: int) -> bool:
        """Whether a quotation is a sentence of its own, though words stand before it."""
        inner = self._reading.quotes[quote]
        whole = self._reading.words(*self._reading.edges[quote]) > _CLAUSE_WORDS
        return whole and self._reading.text[inner.start].isupper()

    def _partial(self, cue: Cue, speaker: Speaker, head: int, last: int) -> bool:
        first = self._clause_start(head)
        return self._made.indirect(first, last, speaker, cue)

    def _forward(self, cue: Cue, speaker: Speaker, first: int) -> None:
        reading = self._reading
        last = reading.sentence(cue.first)[1]
        if reading.opens(first) >= 0:
            if self._only_quotes(first, last):
                self._quoted(first, last, speaker, cue)
                return
            verb = reading.verb(cue.first)
            if verb is not None and "bare" not in verb.uses:
                return  # wrote "A Long Road" in 1994
        end = complements.end(reading, first, last)
        self._made.indirect(first, end, speaker, cue)

    def _only_quotes(self, first: int, last: int) -> bool:
        """Whether a sentence goes on with quotations alone, or leads over to a further attribution."""
        reading, at = self._reading, first
        while at < last:
            if reading.quoted[at] >= 0:
                at = reading.edges[reading.quoted[at]][1] + 1
            elif not reading.folded(at) or reading.folded(at) in {"and", "or"}:
                if reading.mark(at) == "," and at + 1 < last and reading.folded(at + 1):
                    return True
                at += 1
            else:
                return False
        return True

    def _quoted(self, first: int, last: int, speaker: Speaker, cue: Cue) -> None:
        reading, at = self._reading, first
        while at < last and (reading.quoted[at] >= 0 or reading.folded(at) in {"", "and", "or"}):
            quote = reading.opens(at)
            if quote >= 0:
                inner = reading.quotes[quote]
                if not complements.is_title(reading.text[inner.start : inner.end]):
                    self._made.quote(quote, speaker, cue)
                at = reading.edges[quote][1]
            at += 1

    def _inverted(self, cue: Cue) -> None:
        """Reads ""…," said X" and "…, said X"."""
        reading, at = self._reading, cue.first
        before = at - 1
        closing = reading.closes(before) >= 0 or (
            reading.mark(before) == "," and reading.closes(before - 1) >= 0
        )
        if not closing and reading.mark(before) != ",":
            return
        speaker = speakers.after(reading, at + 1)
        if speaker is None:
            return
        if closing and self._back(cue, speaker, at):
            self._remember(at, speaker)
        elif reading.mark(before) == ",":
            self._trailing(cue, speaker, at, speaker.last + 1)
            self._remember(at, speaker)

    def _trailing(self, cue: Cue, speaker: Speaker, begin: int, after: int) -> None:
        """Takes the clause before ", X said", and what goes on after it."""
        reading = self._reading
        comma = begin - 1
        while (
            comma >= 0 and reading.folded(comma) and begin - comma < _MAX_BACK and reading.quoted[comma] < 0
        ):
            comma -= 1
        head, last = reading.sentence(cue.first)
        if comma <= head or reading.mark(comma) != "," or not self._is_phrase(comma + 1, begin):
            return
        first = self._clause_start(head)
        stop = complements.trim(reading, first, comma - 1)
        rest = self._rest(after, last)
        if rest is not None and reading.folded(rest) == "that":
            return
        if rest is not None and reading.folded(rest) not in GOES_ON and reading.verb(rest) is None:
            self._made.indirect(first, complements.trim(reading, first, last - 1), speaker, cue)
            return
        if self._is_clause(first, stop) and self._made.indirect(first, stop, speaker, cue):
            if rest is not None and reading.folded(rest) in GOES_ON:
                self._made.indirect(rest, complements.end(reading, rest, last), speaker, cue)

    def _is_clause(self, first: int, last: int) -> bool:
        """Whether tokens can be a statement: "At the time of his trial, X said" leads up to one."""
        reading = self._reading
        leads = reading.folded(first) in PREPOSITIONS
        whole = not leads or any(reading.folded(i) in FINITE for i in range(first, last + 1))
        return whole and reading.words(first, last) >= _CLAUSE_WORDS

    def _is_phrase(self, first: int, begin: int) -> bool:
        """Whether only titles and articles stand between a comma and a speaker."""
        return all(
            self._reading.tokens[i].is_capitalised or speakers.stands_before(self._reading, i)
            for i in range(first, begin)
        )

    def _rest(self, after: int, last: int) -> int | None:
        """Returns where a sentence goes on after an attribution in commas: "The road, X said, is closed"."""
        reading = self._reading
        for at in range(after, min(last, after + 12)):
            if reading.quoted[at] >= 0:
                return None
            if reading.mark(at) == ",":
                if at == after and speakers.stands_before(reading, at + 1):
                    return None  # according to X, a lawyer for Y
                goes_on = at + 1 < last and reading.folded(at + 1) and reading.quoted[at + 1] < 0
                aside = reading.folded(at + 1) in {"who", "which", "whose", "citing", "speaking"}
                return at + 1 if goes_on and not aside and not self._participle(at + 1) else None
        return None

    def _participle(self, at: int) -> bool:
        return self._reading.folded(at).endswith("ing")

    def _clause_start(self, head: int) -> int:
        first = self._text_start(head)
        return first + (self._reading.folded(first) in {"but", "and", "yet"})

    def _text_start(self, head: int) -> int:
        """Returns the first token of a sentence after its dateline: NAIROBI (Wire) - ."""
        reading = self._reading
        if not reading.tokens[head].text.isupper():
            return head
        for at in range(head + 1, min(len(reading.tokens) - 1, head + _MAX_DATELINE)):
            token = reading.tokens[at]
            if token.text in _DASHES and token.start > reading.tokens[at - 1].end:
                return at + 1
        return head

    def _according(self, at: int) -> None:
        reading = self._reading
        if reading.folded(at + 1) != "to" or reading.quoted[at] >= 0:
            return
        speaker = self._source(at + 2)
        if speaker is None:
            return
        cue = Cue(at, at + 1, None)
        head, last = reading.sentence(at)
        if self._text_start(head) == at:
            comma = next((i for i in range(speaker.last + 1, last) if reading.mark(i) == ","), last)
            if comma - speaker.last <= _MAX_DATELINE and comma + 1 < last:
                self._forward(cue, speaker, comma + 1)
        elif not self._back(cue, speaker, at):
            self._trailing(cue, speaker, at, speaker.last + 1)

    def _source(self, at: int) -> Speaker | None:
        """Returns who is named after "according to"; of a document, who made it."""
        if speakers.names_document(self._reading, at):
            return speakers.document(self._reading, at)
        found = speakers.after(self._reading, at)
        return found if found is not None and found.sort != "name" else None

    # Quotations that stand alone

    def _standing(self) -> None:
        """Gives a whole quoted sentence after "X was not impressed." to X."""
        reading = self._reading
        for number in range(len(reading.quotes)):
            first, last = reading.edges[number]
            if self._made.is_taken(number) or not self._stands(first, last):
                continue
            speaker = self._introduced(first)
            if speaker is not None:
                self._made.quote(number, speaker, None)

    def _stands(self, first: int, last: int) -> bool:
        reading = self._reading
        inner = reading.quotes[reading.quoted[first]]
        text = reading.text[inner.start : inner.end]
        begins = first == reading.sentence(first)[0] and text[:1].isupper()
        return begins and text[-1:] in {".", "!", "?"} and reading.words(first, last) > _CLAUSE_WORDS

    def _introduced(self, first: int) -> Speaker | None:
        reading = self._reading
        if first == 0 or reading.parted(first - 1, first):
            return None
        head, last = reading.sentence(first - 1)
        if any(reading.quoted[i] >= 0 for i in range(head, last)):
            return None
        speaker = self._opening(head)
        person = speaker is not None and (
            reading.folded(speaker.first) in {"he", "she"}
            or any(mention.actor in reading.people for mention in speaker.mentions)
        )
        return speaker if person else None
