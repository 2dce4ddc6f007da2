"""Whether a capital is the place, or the government that sits there and acts: Moscow said, in Moscow."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, Protocol

from services.enrich.actors.lexicon import ACTING
from services.enrich.actors.tokens import Token
from services.enrich.wordlist import phrases, words

_AUXILIARIES: Final = words("""
will would should must may might could can cannot did does do has have had is was are were wont wouldnt
didnt doesnt isnt wasnt cant couldnt hasnt hadnt
""")
_MIDDLE: Final = words("""
also now not already repeatedly again still long once since recently never later soon quickly immediately
strongly publicly formally officially openly initially reportedly rather be been to both have
""")
_FINITE: Final = ACTING | words("""
accuses imposes withdrew retaliates responds responded accepts rejects rejected warns urges supports opposes
backs recognises recognizes recognised recognized annexed invaded deploys sends sent supplies supplied funds
funded threatens threatened insists refuses demands blamed blames condemns condemned negotiates negotiated
signed lifted suspended pursues pursued expels violated intends plans planned knows thinks offered offers
pushed pressed decided denied asks asked answers answered waits waited awaits protests protested saw blinked
hesitated relented conceded retorted
""")
"""Verbs that only somebody does."""
_DEEDS: Final = words("""
proposes proposed fears feared promises promised vetoes vetoed
froze freezes fined lodged lodges tested tests fired fires launched launches bans banned bars barred severs
severed signals signalled signaled hints hinted doubts doubted resists resisted ignores ignored dismisses
dismissed maintains maintained tolerates tolerated regards regarded prefers preferred likes dislikes frets
objects objected mediates mediated brokered orders ordered scrapped scraps ratified ratifies
designated designates blocked blocks executed executes jailed deported extradited pardoned
complained complains hailed hails praised praises bombed shelled smuggles smuggled
""")
"""The same, but not in the passive: Tokyo was proposed as the venue."""
_INFINITE: Final = _FINITE | words("""
say deny accuse impose withdraw withdrawn retaliate respond accept reject warn urge support oppose agree back
recognise recognize annex invade deploy send sending supply supplying fund arm armed threaten threatening
imposing considering seeking trying preparing prepared willing ready determined keen eager reluctant insist
refuse refusing demanding blame condemn negotiate negotiating sign lift suspend pursue expel offer offering
pushing pressing aligned committed open concerned worried hoping answer ask propose fear promise veto freeze
lodge ban bar sever signal hint doubt resist ignore dismiss maintain tolerate regard prefer object mediate
scrap ratify complain respond hail praise like retreat concede relent bend budge give compromise
proposing fearing threatening banning vetoing testing launching
""")
"""What only somebody will do or is: it needs an auxiliary before it."""

_PASSIVE: Final = words("is are was were be been")
_QUOTES: Final = frozenset('"\u201c\u201d\u2018')

_PHRASES: Final = phrases("""
trade barbs, trades barbs, traded barbs, trade accusations, traded accusations, trade blame, traded blame,
step up, steps up, stepped up, stepping up, break off, breaks off, broke off, broken off, breaking off,
call for, calls for, called for, calling for, call on, calls on, called on, calling on, call off, calls off,
called off, crack down, cracks down, cracked down, cracking down, rule out, rules out, ruled out, ruling out,
turn down, turns down, turned down, lash out, lashes out, lashed out, back down, backs down, backed down,
speak out, speaks out, spoke out, reach out, reaches out, reached out, reaching out
""")
"""Verbs of two words that only somebody does."""
_LEAVING: Final = phrases("""
pull out, pulls out, pulled out, pulling out, walk out, walks out, walked out, walk away, walks away,
walked away, walking away, back out, backs out, backed out, backing out, drop out, drops out, dropped out,
opt out, opts out, opted out, take part, takes part, took part, taken part, taking part,
return to, returns to, returned to
""")
_JOINING: Final = words("""
leave leaves left leaving quit quits quitting join joins joined joining rejoin rejoins rejoined resume resumes
resumed abandon abandons abandoned boycott boycotts boycotted
""")
"""What somebody does with what binds it to others: left the talks, and not: left visitors cold."""
_JOINED: Final = words("accord accords convention protocol bloc coalition")

_BOUND: Final = words("""
talks relations ties tensions tension war conflict alliance deal agreement pact treaty dialogue
negotiations rivalry rift standoff dispute row rapprochement cooperation detente friendship trade
contacts ceasefire summit diplomacy mistrust hostility channel channels differences exchange
""")
"""Nouns that bind two governments: talks between Moscow and Kyiv, ties with Beijing."""

_PRESSURE: Final = words("""
sanctions pressure tariffs demands restrictions embargo threat threats warning appeal appeals
""")
_ADDRESSED: Final = words("""
urged urge urges urging accused accuse accuses accusing let allowed warned warn warns warning told tells
blamed blames blame blaming pressed pressing asked asks asking condemned condemns criticised criticized
criticising criticizing thanked pressured pressuring pressure sanctioned sanctioning isolate isolated
isolating challenged challenge provoke provoked persuade persuaded persuading force forced forcing help
helped helping arm armed arming deter deterring deterred embarrass angered angering punish punished
punishing forced lobby lobbied lobbying irked infuriated assured reassured reassure convince convinced
""")
"""Verbs whose object is somebody: urged Tehran to."""

_POLICIES: Final = words("""
nuclear decision decisions foreign policy policies government demand demands proposal proposals position
stance ambassador envoy envoys invasion support response aggression claim claims refusal military troops
forces army allies ally influence offer objections interests sanctions ambitions intentions missile
diplomats denial war plan plans programme program backing regional role rejection leaders leadership
approach concerns strategy annexation president
drills exercises
navy warships negotiators negotiator delegation delegates rulers generals friends rivals partners proxies
enemies foes adversaries
""")
"""What belongs to a government: Tehran's nuclear programme. Streets and airports do not."""

_SIDES: Final = words("""
backed led sponsored controlled friendly brokered aligned allied funded appointed installed supported
imposed
""")
_PARTNERS: Final = words("""
critics critic ally allies enemies enemy envoy pressure message warning response appeals appeal proposal
support approval concessions demands demand
""")
"""What is of, to or from a government: an ally of Moscow, a message to Tehran."""
_LOCATIVES: Final = words("in at near outside around inside across through within throughout of to from")
_JOINS: Final = frozenset(("and", "or"))
_FAR: Final = 8


class Stretch(Protocol):
    """The tokens [first, last) of a name."""

    @property
    def first(self) -> int:
        """The first token."""

    @property
    def last(self) -> int:
        """The token after the last one."""


def acting(tokens: Sequence[Token], names: Sequence[Stretch]) -> set[int]:
    """Returns the first tokens of the capitals that stand for their government; the rest are places.

    Args:
        tokens: the words and marks of one sentence.
        names: the capitals in it, in order.
    """
    found = {name.first for name in names if _acts(tokens, name.first, name.last)}
    listed = False  # Washington and Beijing agreed; Berlin, Paris and London did: from the last to the first
    for other, one in pairwise(reversed(names)):
        comma = listed and tokens[one.last].text == ","
        joined = one.last + 1 == other.first and (comma or _word(tokens, one.last) in _JOINS)
        acts = other.first in found and (comma or _does(tokens, other.last))
        listed = joined and acts and not _is_located(tokens, one.first)
        if listed:
            found.add(one.first)
    return found


def _acts(tokens: Sequence[Token], first: int, last: int) -> bool:
    if _is_side(tokens, first, last) or _is_bound(tokens, first, last):
        return True
    if _is_located(tokens, first):
        return _is_partner(tokens, first)
    if tokens[last - 1].possessive:
        return _word(tokens, last) in _POLICIES
    if _word(tokens, first - 1) in _ADDRESSED or _does(tokens, last):
        return True
    follows = last + 1 < len(tokens) and tokens[last].text == "," and _word(tokens, last + 1) == "which"
    return follows and _does(tokens, last + 2)  # Caracas, which offered its services


def _is_located(tokens: Sequence[Token], first: int) -> bool:
    return _word(tokens, first - 1) in _LOCATIVES


def _does(tokens: Sequence[Token], at: int) -> bool:
    """Whether a verb of acting follows, perhaps after auxiliaries: has not agreed."""
    helped = passive = False
    for here in range(at, min(at + 5, len(tokens))):
        word = _word(tokens, here)
        if word in _AUXILIARIES or word in _MIDDLE:
            helped = helped or word in _AUXILIARIES
            passive = passive or word in _PASSIVE
            continue
        if tokens[here].text in _QUOTES:
            continue  # Moscow "will answer"
        if not word and _word(tokens, here - 1) == "not":
            return helped  # Washington wanted a deadline, and Paris had not.
        does = word in (_INFINITE if helped else _FINITE) or (word in _DEEDS and not passive)
        return does or _does_phrase(tokens, here)
    return False


def _does_phrase(tokens: Sequence[Token], at: int) -> bool:
    """Whether a verb and what follows it are for somebody only: broke off, pulled out of the talks."""
    verb = (_word(tokens, at), _word(tokens, at + 1))
    if verb in _PHRASES:
        return True
    if verb[0] not in _JOINING and verb not in _LEAVING:
        return False
    for token in tokens[at + 1 : at + _FAR]:
        if not (token.folded or token.is_hyphen):
            return False
        if token.folded in _BOUND or token.folded in _JOINED:
            return True
    return False


def _is_side(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether it is half of a compound that takes sides: Moscow-backed, anti-Tehran."""
    if _is_hyphen(tokens, last) and _word(tokens, last + 1) in _SIDES:
        return True
    return _is_hyphen(tokens, first - 1) and _word(tokens, first - 2) in {"pro", "anti"}


def _is_bound(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether a noun binds it to another government: talks between Moscow and Kyiv, ties with Beijing."""
    before = _word(tokens, first - 1)
    if before in {"with", "against", "on"}:
        return _has(tokens, first - 1, _PRESSURE if before == "on" else _BOUND | _PRESSURE)
    at = first - 1
    while at >= 0 and first - at <= _FAR:
        word = _word(tokens, at)
        if word == "between":
            return _has(tokens, at, _BOUND)
        if word in _LOCATIVES or tokens[at].text in {".", ";", ":"}:
            return False
        at -= 1
    return _word(tokens, last) in _BOUND and _is_hyphen(tokens, first - 1)


def _is_partner(tokens: Sequence[Token], first: int) -> bool:
    """Whether what stands before "to", "of" or "from" is for a government: appeals to Tehran."""
    return _word(tokens, first - 2) in _PARTNERS


def _has(tokens: Sequence[Token], at: int, wanted: frozenset[str]) -> bool:
    """Whether one of the nouns stands among the few words before a preposition."""
    return any(_word(tokens, here) in wanted for here in range(max(0, at - 3), at))


def _is_hyphen(tokens: Sequence[Token], at: int) -> bool:
    return 0 <= at < len(tokens) and tokens[at].is_hyphen


def _word(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].folded if 0 <= at < len(tokens) else ""
