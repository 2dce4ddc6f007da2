from datetime import UTC, datetime, timedelta

import pytest

from copydesk import health
from copydesk.health import Health, News, Reply, Seen

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
OK, REFUSED = Reply(204, succeeded=True, is_first=True), Reply(None, succeeded=False, is_first=True)
AGAIN = Reply(None, succeeded=False, is_first=False)


def _ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def _busy(status: int = 503) -> Reply:
    return Reply(status, succeeded=False, is_first=True)


def test_success_of_what_is_well_changes_nothing() -> None:
    assert health.after(Health(enabled=True), [OK, OK], NOW) == Health(enabled=True)


def test_failures_are_counted_from_the_first_and_by_delivery() -> None:
    once = health.after(Health(enabled=True), [REFUSED], _ago(50))
    assert health.after(once, [AGAIN, REFUSED], NOW) == Health(
        enabled=True, failing_since=_ago(50), failures=3, failed_deliveries=2
    )


def test_one_success_resets_it_whatever_came_before() -> None:
    failing = Health(enabled=True, failing_since=_ago(4 * 86_400), failures=99, failed_deliveries=30)
    failing = health.after(failing, [AGAIN], NOW)
    assert (failing.warned_percent, failing.held_until is None) == (70, False)
    assert health.after(failing, [AGAIN, OK], NOW) == Health(enabled=True)
    assert health.after(failing, [OK, REFUSED], NOW) == Health(
        enabled=True, failing_since=NOW, failures=1, failed_deliveries=1
    )


@pytest.mark.parametrize(
    ("days", "deliveries", "warned", "enabled"),
    [
        (0, 1_000, 0, True),
        (5, 2, 0, True),
        (2.4, 20, 0, True),
        (2.5, 9, 0, True),
        (2.5, 10, 50, True),
        (3.5, 20, 70, True),
        (4.5, 20, 90, True),
        (4.5, 13, 50, True),
        (4.99, 500, 90, True),
        (5, 19, 90, True),
        (5, 20, 100, False),
        (9, 900, 100, False),
    ],
)
def test_it_is_disabled_once_20_deliveries_and_5_days_have_failed_and_warned_of_before(
    days: float, deliveries: int, warned: int, enabled: bool
) -> None:
    failing = Health(
        enabled=True, failing_since=_ago(days * 86_400), failures=40, failed_deliveries=deliveries
    )
    found = health.after(failing, [AGAIN], NOW)
    assert (found.warned_percent, found.enabled) == (warned, enabled)
    assert (found.disabled_reason, found.disabled_at) == ((None, None) if enabled else ("failing", NOW))


def test_a_warning_is_not_taken_back_but_by_success() -> None:
    warned = Health(enabled=True, failing_since=_ago(10), failures=40, failed_deliveries=1, warned_percent=70)
    assert health.after(warned, [AGAIN], NOW).warned_percent == 70


def test_410_disables_at_once_and_what_is_disabled_stays_as_it_was() -> None:
    gone = health.after(Health(enabled=True), [_busy(410)], NOW)
    assert (gone.enabled, gone.disabled_at, gone.disabled_reason) == (False, NOW, "gone")
    asked = Health(enabled=False, disabled_at=_ago(9), disabled_reason="requested")
    found = health.after(asked, [_busy(410)], NOW)
    assert (found.disabled_at, found.disabled_reason, found.failures) == (_ago(9), "requested", 1)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_endpoint_is_slowed_down_once_for_what_was_under_way_together(status: int) -> None:
    once = health.after(Health(enabled=True), [_busy(status)] * 8, NOW)
    assert (once.slowness, once.slowed_at) == (1, NOW)
    assert health.after(once, [_busy(status)], NOW + timedelta(seconds=4)).slowness == 1
    assert health.after(once, [_busy(status)], NOW + timedelta(seconds=5)).slowness == 2
    assert health.after(once, [OK], NOW).slowness == 1


@pytest.mark.parametrize("status", [None, 400, 404, 500, 301])
def test_what_fails_otherwise_is_not_slowed_down(status: int | None) -> None:
    assert health.after(Health(enabled=True), [_busy(status)] if status else [REFUSED], NOW).slowness == 0


@pytest.mark.parametrize(
    ("slowness", "seconds", "halved"),
    [(0, 0, 0), (1, 59, 1), (1, 60, 0), (3, 0, 3), (3, 61, 2), (3, 1_000, 0), (6, 120, 4)],
)
def test_a_slow_endpoint_gets_faster_by_the_minute(slowness: int, seconds: float, halved: int) -> None:
    assert health.halvings(slowness, seconds) == halved


def test_it_is_never_halved_more_than_six_times() -> None:
    slow = Health(enabled=True, slowness=6, slowed_at=_ago(5))
    assert health.after(slow, [_busy()], NOW).slowness == 6


@pytest.mark.parametrize(("failures", "seconds"), [(10, 1), (11, 2), (14, 16), (15, 30), (5_000, 30)])
def test_probes_lie_apart_a_second_at_first_and_thirty_in_the_end(failures: int, seconds: float) -> None:
    assert health.is_probed(failures)
    assert health.probe_seconds(failures) == seconds
    failing = Health(enabled=True, failing_since=_ago(9), failures=failures - 1, failed_deliveries=1)
    assert health.after(failing, [AGAIN], NOW).held_until == NOW + timedelta(seconds=seconds)


def test_what_was_under_way_together_leads_to_one_pause_of_a_second() -> None:
    together = health.after(Health(enabled=True), [REFUSED] * 64, NOW)
    assert (together.failures, together.failed_deliveries) == (10, 64)
    assert together.held_until == NOW + timedelta(seconds=1)
    assert health.after(together, [OK], NOW) == Health(enabled=True)


@pytest.mark.parametrize(
    ("after_seconds", "took_seconds", "failures", "held_seconds"),
    [
        (0.5, 0.4, 10, 1),  # nothing is leased so early, whenever it began
        (15, 15.2, 10, 1),  # began before the failures that led to probing
        (15, 14.5, 10, 1),  # began between these and the first probe
        (1, 0, 11, 3),
        (15, 14, 11, 17),
        (16, 1, 11, 18),
    ],
)
def test_only_what_began_after_the_pause_is_a_probe_and_lengthens_the_next(
    after_seconds: float, took_seconds: float, failures: int, held_seconds: float
) -> None:
    probed = health.after(Health(enabled=True), [REFUSED] * 10, NOW)
    reply = Reply(503, succeeded=False, is_first=True, seconds=took_seconds)
    found = health.after(probed, [reply], NOW + timedelta(seconds=after_seconds))
    assert (found.failures, found.failed_deliveries, found.slowness) == (failures, 11, 1)
    assert found.held_until == NOW + timedelta(seconds=held_seconds)


def test_what_is_disabled_is_held_back_by_that_alone() -> None:
    gone = health.after(Health(enabled=True), [*[REFUSED] * 20, _busy(410), REFUSED], NOW)
    assert (gone.enabled, gone.held_until) == (False, None)


def test_nine_failures_are_no_reason_to_probe() -> None:
    assert not health.is_probed(9)
    assert health.after(Health(enabled=True), [REFUSED] * 9, NOW).held_until is None


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (Health(enabled=True), Health(enabled=True), None),
        (Health(enabled=True), Health(enabled=True, failures=3), None),
        (Health(enabled=True), Health(enabled=True, warned_percent=50), News("failing", 50)),
        (
            Health(enabled=True, warned_percent=50, failures=1),
            Health(enabled=True, warned_percent=50, failures=2),
            None,
        ),
        (Health(enabled=True, warned_percent=70), Health(enabled=True), News("recovered")),
        (
            Health(enabled=True, warned_percent=90),
            Health(enabled=False, warned_percent=100, disabled_reason="failing"),
            News("disabled", reason="failing"),
        ),
        (Health(enabled=False, failures=1), Health(enabled=False, failures=2), None),
    ],
)
def test_what_its_owner_should_hear_is_told_once(before: Health, now: Health, told: News | None) -> None:
    assert health.news(before, now) == told


@pytest.mark.parametrize(
    ("fares", "seen"),
    [
        (Health(enabled=True), Seen(0, 0, 0, 0, probed=False, held_until=None)),
        (Health(enabled=True, failures=9), Seen(9, 0, 0, 0, probed=False, held_until=None)),
        (
            Health(enabled=True, failures=10, failed_deliveries=3, held_until=_ago(-0.5)),
            Seen(10, 3, 0, 0, probed=True, held_until=_ago(-0.5)),
        ),
        (
            Health(enabled=True, failures=30, warned_percent=70, held_until=_ago(0)),
            Seen(30, 0, 70, 0, probed=True, held_until=None),
        ),
        (
            Health(enabled=True, slowness=3, slowed_at=_ago(59)),
            Seen(0, 0, 0, 3, probed=False, held_until=None),
        ),
        (
            Health(enabled=True, slowness=3, slowed_at=_ago(120)),
            Seen(0, 0, 0, 1, probed=False, held_until=None),
        ),
        (
            Health(enabled=True, slowness=3, slowed_at=_ago(999)),
            Seen(0, 0, 0, 0, probed=False, held_until=None),
        ),
    ],
)
def test_what_is_seen_of_a_health_is_what_it_comes_to_now(fares: Health, seen: Seen) -> None:
    assert health.seen(fares, NOW) == seen
