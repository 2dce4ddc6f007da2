from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.model import Attempt, ErrorClass
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


NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120),
        (" 120 ", 120),
        ("0", 0),
        ("86401", 86_400),
        ("9" * 8_000, 86_400),
        ("-5", None),
        ("1.5", None),
        ("\u0661\u0662", None),
        ("soon", None),
        ("Sun, 29 Nov 2026 12:01:40 GMT", 100),
        ("Sunday, 29-Nov-26 12:01:40 GMT", 100),
        ("Sun Nov 29 12:01:40 2026", 100),
        ("Sun, 29 Nov 2026 13:01:40 +0100", 100),
        ("Sun, 29 Nov 2026 11:00:00 GMT", 0),
        ("Sun, 29 Nov 2126 12:00:00 GMT", 86_400),
        ("Sun, 99 Nov 2026 12:00:00 GMT", None),
        ("Sun, 29 Nov 99999999999 12:00:00 GMT", None),
    ],
)
def test_what_an_endpoint_asks_for_is_read_in_seconds_or_as_a_date(
    header: str | None, seconds: float | None
) -> None:
    assert schedule.retry_after_seconds(header, NOW) == seconds


@given(header=st.text(max_size=60))
def test_whatever_stands_in_the_header_the_pause_is_none_or_within_a_day(header: str) -> None:
    seconds = schedule.retry_after_seconds(header, NOW)
    assert seconds is None or 0 <= seconds <= 86_400


def _failed(retry_after_seconds: float | None = None) -> Attempt:
    failure = ErrorClass.SERVER_ERROR
    return Attempt(NOW, 1.0, 503, failure, retry_after_seconds=retry_after_seconds)


@pytest.mark.parametrize(
    ("tries", "asked", "is_extra", "state", "least", "most"),
    [
        (1, None, False, "due", 80, 120),
        (2, None, False, "due", 800, 1_200),
        (3, None, False, "exhausted", None, None),
        (1, 10, False, "due", 80, 120),  # never sooner than planned
        (1, 500, False, "due", 500, 500),
        (3, 500, False, "exhausted", None, None),
        (1, None, True, "due", 0, 0),  # the schedule goes on as it was planned
        (3, None, True, "due", 0, 0),
        (3, 500, True, "due", 500, 500),
    ],
)
def test_what_failed_is_tried_again_as_planned_or_later_where_the_endpoint_asks(
    tries: int, asked: float | None, is_extra: bool, state: str, least: float | None, most: float | None
) -> None:
    found = schedule.settlement(tries, _failed(asked), (100, 1_000), is_extra=is_extra)
    assert found.state == state
    if least is None or most is None:
        assert found.retry_seconds is None
    else:
        assert found.retry_seconds is not None
        assert least <= found.retry_seconds <= most


def test_without_a_pause_there_is_one_try() -> None:
    assert schedule.settlement(1, _failed(), ()).state == "exhausted"
    assert schedule.settlement(1, Attempt(NOW, 1.0, 204), ()).state == "delivered"
