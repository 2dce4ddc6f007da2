"""Who said what, passage by passage: each line of the tables is one expectation."""

from typing import Any

import pytest

from services.enrich import sentences
from services.enrich.opinions import finder

# A statement is written: who | kind | cue | text; who is an actor's id, "? words" for somebody unnamed,
# or "~ words" for a speaker whose words name nobody in the record.
SAID: list[tuple[str, list[str]]] = [
    # Direct quotations
    ('"We will stay," said Gurpreet Kaur.', ["kaur | direct | said | We will stay,"]),
    ('"We will stay," Kaur said on Monday.', ["kaur | direct | said | We will stay,"]),
    ("\u201cWe will stay,\u201d Kaur told reporters.", ["kaur | direct | told | We will stay,"]),
    ("\u2018We will stay,\u2019 said Kaur.", ["kaur | direct | said | We will stay,"]),
    ("'We will stay,' said Kaur.", ["kaur | direct | said | We will stay,"]),
    ('"We will stay", said Kaur.', ["kaur | direct | said | We will stay"]),
    ('"Who pays for it?" asked nobody. "Who pays?" Wekesa said.', ["wekesa | direct | said | Who pays?"]),
    ('Kaur said: "We will stay until the price is fixed."',
     ["kaur | direct | said | We will stay until the price is fixed."]),
    ('Kaur said, "We will stay."', ["kaur | direct | said | We will stay."]),
    ('In a statement, the Foreign Ministry said: "Talks go on."',
     ["ministry | direct | said | Talks go on."]),
    ('Banda told parliament on Tuesday: "The mine is closed."',
     ["banda | direct | told | The mine is closed."]),
    ('Wekesa wrote in a letter to the Security Council, "We object."',
     ["wekesa | direct | wrote | We object."]),
    ('"The road," Kaur said, "is ours."',
     ["kaur | direct | said | The road,", "kaur | direct | said | is ours."]),
    ('"The road is ours," Kaur said. "We built it."',
     ["kaur | direct | said | The road is ours,", "kaur | direct | said | We built it."]),
    ('"It is over," he said, holding up a map, "but not for us," and Kaur laughed.',
     ["~ he | direct | said | It is over,", "~ he | direct | said | but not for us,"]),
    ('"We will stay," said Kaur, who leads the Kisan Front. "The price is too low."',
     ["kaur | direct | said | We will stay,", "kaur | direct | said | The price is too low."]),
    ('"First we ate.\n\n"Then we slept," Kaur said.',
     ["kaur | direct | said | First we ate.", "kaur | direct | said | Then we slept,"]),
    ("Kaur said: \u201cFirst we ate.\n\n\u201cThen we slept.\u201d",
     ["kaur | direct | said | First we ate.", "kaur | direct | said | Then we slept."]),
    ("\u201cShe called me \u2018a fool\u2019 twice,\u201d Banda said.",
     ["banda | direct | said | She called me \u2018a fool\u2019 twice,"]),
    ('"The word \'never\' is not ours," Wekesa said.',
     ["wekesa | direct | said | The word 'never' is not ours,"]),
    ("\u2018The farmers\u2019 price is too low,\u2019 said Kaur.",
     ["kaur | direct | said | The farmers\u2019 price is too low,"]),
    ('"We have waited," Kenyan Foreign Minister Amina Wekesa said.',
     ["wekesa | direct | said | We have waited,"]),
    ('"We have waited," said the foreign minister, Amina Wekesa.',
     ["wekesa | direct | said | We have waited,"]),
    ('"It was loud," said a nurse who asked not to be named.',
     ["? a nurse who asked not to be named | direct | said | It was loud,"]),
    ('Kaur was not impressed. "We have heard all of this before."',
     ["kaur | direct |  | We have heard all of this before."]),
    ('"A," said Kaur. "B," said Banda.', ["kaur | direct | said | A,", "banda | direct | said | B,"]),
    # Partial quotations
    ('Wekesa said the offer was "an insult to farmers".',
     ['wekesa | indirect | said | the offer was "an insult to farmers"']),
    ('The plan was "dead on arrival," Banda said.',
     ['banda | indirect | said | The plan was "dead on arrival,"']),
    ('Kaur called the offer "an insult".', ['kaur | indirect | called | the offer "an insult"']),
    ('Banda described the talks as "useful and frank".',
     ["banda | direct | described | useful and frank"]),
    ('Okoro spoke of "a lost decade".', ["okoro | direct | spoke of | a lost decade"]),
    ('Wekesa accused Norway of "cold arithmetic".',
     ['wekesa | indirect | accused | Norway of "cold arithmetic"']),
    # Indirect statements
    ("Kaur said the road would stay closed.", ["kaur | indirect | said | the road would stay closed"]),
    ("Kaur said that the road would stay closed.",
     ["kaur | indirect | said | the road would stay closed"]),
    ("Kaur said on Friday that the road would stay closed.",
     ["kaur | indirect | said | the road would stay closed"]),
    ("The road will stay closed, Kaur said.", ["kaur | indirect | said | The road will stay closed"]),
    ("The road will stay closed, said Kaur, who leads the Kisan Front.",
     ["kaur | indirect | said | The road will stay closed"]),
    ("NAIROBI (Wire) - Two trains have collided, the Foreign Ministry said on Monday.",
     ["ministry | indirect | said | Two trains have collided"]),
    ("The campaign had been clean, Banda said, and the result was beyond dispute.",
     ["banda | indirect | said | The campaign had been clean",
      "banda | indirect | said | and the result was beyond dispute"]),
    ("The road, Kaur said, is closed.", ["kaur | indirect | said | The road, Kaur said, is closed"]),
    ("Wekesa warned that the dam could fail.", ["wekesa | indirect | warned | the dam could fail"]),
    ("Banda has repeatedly warned that the dam could fail.",
     ["banda | indirect | warned | the dam could fail"]),
    ("Banda warned of a second flood.", ["banda | indirect | warned of | a second flood"]),
    ("Acme Steel denied any part in the spill.", ["acme | indirect | denied | any part in the spill"]),
    ("Acme Steel denied that it had known.", ["acme | indirect | denied | it had known"]),
    ("The Red Hawks threatened to close the border.",
     ["hawks | indirect | threatened | to close the border"]),
    ("The Red Hawks accused Kenya of shelling a market.",
     ["hawks | indirect | accused | Kenya of shelling a market"]),
    ("Kenya demanded the release of its sailors.",
     ["kenya | indirect | demanded | the release of its sailors"]),
    ("Kenya called for a ceasefire.", ["kenya | indirect | called for | a ceasefire"]),
    ("Norway welcomed the decision.", ["norway | indirect | welcomed | the decision"]),
    ("Kaur rejected the offer.", ["kaur | indirect | rejected | the offer"]),
    ("Banda promised to rebuild the bridge.", ["banda | indirect | promised | to rebuild the bridge"]),
    ("Banda condemned the attack.", ["banda | indirect | condemned | the attack"]),
    ("According to Okoro, prices will fall.", ["okoro | indirect | According to | prices will fall"]),
    ("Prices will fall, according to Tobe Okoro, an economist.",
     ["okoro | indirect | according to | Prices will fall"]),
    ("Prices fell by half, according to figures from the Foreign Ministry.",
     ["ministry | indirect | according to | Prices fell by half"]),
    ("Kenya and Norway said they would share the images.",
     ["kenya | indirect | said | they would share the images",
      "norway | indirect | said | they would share the images"]),
    ("Kaur said the price was low, while Banda said it was fair.",
     ["kaur | indirect | said | the price was low", "banda | indirect | said | it was fair"]),
    ("Kaur said the price was low, adding that farmers would stay.",
     ["kaur | indirect | said | the price was low", "kaur | indirect | adding | farmers would stay"]),
    ("Norway kept its rate and said it would cut later.",
     ["norway | indirect | said | it would cut later"]),
    ("Norway left the talks, saying that the text was empty.",
     ["norway | indirect | saying | the text was empty"]),
    # Speakers
    ("Wekesa arrived late. She said the road had been closed.",
     ["wekesa | indirect | said | the road had been closed"]),
    ("Gurpreet Kaur met Joseph Banda. He said the price was fair.",
     ["banda | indirect | said | the price was fair"]),
    ("Gurpreet Kaur met Joseph Banda. She said the price was low.",
     ["kaur | indirect | said | the price was low"]),
    ("The Red Hawks left the town. They said the truce was over.",
     ["hawks | indirect | said | the truce was over"]),
    ("Joseph Banda flew home. The president said the talks had failed.",
     ["banda | indirect | said | the talks had failed"]),
    ("The Foreign Ministry was silent at first. The ministry said later that it would answer.",
     ["ministry | indirect | said | it would answer"]),
    ("A spokesman for the Kisan Front said the march would go on.",
     ["front | indirect | said | the march would go on"]),
    ("The Kenyan government said the port was safe.",
     ["kenya | indirect | said | the port was safe"]),
    ("Kaur, who leads the Kisan Front, said the march would go on.",
     ["kaur | indirect | said | the march would go on"]),
    ("Petra Lindt, a spokeswoman for Acme Steel, said the plant was safe.",
     ["lindt | indirect | said | the plant was safe"]),
    ("The foreign minister, Amina Wekesa, said the plant was safe.",
     ["wekesa | indirect | said | the plant was safe"]),
    ("Analysts suggested that the truce would not last.",
     ["? Analysts | indirect | suggested | the truce would not last"]),
    ("A senior official who spoke on condition of anonymity said the deal was dead.",
     ["? A senior official who spoke on condition of anonymity | indirect | said | the deal was dead"]),
    ("Two officials with knowledge of the talks said the deal was dead.",
     ["? Two officials with knowledge of the talks | indirect | said | the deal was dead"]),
    ("Kenyan officials said the port was open.",
     ["? Kenyan officials | indirect | said | the port was open"]),
    ("Residents said they had heard two blasts.",
     ["? Residents | indirect | said | they had heard two blasts"]),
    ("Smoke was seen over the port, witnesses said.",
     ["? witnesses | indirect | said | Smoke was seen over the port"]),
    ("Sandoval said the river was rising.", ["~ Sandoval | indirect | said | the river was rising"]),
]  # fmt: skip

NOT_SAID = [
    'The so-called "reform" cost three jobs.',
    'Kaur wrote "The Long Road Home" in 1994.',
    'The film "We Will Stay" opens on Friday.',
    'Marchers carried a sign that read "Bread and water".',
    'A banner said "No road without us".',
    'He was known as "the Fox" in his village.',
    'A coalition called "Islamic Renewal" has emerged.',
    'The crowd chanted "Down with the wall".',
    "The law says that nobody may fish here.",
    "Kaur did not say that the road was closed.",
    "Kaur would not say whether the road was closed.",
    "Kaur refused to say who had paid.",
    "Banda could warn that prices would rise, but he has not.",
    "Kaur was told that the road was closed.",
    "Banda was accused of taking money.",
    "Banda is said to be ill.",
    "The group accused of the attack has left the town.",
    "Kaur said nothing.",
    "Kaur added two goals in the second half.",
    "Okoro found a coin in the river.",
    "Norway welcomed the sailors with a brass band.",
    "Kaur told him to leave.",
    "Acme Steel announced a bond for the bridge.",
    'It was a "win-win" for both.',
    "The man whom police shot said to be armed was not.",
    "The Red Hawks backed into a wall.",
    "Acme Steel called the plumber.",
    "Banda held a stone in his hand.",
    'The word "said" has four letters.',
    "Kenya reported three deaths.",
    "Wekesa spoke of the weather.",
    '"',
    '"""',
    '" said Kaur',
]


def told(body: str, actors: Any) -> list[str]:
    found = finder.find(body, sentences.split(body), actors(body))
    for opinion in found:
        assert body[opinion["start"] : opinion["end"]] == opinion["text"]
        speaker = opinion["speaker"]
        assert body[speaker["start"] : speaker["end"]] == speaker["text"]
    return [line(opinion) for opinion in found]


def line(opinion: dict[str, Any]) -> str:
    nobody = f"? {opinion['unnamed']}" if "unnamed" in opinion else f"~ {opinion['speaker']['text']}"
    who = opinion["actor"] or nobody
    return f"{who} | {opinion['kind']} | {opinion['cue'] or ''} | {opinion['text']}"


@pytest.mark.parametrize(("body", "expected"), SAID, ids=[body for body, _ in SAID])
def test_each_statement_has_its_speaker_its_cue_and_its_words(
    body: str, expected: list[str], actors: Any
) -> None:
    assert told(body, actors) == expected


@pytest.mark.parametrize("body", NOT_SAID)
def test_what_nobody_states_is_no_opinion(body: str, actors: Any) -> None:
    assert told(body, actors) == []
