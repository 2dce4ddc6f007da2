import base64
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.publish.cursors import Cursor

POSITIONS = st.integers(0, 2**63 - 1)


@given(POSITIONS, POSITIONS)
def test_a_cursor_is_read_as_it_was_written(position: int, forgiven: int) -> None:
    cursor = Cursor(position, forgiven)
    assert Cursor.parse(str(cursor)) == cursor


def _packed(*values: int) -> str:
    return base64.urlsafe_b64encode(struct.pack(">BQQ", *values)).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "end",
        "1",
        "a" * 22,
        "a" * 24,
        "a" * 10_000,
        "é" * 23,
        _packed(0, 1, 1),
        _packed(2, 1, 1),
        _packed(1, 2**63, 0),
        _packed(1, 0, 2**64 - 1),
        _packed(1, 1, 1)[:-1] + "B",  # the same bytes, written in another way
        _packed(1, 1, 1) + "\n",
    ],
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        Cursor.parse(text)


@given(st.text(max_size=40))
def test_no_text_breaks_the_parser(text: str) -> None:
    with suppress(ValueError):
        assert str(Cursor.parse(text)) == text


@pytest.mark.parametrize(
    ("position", "forgiven", "removed", "misses"),
    [
        (0, 0, 0, False),
        (0, 0, 1, True),  # the first event was there, and is gone
        (5, 0, 5, False),  # what was removed had been seen
        (5, 0, 6, True),
        (5, 9, 9, False),  # its reader knows
        (5, 9, 10, True),  # more was removed since
    ],
)
def test_a_reader_is_told_of_what_it_does_not_know_to_be_gone(
    position: int, forgiven: int, removed: int, misses: bool
) -> None:
    assert Cursor(position, forgiven).misses(removed) is misses


def test_going_on_beyond_what_is_gone_forgets_it() -> None:
    assert Cursor(1, 9).at(8) == Cursor(8, 9)
    assert Cursor(1, 9).at(9) == Cursor(9)
