"""Being in the headline, standing early and coming often all count."""

import pytest

from services.enrich.actors.salience import salience


def weight(*, in_title: bool = False, first: int | None = 50, count: int = 1) -> float:
    return salience(in_title=in_title, first=first, length=100, count=count, most=4)


def test_the_most_there_can_be_is_one_and_the_least_is_above_none() -> None:
    assert salience(in_title=True, first=0, length=100, count=4, most=4) == 1
    assert 0 < weight(first=None) < 0.2


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (weight(in_title=True), weight()),
        (weight(first=0), weight(first=90)),
        (weight(first=90), weight(first=None)),
        (weight(count=4), weight(count=2)),
    ],
)
def test_each_reason_counts(more: float, less: float) -> None:
    assert more > less


def test_an_empty_body_is_no_fault() -> None:
    assert salience(in_title=True, first=None, length=0, count=1, most=1) == 0.75
