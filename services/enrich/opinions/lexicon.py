"""The words of attribution: what people do when they state something, who does it, what stands between."""

from typing import Final, NamedTuple

from services.enrich.actors.lexicon import ROLE_HEADS, ROLE_MODIFIERS
from services.enrich.actors.occupations import HEADS
from services.enrich.wordlist import words


class Verb(NamedTuple):
    """How a verb of saying is used.

    `bare` and `that` allow a clause without and with "that"; `quotes` lets it attribute a quotation or the
    clause before it; `object` takes what is denied, demanded and the like; `to` an infinitive;
    `prepositions` are those that belong to the verb, as in "called for".
    """

    stance: str | None
    uses: frozenset[str]
    prepositions: frozenset[str]
    participle: bool


_TABLE: Final = """
say says said saying | bare that quotes
tell tells told telling | addressee quotes
write writes wrote written writing | that quotes
add adds added adding | bare that quotes
state states stated stating | bare that quotes
declare declares declared declaring | bare that quotes
announce announces announced announcing | that quotes
explain explains explained explaining | bare that quotes
note notes noted noting | bare that quotes
observe observes observed observing | that quotes
remark remarks remarked remarking | that quotes
comment comments commented commenting | that quotes
answer answers answered answering | bare that quotes
reply replies replied replying | that quotes
respond responds responded responding | that quotes
recall recalls recalled recalling | that quotes
tweet tweets tweeted tweeting | that quotes
argue argues argued arguing | bare that quotes
insist insists insisted insisting | bare that quotes
stress stresses stressed stressing | that quotes
emphasise emphasises emphasised emphasising | that quotes
emphasize emphasizes emphasized emphasizing | that quotes
reiterate reiterates reiterated reiterating | that quotes
maintain maintains maintained maintaining | bare that quotes
assert asserts asserted asserting | bare that quotes
contend contends contended contending | bare that quotes
conclude concludes concluded concluding | bare that
suggest suggests suggested suggesting | bare that quotes
indicate indicates indicated indicating | bare that
estimate estimates estimated estimating | bare that
report reports reported reporting | bare that
testify testifies testified testifying | that quotes
rule rules ruled ruling | that
find finds found finding | that
hold holds held holding | that
believe believes believed believing | bare that
hope hopes hoped hoping | bare that
joke jokes joked joking | that quotes
lament laments lamented lamenting | that quotes
begin begins began beginning | quotes
continue continues continued continuing | quotes
ask asks asked asking | quotes
shout shouts shouted shouting | quotes
cry cries cried crying | quotes
whisper whispers whispered whispering | quotes
reckon reckons reckoned reckoning | bare that quotes
think thinks thought thinking | that
doubt doubts doubted doubting | that
point points pointed pointing | p:out
complain complains complained complaining | that quotes p:of p:about
claim claims claimed claiming | bare that quotes
allege alleges alleged alleging | bare that quotes
describe describes described describing | as
characterise characterises characterised characterising | as
characterize characterizes characterized characterizing | as
speak speaks spoke spoken | q:of
call calls called calling | label p:for p:on
brand brands branded branding | label
label labels labelled labelling | label
term terms termed terming | label
deny denies denied denying | denies bare that object quotes
refute refutes refuted refuting | denies object
confirm confirms confirmed confirming | confirms bare that quotes object
acknowledge acknowledges acknowledged acknowledging | confirms bare that quotes object
admit admits admitted admitting | confirms bare that quotes
concede concedes conceded conceding | confirms bare that quotes
warn warns warned warning | warns bare that quotes p:of p:against
caution cautions cautioned cautioning | warns bare that quotes p:against
threaten threatens threatened threatening | threatens to
accuse accuses accused accusing | accuses accuse
blame blames blamed blaming | accuses object
demand demands demanded demanding | demands that object to quotes
urge urges urged urging | demands that object quotes
request requests requested requesting | demands that
appeal appeals appealed appealing | demands p:for
promise promises promised promising | promises bare that to quotes
pledge pledges pledged pledging | promises bare that to quotes
vow vows vowed vowing | promises bare that to quotes
guarantee guarantees guaranteed guaranteeing | promises that
support supports supported supporting | supports view
endorse endorses endorsed endorsing | supports view
back backs backed backing | supports view
welcome welcomes welcomed welcoming | supports view
praise praises praised praising | supports object
hail hails hailed hailing | supports view
approve approves approved approving | supports p:of
oppose opposes opposed opposing | opposes view
reject rejects rejected rejecting | opposes view
condemn condemns condemned condemning | opposes object
denounce denounces denounced denouncing | opposes object
criticise criticises criticised criticising | opposes object
criticize criticizes criticized criticizing | opposes object
expect expects expected expecting | predicts that to object
predict predicts predicted predicting | predicts bare that quotes
forecast forecasts forecasting | predicts that
"""
_STANCES: Final = words("""
denies confirms warns threatens accuses demands promises supports opposes predicts
""")


def _read(line: str) -> dict[str, Verb]:
    forms, uses = (part.split() for part in line.split("|"))
    stance = next((use for use in uses if use in _STANCES), None)
    prepositions = frozenset(use[2:] for use in uses if use.startswith(("p:", "q:")))
    kept = frozenset(use for use in uses if ":" not in use) - _STANCES
    kept |= {"quoted"} if any(use.startswith("q:") for use in uses) else frozenset()
    return {form: Verb(stance, kept, prepositions, form.endswith("ing")) for form in forms}


VERBS: Final = {form: verb for line in _TABLE.strip().splitlines() for form, verb in _read(line).items()}
"""Each form of a verb of saying, folded."""

PRONOUNS: Final = words("he she they it")
AUXILIARIES: Final = words("has have had")
BEING: Final = words("is are was were be been being am get gets got")
ADVERBS: Final = words("""
also then later again just still already recently often once always now today yesterday earlier
previously instead further even both all meanwhile thus therefore on in monday tuesday wednesday thursday
friday saturday sunday week month night morning evening afternoon last late early himself herself
themselves itself either simply
""") - {"in"}
DAYS: Final = words("""
monday tuesday wednesday thursday friday saturday sunday yesterday today tonight earlier later again
afterwards afterward separately
""")
TIMES: Final = words("week month year night morning evening afternoon")
PREPOSITIONS: Final = words("""
in at on to during through by with after before from for of via into over under about against near as
between among without within across upon around inside outside ahead following since until
""")
NO_CLAUSE: Final = PREPOSITIONS | words("""
nothing no yes goodbye hello sorry so much little and or but what how why when where whether if
something anything thanks thank grace amen hi which who
""")
CONJUNCTIONS: Final = words("""
and but while whereas though although as however because if when that or yet so since unless until whether
""")
SPLITTING: Final = words("and but while whereas though although as")
GOES_ON: Final = words("and but because while although though so or if unless until since whereas")
DETERMINERS: Final = words("""
the a an some many several two three four five other another one most all few more both these those its
his her their our this that any every each dozens hundreds
""")
DEFINITE: Final = words("the his her its their this that")
EXTENDS: Final = words("""
who with close familiar at in from on for of speaking briefed involved near directly working whose
""")
ADDRESSEES: Final = words("""
reporters journalists parliament lawmakers supporters crowd crowds state television radio afp reuters
ap bbc cnn agency news court audience delegates them him her us me the a local public newspaper
newspapers conference united nations security council her his followers people members
""")
ABBREVIATED: Final = words("dr mr mrs ms gen col lt capt sgt sen rep gov prof rev st maj sr jr")
FINITE: Final = words("""
is are was were be been has have had will would could should can may might must do does did not isnt
wasnt wont wouldnt doesnt dont didnt cannot cant couldnt arent werent hasnt havent hadnt
""")
"""Words that only a clause has, folded."""

INSTITUTIONS: Final = words("""
government ministry office department embassy agency administration cabinet presidency commission
authority authorities statement spokesman spokeswoman spokesperson spokespeople representative council
company group party union army military police parliament court bank foundation secretariat
""")
"""Who speaks for the owner named beside it: a ministry's spokesman, the government of Kenya."""

SPEAKS_FOR_STATES: Final = words("""
government administration cabinet presidency authority authorities statement embassy representative
spokesman spokeswoman spokesperson spokespeople
""")
"""The institutions whose word is their state's own; a court or the police speak for themselves."""

ARMED_NOUNS: Final = words("group militia movement organisation organization faction")
FIRM_NOUNS: Final = words("company firm manufacturer airline carmaker bank retailer operator")

BODIES: Final = (INSTITUTIONS | ARMED_NOUNS | FIRM_NOUNS) - words("""
statement spokesman spokeswoman spokesperson spokespeople representative
""")
"""Nouns that no person is, whatever company he or she works for."""

REPORTS: Final = words("reports sources accounts perspectives views estimates")
"""What may speak without being anybody, in the plural only."""

DOCUMENTS: Final = words("""
report statement data figures study survey poll records documents filing estimate statistics census
""")
"""What "according to" may name for the body that made it."""

_PEOPLE: Final = words("""
officials analysts experts observers residents witnesses sources source witness resident expert observer
diplomats ministers police authorities activists campaigners campaigner protesters protester critics critic
supporters supporter opponents opponent villagers villager farmers farmer doctors teachers students student
relatives relative mother father brother sister son daughter husband wife widow neighbour neighbours
neighbor neighbors family families survivors survivor rescuers rescuer workers worker leaders lawmakers
lawyers prosecutors judges economists traders trader investors investor researchers scientists scientist
commanders soldiers soldier rebels rebel militants militant insurgents fighters fighter spokesman
spokeswoman spokesperson spokespeople representatives negotiators negotiator organisers organizers
organiser organizer employee employees executives aides advisers advisors members elders elder
fishermen fisherman traders shopkeeper shopkeepers driver drivers passengers passenger people person
man woman men women judge coach manager mayor governor minister president premier chancellor secretary
chief commander general colonel captain ambassador envoy diplomat chairman chairwoman chairperson
director deputy headteacher winner defender lawyer businessman businesswoman
group company ministry government union party movement militia agency army military navy court council
commission bank parliament hospital university school embassy administration department office
organisation organization association federation club firm airline prosecutor kremlin presidency coalition
opposition watchdog regulator charity monitor team airline palace pentagon cleric clerics
mediators mediator monitors peacekeepers inspectors investigators investigator detectives firefighters
medics medic nurses hostages refugees migrants locals pilots astronomers historians biologists
volunteers delegates senators legislators bishops priests priest imam rabbi monks industry
agencies companies groups governments ministries parties banks airlines firms hospitals unions embassies
insurers lenders veterans veteran youths children parents teenager pensioner tenant tenants commuters tourists
secretariat
""")
_GROUPS: Final = words("""
movement militia navy hospital university school organisation organization association federation club airline
kremlin coalition opposition watchdog regulator charity team palace pentagon industry
""")
"""Of the nouns that speak, more of those that no person is."""
_NO_PERSONS: Final = BODIES | REPORTS | _GROUPS
OF_THEMSELVES: Final = words("spoke speaks speaking requested requests asked asks asking")
"""What sources do in their descriptions: "who asked not to be named"."""
UNSPEAKING: Final = DOCUMENTS | words("""
sign banner placard headline poster label law article book film song poem letter message note text rule
treaty constitution document agreement deal plan bill page site website map clock plaque caption
""")
"""What is read rather than heard."""
_PEOPLE_ENDINGS: Final = ("ist", "ists", "ologer", "ologists", "woman", "women", "spokesman", "ers")
_NOT_PEOPLE: Final = words(
    """list lists exist exists consist persist resist insist twist assist mist fist dist numbers papers
    powers orders letters rivers waters others matters computers quarters dinners corners chapters borders
    offers answers flowers towers covers layers tigers prayers shutters helicopters trailers containers hers
    blisters clusters disasters headquarters barriers craters stickers charters"""
)


def is_speaker(folded: str) -> bool:
    """Whether a noun names somebody who can state something."""
    if folded in _PEOPLE or folded in REPORTS or folded in ROLE_HEADS:
        return True
    return folded.endswith(_PEOPLE_ENDINGS) and folded not in _NOT_PEOPLE and not folded.isdigit()


def is_one_person(folded: str) -> bool:
    """Whether a noun is that of one person who can state something."""
    return is_speaker(folded) and folded not in _NO_PERSONS and not folded.endswith(("s", "people", "men"))


def is_modifier(folded: str) -> bool:
    """Whether a word may stand before the name or noun that it describes."""
    return folded in ROLE_MODIFIERS or folded in HEADS or is_speaker(folded)


VIEWED: Final = words("""
decision move step deal agreement accord ruling verdict vote plan plans proposal proposals bill law
talks news report findings result results call calls demand demands offer ceasefire truce resolution
sanctions reform reforms measure measures initiative budget idea ban change changes announcement
statement election appointment peace treaty pact charge charges allegation allegations claim claims
accusation accusations criticism suggestion suggestions request notion appeal draft amendment referendum
""")
"""What one welcomes, rejects or supports with words."""
