"""Known names in a text: the longest counts, capitals matter, the size of the catalogue does not."""

import time

import pytest

from services.enrich.actors.forms import Forms, Kind
from services.enrich.actors.tokens import tokenize
from services.enrich.catalogue import Catalogue, Entry, Place


def entry(name: str, **more: tuple[str, ...]) -> Entry:
    return Entry(name.lower().replace(" ", "-"), name, "organization", None, ("BUS",), **more)  # type: ignore[arg-type]


FORMS = Forms(
    Catalogue(
        "1",
        (
            entry("Alpha"),
            entry("Alpha Beta"),
            entry("al-Gamma"),
            entry("Delta Jr.", aliases=("DLT",)),
            entry("Eta", acronyms=("E.T.",), ambiguous_acronyms=("ETA",)),
            entry("Zeta of the Sea"),
            entry("Iota's Front"),
            entry("Kappa's"),
            entry("Lambdas' League"),
            entry("The Mu"),
        ),
        (Place("St. Theta", "KEN", ("Alpha",)),),
    )
)


def found(text: str) -> list[str]:
    tokens = tokenize(text)
    return [text[match.start : match.end] for match in FORMS.find(tokens, 0, len(tokens))]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Alpha Beta and Alpha", ["Alpha Beta", "Alpha"]),
        ("Alpha-Beta", ["Alpha-Beta"]),
        ("alpha beta", []),
        ("Alpha beta", ["Alpha"]),
        ("ALPHA BETA", ["ALPHA BETA"]),
        ("Alpha's Beta", ["Alpha"]),
        ("al-Gamma, Al Gamma, el-Gamma", ["al-Gamma", "Al Gamma", "el-Gamma"]),
        ("Delta Jr. left", ["Delta Jr."]),
        ("Dlt DLT", ["DLT"]),
        ("E.T. and ETA and Eta", ["E.T.", "ETA", "Eta"]),
        ("Zeta of the Sea", ["Zeta of the Sea"]),
        ("Zeta of the", []),
        ("St. Theta and St Theta", ["St. Theta", "St Theta"]),
        ("Alpha. Beta", ["Alpha"]),
        ("Iota's Front, Iota\u2019s Front", ["Iota's Front", "Iota\u2019s Front"]),
        ("Iota Front", []),
        ("Kappa's rose as Kappa fell", ["Kappa's"]),
        ("Lambdas' League and Lambdas League", ["Lambdas' League", "Lambdas League"]),
        ("The Mu and the Mu", ["The Mu", "Mu"]),
    ],
)
def test_the_longest_known_name_is_found(text: str, names: list[str]) -> None:
    assert found(text) == names


def test_the_strongest_form_comes_first() -> None:
    tokens = tokenize("Alpha")
    (match,) = FORMS.find(tokens, 0, 1)
    assert [form.kind for form in match.forms] == [Kind.NAME, Kind.PLACE]


@pytest.mark.no_cover
def test_a_lookup_does_not_grow_with_the_catalogue() -> None:
    tokens = tokenize("Nothing known is named in this plain line of words at all. " * 200)

    def spent(size: int) -> float:
        forms = Forms(Catalogue("1", tuple(entry(f"Name{n} Of{n}") for n in range(size))))
        began = time.process_time()
        for _ in range(3):
            forms.find(tokens, 0, len(tokens))
        return time.process_time() - began

    assert spent(20_000) < 10 * spent(20) + 0.05
