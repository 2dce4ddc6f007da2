from uuid import UUID

import pytest

from services.publish.places import REMEMBERED_SECONDS, Places

A, B, C = (UUID(int=number) for number in range(3))


def test_an_attempt_that_takes_long_gives_its_place_up_to_the_next_one() -> None:
    held: Places[str] = Places(2, 2)
    held.take("a", A, 0.0)
    held.take("b", B, 0.5)
    assert (held.room(0.9), held.free_at(), held.slow) == (0, 1.0, 0)
    assert (held.room(1.0), held.free_at(), held.slow) == (1, 1.5, 1)
    assert (held.room(9.0), held.free_at(), held.slow) == (2, None, 2)
    assert (set(held), len(held)) == ({"a", "b"}, 2)
    held.take("c", C, 9.0)
    assert (held.free, held.room(9.0)) == (1, 1)


def test_where_every_slow_place_is_taken_what_takes_long_keeps_its_own_until_one_is_free() -> None:
    held: Places[str] = Places(2, 1)
    held.take("a", A, 0.0)
    held.take("b", B, 0.0)
    assert (held.room(5.0), held.is_crowded, held.free_at()) == (1, True, None)
    held.leave("a", 5.0)
    assert (held.is_crowded, held.free_at()) == (False, 1.0)
    assert (held.room(5.0), held.is_crowded) == (2, True)
    held.leave("b", 5.0)
    assert (len(held), held.slow, held.is_crowded) == (0, 0, False)


def test_whose_last_attempt_was_slow_begins_in_a_slow_place_until_one_is_quick() -> None:
    held: Places[str] = Places(1, 1)
    held.take("first", A, 0.0)
    held.leave("first", 1.0)
    held.take("second", A, 2.0)
    assert (held.slow, held.room(2.0)) == (1, 1)
    held.take("third", A, 2.0)
    assert (held.slow, held.room(2.0)) == (1, 0), "no slow place was left for it"
    held.leave("third", 2.5)
    held.leave("second", 2.5)
    held.take("fourth", A, 3.0)
    assert (held.slow, held.room(3.0)) == (0, 0)


@pytest.mark.parametrize(
    ("most", "slow", "share"),
    [(1_024, [A], 512), (1_024, [A, A, B], 256), (4, [A, B, C], 1), (1, [A], 1)],
)
def test_half_of_the_slow_places_are_shared_out_among_those_who_are_slow(
    most: int, slow: list[UUID], share: int
) -> None:
    held: Places[int] = Places(10, most)
    assert held.share(A) is None
    for number, each in enumerate(slow):
        held.take(number, each, 0.0)
        held.leave(number, 1.0)
    assert held.share(A) == share


def test_who_is_not_called_again_counts_as_slow_for_a_while() -> None:
    held: Places[str] = Places(9, 9)
    held.take("a", A, 0.0)
    held.leave("a", 1.0)
    held.take("b", B, 0.0)
    assert (held.room(REMEMBERED_SECONDS), held.share(A), held.share(B)) == (9, 2, 2)
    held.room(REMEMBERED_SECONDS + 1)
    assert (held.share(A), held.share(B)) == (None, 4)
