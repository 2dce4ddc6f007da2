"""Walks over the verbs of saying of a body and takes what each attributes."""

from typing import Final

from services.enrich.opinions import clauses, complements, extents, sources, standing, subjects
from services.enrich.opinions.lexicon import ADVERBS, DAYS, PREPOSITIONS, VERBS, Verb
from services.enrich.opinions.phrases import Speaker, abbreviates, joins
from services.enrich.opinions.reading import Reading
from services.enrich.opinions.statements import Cue, Statement, Statements

_MAX_BACK: Final = 30
_MAX_SOURCE: Final = 10


class Attributions:
    """The attributions of one reading, taken from left to right."""

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
            verb = reading.verb(at) if token.folded in VERBS else None
            if verb is not None and not self._made.covers(at):
                self._attribute(at, verb)
        self._made.carry_on()
        standing.give(reading, self._made)
        return self._made.ordered()

    def _attribute(self, at: int, verb: Verb) -> None:
        speaker = self._subject_of(at, verb)
        if speaker is not None:
            cue = Cue(at, at, verb.stance)
            back = "quotes" in verb.uses and self._back(cue, speaker, min(speaker.begin, at))
            complement = complements.find(self._reading, at, verb, self._reading.sentence(at)[1])
            if complement is not None and (not back or self._is_marked(complement.first)):
                self._forward(
                    Cue(at, complement.cue_end, verb.stance), speaker, complement.first, complement.last
                )
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
        speaker = subjects.before(self._reading, at)
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
        return sources.opening(self._reading, first)

    def _remember(self, at: int, speaker: Speaker) -> None:
        self._subject = self._reading.sentence(at)[0], speaker

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
        if self._ends_sentence(quote) and reading.tokens[begin].is_capitalised and not outside:
            return False
        first = reading.edges[quote][0]
        head = reading.sentence(first)[0]
        if self._is_partial(quote, head, first):
            return self._made.indirect(clauses.clause_start(reading, head), at, speaker, cue)
        self._made.quote(quote, speaker, cue)
        return True

    def _is_title_word(self, at: int) -> bool:
        """Whether a token may stand in a title: also the hyphen of Brigadier-General, the stop of Lt. Col."""
        if self._reading.folded(at):
            return self._reading.verb(at) is None
        return joins(self._reading, at) or abbreviates(self._reading, at)

    def _ends_sentence(self, quote: int) -> bool:
        inner = self._reading.quotes[quote]
        return self._reading.text[inner.end - 1] == "."

    def _is_partial(self, quote: int, head: int, first: int) -> bool:
        """Whether a quotation is the end of a clause: The plan was "dead," X said."""
        reading = self._reading
        leads = first > head and reading.words(head, first - 1) > 0
        if not leads or reading.mark(first - 1) in {":", ","}:
            return False
        capital = reading.text[reading.quotes[quote].start].isupper()
        return not capital or reading.words(*reading.edges[quote]) <= clauses.CLAUSE_WORDS

    def _forward(self, cue: Cue, speaker: Speaker, first: int, stop: int | None = None) -> None:
        reading = self._reading
        last = reading.sentence(cue.first)[1]
        quote = reading.opens(first)
        if quote >= 0:
            last = max(
                last, reading.edges[quote][1] + 1
            )  # X said: and the quotation in a paragraph of its own
            if self._only_quotes(first, last):
                self._quoted(first, last, speaker, cue)
                return
            verb = reading.verb(cue.first)
            if verb is not None and "bare" not in verb.uses:
                return  # wrote "A Long Road" in 1994
        end = extents.end(reading, first, last) if stop is None else stop
        end = extents.aside_end(reading, first, end) if speaker.relative else end
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
        speaker = sources.after(reading, at + 1)
        if speaker is None:
            return
        if closing and self._back(cue, speaker, at):
            self._remember(at, speaker)
        elif reading.mark(before) == "," and self._is_closed(speaker.last + 1):
            self._trailing(cue, speaker, at, speaker.last + 1)
            self._remember(at, speaker)

    def _is_closed(self, at: int) -> bool:
        """Whether nothing but circumstance follows: not "X, chair of the jury, said it had"."""
        following = self._reading.folded(at)
        return not following or following in PREPOSITIONS or following in ADVERBS

    def _trailing(self, cue: Cue, speaker: Speaker, begin: int, after: int) -> None:
        """Takes the clause before ", X said", and what goes on after it."""
        reading = self._reading
        head, last = reading.sentence(cue.first)
        comma = clauses.comma_before(reading, begin)
        if comma is None or comma <= head:
            return
        first = clauses.clause_start(reading, head)
        stop = extents.trim(reading, first, comma - 1)
        rest = clauses.rest(reading, after, last)
        if rest is not None and reading.folded(rest) == "that":
            return
        leads = clauses.leads_up(reading, first, stop)
        if rest is None and (leads or not clauses.is_clause(reading, first, stop)):
            return
        if (leads or self._made.indirect(first, stop, speaker, cue)) and rest is not None:
            self._made.indirect(rest, extents.end(reading, rest, last), speaker, cue)

    def _according(self, at: int) -> None:
        reading = self._reading
        if reading.folded(at + 1) != "to" or reading.quoted[at] >= 0:
            return
        speaker = sources.source(reading, at + 2)
        if speaker is None:
            return
        cue = Cue(at, at + 1, None)
        head, last = reading.sentence(at)
        if clauses.text_start(reading, head) == at:
            comma = next((i for i in range(speaker.last + 1, last) if reading.mark(i) == ","), last)
            if comma - speaker.last <= _MAX_SOURCE and comma + 1 < last:
                self._forward(cue, speaker, clauses.after_aside(reading, comma + 1, last))
        elif not self._back(cue, speaker, at):
            self._trailing(cue, speaker, at, speaker.last + 1)
