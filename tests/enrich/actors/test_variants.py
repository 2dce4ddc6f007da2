"""Spellings of one name, each of which names the same actor."""

import pytest

from services.enrich.actors.variants import canonical
from services.enrich.sentences import split
from tests.enrich.known import FINDER


@pytest.mark.parametrize(
    ("id_", "spellings"),
    [
        (
            "kataib-hezbollah",
            (
                "Kata'ib Hezbollah",
                "Kata\u2019ib Hizballah",
                "Kataib Hezbollah",
                "Kataeb Hizbullah",
                "Kat\u00e2\u02beib Hizbollah",
                "Kata'eb Hezbollah",
            ),
        ),
        ("hezbollah", ("Hezbollah", "Hizballah", "Hizbullah", "Hizbollah", "Hezbullah")),
        ("al-qaeda", ("al-Qaeda", "Al Qaida", "al-Qa'ida", "Al-Qaeda")),
        ("al-shabaab", ("al-Shabaab", "Al Shabab", "el-Shabaab", "al-Shebab")),
        ("lashkar-e-taiba", ("Lashkar-e-Taiba", "Lashkar-e-Toiba", "Lashkar-i-Tayyiba")),
        ("bashar-al-assad", ("Bashar al-Assad", "Bashar Assad", "Bashar el-Assad", "Bashar Al Assad")),
        ("recep-tayyip-erdogan", ("Recep Tayyip Erdo\u011fan", "Recep Tayyip Erdogan")),
        ("moammar-gadhafi", ("Muammar Gaddafi", "Moammar Qadhafi", "Muammar al-Gaddafi")),
        ("popular-mobilization-forces", ("Popular Mobilization Forces", "Popular Mobilisation Forces")),
        ("australian-defence-force", ("Australian Defence Force", "Australian Defense Force")),
    ],
)
def test_spellings_of_one_name_name_one_actor(id_: str, spellings: tuple[str, ...]) -> None:
    for spelling in spellings:
        body = f"Yesterday {spelling} left the town."
        actors, _, _ = FINDER.find("", body, [], split(body))
        assert [(actor["id"], actor["mentions"][0]["text"]) for actor in actors] == [(id_, spelling)]


def test_a_word_of_one_spelling_is_its_own() -> None:
    assert canonical("river") == "river"
    assert canonical("hizballah") == canonical("hezbollah") == "hezbollah"
