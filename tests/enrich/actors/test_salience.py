"""Being in the headline, standing early, coming often and acting all count."""

import pytest

from services.enrich.actors.salience import salience


def weight(*, in_title: bool = False, depth: float | None = 0.5, count: int = 1, acts: bool = False) -> float:
    return salience(in_title=in_title, depth=depth, count=count, most=4, acts=acts)


def test_the_most_there_can_be_is_one_and_the_least_is_above_none() -> None:
    assert salience(in_title=True, depth=0, count=4, most=4, acts=True) == 1
    assert 0 < weight(depth=None) < 0.2


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (weight(in_title=True), weight()),
        (weight(depth=0), weight(depth=0.9)),
        (weight(depth=0.9), weight(depth=None)),
        (weight(count=4), weight(count=2)),
        (weight(acts=True), weight()),
    ],
)
def test_each_reason_counts(more: float, less: float) -> None:
    assert more > less


def test_whom_only_the_title_names_is_salient() -> None:
    assert salience(in_title=True, depth=None, count=1, most=1, acts=False) == 0.65
