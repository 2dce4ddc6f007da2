import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrich import language

language.load()  # here, so that no test is timed with it
# ruff: noqa: RUF001 - other scripts are what this is about
SENTENCES = {
    "en": "The ferry will not sail before the storm has passed, the harbour master told us.",
    "de": "Die Fähre wird erst auslaufen, wenn der Sturm vorüber ist, sagte der Hafenmeister.",
    "fr": "Le bac ne partira pas avant la fin de la tempête, nous a dit le capitaine du port.",
    "es": "El barco no saldrá hasta que pase la tormenta, nos dijo el capitán del puerto.",
    "pt": "A balsa não vai partir antes de passar a tempestade, disse-nos o capitão do porto.",
    "it": "Il traghetto non partirà prima che sia passata la tempesta, ci ha detto il comandante.",
    "nl": "De veerboot vaart pas uit als de storm voorbij is, vertelde de havenmeester ons.",
    "pl": "Prom nie wypłynie, dopóki nie minie burza, powiedział nam kapitan portu.",
    "ru": "Паром не выйдет в море, пока не пройдёт буря, сказал нам начальник порта.",
    "uk": "Пором не вийде в море, доки не мине буря, сказав нам уранці начальник порту на березі.",
    "ar": "لن تبحر العبّارة قبل أن تمر العاصفة، كما قال لنا مدير الميناء هذا الصباح",
    "fa": "رئیس بندر به ما گفت که کشتی تا پایان توفان حرکت نخواهد کرد",
    "tr": "Liman başkanı bize, fırtına geçmeden feribotun yola çıkmayacağını söyledi.",
    "sw": "Msimamizi wa bandari alituambia kwamba kivuko hakitaondoka kabla ya dhoruba kupita.",
    "ja": "嵐が過ぎるまで船は出ない、と港の責任者は話した。",
    "ko": "폭풍이 지나갈 때까지 배는 떠나지 않을 것이라고 항만 책임자가 말했다.",
    "zh": "港务局长告诉我们，风暴过去之前渡轮不会开航，请大家耐心等待。",
    "el": "Το πλοίο δεν θα φύγει πριν περάσει η καταιγίδα, μας είπε ο λιμενάρχης.",
}


@pytest.mark.parametrize(("expected", "text"), SENTENCES.items())
def test_a_sentence_tells_its_language(expected: str, text: str) -> None:
    found = language.detect(text)
    assert found is not None
    assert found.language == expected
    assert 0.5 <= found.confidence <= 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "a",
        "Hello",
        "Kenya",
        "1234 5678",
        "3.14; 1.41",
        "\U0001f600" * 50,
        "?!",
        "\x00" * 9,
        "x" * 99,
    ],
)
def test_what_is_too_short_or_no_language_tells_none(text: str) -> None:
    assert language.detect(text) is None


def test_capitals_are_no_other_language() -> None:
    found = language.detect(SENTENCES["en"].upper())
    assert found is not None
    assert found.language == "en"


def test_short_english_is_not_taken_for_pidgin() -> None:
    found = language.detect("Journalist Aminu Wekesa reported from Kano, Nigeria.")
    assert found is None or found.language == "en"


def test_only_the_front_of_a_text_is_looked_at() -> None:
    front = (SENTENCES["en"] + " ") * 60
    assert language.detect(front + SENTENCES["de"] * 5000) == language.detect(front)


@given(st.text())
def test_any_text_has_one_language_or_none(text: str) -> None:
    found = language.detect(text)
    assert found == language.detect(text)
    assert found is None or 0.5 <= found.confidence <= 1


@pytest.mark.parametrize(
    ("tag", "told", "english"),
    [
        ("en", True, True),
        ("en-GB", True, True),
        ("EN", True, True),
        ("de", True, False),
        ("und", False, False),
    ],
)
def test_a_tag_tells_a_language_or_does_not(tag: str, told: bool, english: bool) -> None:
    assert language.is_told(tag) is told
    assert language.is_english(tag) is english
    assert not language.is_told(None)
