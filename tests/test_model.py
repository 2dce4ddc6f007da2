import time
import uuid
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from copydesk import keys, pauses, records
from copydesk.model import first_id, new_id


def test_ids_are_uuids_of_version_7_that_sort_by_time() -> None:
    before = time.time_ns() // 1_000_000
    first = new_id()
    deadline = time.time_ns() // 1_000_000 + 1
    while time.time_ns() // 1_000_000 <= deadline:
        pass
    second = new_id()
    assert first.version == 7
    assert first.variant == "specified in RFC 4122"
    assert before <= first.int >> 80 <= time.time_ns() // 1_000_000
    assert first < second


def test_ids_made_one_after_the_other_sort_even_within_a_millisecond() -> None:
    fractions = [new_id().int >> 64 for _ in range(1_000)]
    assert fractions == sorted(fractions)
    assert len(set(fractions)) > 100


def test_ids_are_unique() -> None:
    assert len({new_id() for _ in range(10_000)}) == 10_000


def test_tokens_are_long_random_and_stored_as_a_digest() -> None:
    first, second = keys.new_token(), keys.new_token()
    assert first != second
    assert keys.PATTERN.fullmatch(first)
    assert len(keys.digest(first)) == 32
    assert keys.digest(first) != keys.digest(second)


@given(attempt=st.integers(1, 10_000), first=st.floats(0.01, 100))
def test_pauses_double_up_to_a_limit(attempt: int, first: float) -> None:
    pause = pauses.doubling(attempt, first)
    assert pause == min(first * 2.0 ** min(attempt - 1, 30), 600)
    assert 0.8 * pause <= pauses.jittered(pause) <= 1.2 * pause


def test_a_timestamp_is_rfc_3339_in_utc() -> None:
    moment = datetime(2026, 3, 1, 9, 30, 0, 5_000, timezone(timedelta(hours=1)))
    assert records.timestamp(moment) == "2026-03-01T08:30:00.005Z"
    assert records.timestamp(datetime(2026, 3, 1, tzinfo=UTC)) == "2026-03-01T00:00:00.000Z"


def test_the_first_id_of_a_moment_lies_between_what_was_made_before_and_after() -> None:
    before = new_id()
    moment = datetime.fromtimestamp((before.int >> 80) / 1_000 + 0.001, UTC)
    first = first_id(moment)
    assert before < first
    assert first_id(moment - timedelta(milliseconds=2)) < before
    assert (first.version, first.variant) == (7, uuid.RFC_4122)
