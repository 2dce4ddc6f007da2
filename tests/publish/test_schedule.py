import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.settings import DispatcherSettings
from services.publish import schedule

DEFAULT = DispatcherSettings.model_fields["retry_schedule_seconds"].default


def test_by_default_there_are_ten_tries_over_three_days() -> None:
    assert DEFAULT == (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
    assert sum(DEFAULT) / 3600 == pytest.approx(75.6, abs=0.1)
    assert schedule.pause_seconds(9, DEFAULT) is not None
    assert schedule.pause_seconds(10, DEFAULT) is None


@given(tries=st.integers(1, 9))
def test_a_pause_is_the_planned_one_within_a_fifth(tries: int) -> None:
    pause = schedule.pause_seconds(tries, DEFAULT)
    assert pause is not None
    assert 0.8 * DEFAULT[tries - 1] <= pause <= 1.2 * DEFAULT[tries - 1]


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (200, None),
        (204, None),
        (299, None),
        (300, "redirect"),
        (301, "redirect"),
        (404, "http_4xx"),
        (410, "http_4xx"),
        (500, "http_5xx"),
        (503, "http_5xx"),
        (599, "http_5xx"),
        (600, "bad_reply"),
        (100, "bad_reply"),
        (101, "bad_reply"),
        (0, "bad_reply"),
    ],
)
def test_only_2xx_is_success(status: int, found: str | None) -> None:
    assert schedule.error_class(status) == found
