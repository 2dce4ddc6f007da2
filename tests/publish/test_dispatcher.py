import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

import psycopg
import pytest
import structlog
from prometheus_client import REGISTRY
from sqlalchemy import text

from copydesk import contracts, process
from copydesk.settings import DispatcherSettings
from copydesk.store import claims, events, subscriptions
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from services.embedded.postgres import Postgres
from services.publish import signature
from services.publish.dispatcher import Dispatcher
from services.publish.matching import Index
from services.publish.vault import Vault
from tests.publish.conftest import BROKER, HERE, Finish
from tests.system.receiver import Receiver

QUICK: dict[str, Any] = {
    "poll_seconds": 0.5,
    "send_timeout_seconds": 2,
    "delivery_lease_seconds": 3,
    "retry_schedule_seconds": (0.1, 0.1),
}


def _settings(url: str, **more: Any) -> DispatcherSettings:
    return DispatcherSettings(database_url=url, broker_url=BROKER, **{**QUICK, **HERE, **more})


def _subscribe(database: Database, url: str, **more: Any) -> tuple[UUID, str]:
    secret = signature.new_secret()
    document = {"url": url, "event_types": ["story.published"], "enabled": True, **more}
    with database.transaction() as connection:
        made = subscriptions.create(connection, "desk", secret, document)
    return made["id"], signature.shown(secret)


def _run(settings: DispatcherSettings, during: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Runs a dispatcher for as long as `during` takes."""

    async def run() -> None:
        dispatcher = Dispatcher(settings)
        running = asyncio.create_task(dispatcher.run())
        try:
            await during()
        finally:
            dispatcher.stop()
            await running

    asyncio.run(run())


async def _until(condition: Callable[[], Any], seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - the database tells no event
            await asyncio.sleep(0.02)


def _one(database: Database, query: str) -> Any:
    with database.transaction() as connection:
        return connection.execute(text(query)).scalar()


def _shown(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


def test_the_time_from_an_event_to_its_delivery_is_measured(
    database: Database, database_url: str, finish: Finish
) -> None:
    receiver = Receiver()
    _, receiver.secret = _subscribe(database, receiver.url)
    finish()
    with database.transaction() as connection:
        connection.execute(text("UPDATE events SET created_at = created_at - interval '500 s'"))
    delivered = {"outcome": "delivered", "error_class": "none"}
    counter, latency = "copydesk_deliveries_total", "copydesk_delivery_latency_seconds_sum"
    before = _shown(counter, **delivered), _shown(latency)

    async def during() -> None:
        await _until(lambda: _shown(counter, **delivered) == before[0] + 1)

    _run(_settings(database_url), during)
    receiver.close()
    assert 499 < _shown(latency) - before[1] < 530


def test_what_is_published_is_sent_at_once_and_signed(
    database: Database, database_url: str, finish: Finish
) -> None:
    receiver = Receiver()
    _, receiver.secret = _subscribe(database, receiver.url)

    async def during() -> None:
        await _until(lambda: _one(database, "SELECT to_regclass('attempts_default')"))
        await asyncio.sleep(0)
        story = await asyncio.to_thread(finish)
        began = time.monotonic()
        await _until(lambda: str(story) in receiver.stories())
        assert time.monotonic() - began < 4, "it waited for the poll, not for the notification"
        await _until(lambda: _one(database, "SELECT state FROM deliveries") == "delivered")

    _run(_settings(database_url, poll_seconds=60), during)
    receiver.close()
    assert receiver.faults == []
    assert _one(database, "SELECT error_class IS NULL AND status = 204 FROM attempts")


def test_what_arrives_is_numbered_without_a_gap(
    database: Database, database_url: str, finish: Finish
) -> None:
    receiver = Receiver()
    _, receiver.secret = _subscribe(database, receiver.url)
    for _ in range(5):
        finish()

    async def during() -> None:
        await _until(lambda: len(receiver.sequences) == 5)

    _run(_settings(database_url), during)
    receiver.close()
    assert receiver.faults == []
    assert sorted(receiver.sequences.values()) == ["1", "2", "3", "4", "5"]


def test_what_a_turn_leaves_unplaced_is_placed_at_once_and_not_at_the_next_look(
    database: Database, database_url: str, finish: Finish, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.publish import dispatcher

    monkeypatch.setattr(dispatcher, "OWED", 1)
    receiver = Receiver()
    _, receiver.secret = _subscribe(database, receiver.url)
    for _ in range(5):
        finish()

    async def during() -> None:
        await _until(lambda: len(receiver.sequences) == 5)

    _run(_settings(database_url, poll_seconds=60), during)
    receiver.close()
    assert receiver.faults == []
    assert sorted(receiver.sequences.values()) == ["1", "2", "3", "4", "5"]


def test_what_was_owed_before_it_was_counted_is_sent_without_a_number(
    database: Database, database_url: str, finish: Finish
) -> None:
    receiver = Receiver()
    _, receiver.secret = _subscribe(database, receiver.url)
    finish()
    with database.transaction() as connection:
        events.fan_out(connection, Matching(Index()))
        connection.execute(text("UPDATE deliveries SET sequence = NULL"))

    async def during() -> None:
        await _until(lambda: _one(database, "SELECT state FROM deliveries") == "delivered")

    _run(_settings(database_url), during)
    receiver.close()
    assert receiver.faults == ["KeyError('copydesk-sequence')"]


def test_a_failing_endpoint_is_tried_by_the_schedule_and_then_exhausted(
    database: Database, database_url: str, finish: Finish
) -> None:
    _subscribe(database, "http://127.0.0.1:9/closed")
    finish()

    async def during() -> None:
        await _until(lambda: _one(database, "SELECT state FROM deliveries") == "exhausted")

    outcomes = [
        {"outcome": "due", "error_class": "refused"},
        {"outcome": "exhausted", "error_class": "refused"},
    ]
    before = [_shown("copydesk_deliveries_total", **labels) for labels in outcomes]
    _run(_settings(database_url), during)
    after = [_shown("copydesk_deliveries_total", **labels) for labels in outcomes]
    assert [now - then for now, then in zip(after, before, strict=True)] == [2, 1]
    assert _one(database, "SELECT string_agg(number || error_class, ' ' ORDER BY number) FROM attempts") == (
        "1refused 2refused 3refused"
    )


def test_that_a_delivery_is_exhausted_is_told_to_another_endpoint(
    database: Database, database_url: str, finish: Finish
) -> None:
    about, _ = _subscribe(database, "http://127.0.0.1:9/")
    receiver = Receiver()
    _, receiver.secret = _subscribe(database, receiver.url, event_types=["delivery.exhausted"])
    finish()

    async def during() -> None:
        await _until(lambda: receiver.events)

    _run(_settings(database_url), during)
    receiver.close()
    assert receiver.faults == []
    [told] = receiver.events.values()
    assert contracts.violations("event", told) == []
    assert (told["data"]["subscription_id"], told["data"]["attempts"]) == (str(about), 3)
    assert told["data"]["error_class"] == "refused"


def test_an_endpoint_that_may_not_be_called_never_is(
    database: Database, database_url: str, finish: Finish
) -> None:
    receiver = Receiver()
    _, receiver.secret = _subscribe(database, receiver.url)
    finish()

    async def during() -> None:
        await _until(lambda: _one(database, "SELECT state FROM deliveries") == "exhausted")

    _run(_settings(database_url, allow_cidr=""), during)
    receiver.close()
    assert receiver.stories() == {}
    assert _one(database, "SELECT string_agg(DISTINCT error_class, ' ') FROM attempts") == "blocked_address"
    assert "127.0.0.0/8" in _one(database, "SELECT detail FROM attempts LIMIT 1")


def test_a_proxy_that_was_set_is_used(database: Database, database_url: str, finish: Finish) -> None:
    receiver = Receiver()
    _, receiver.secret = _subscribe(database, "http://desk.example/hook")
    story = finish()

    async def during() -> None:
        await _until(lambda: _one(database, "SELECT state FROM deliveries") == "delivered")

    _run(_settings(database_url, proxy=receiver.url.removesuffix("/hook")), during)
    receiver.close()
    assert str(story) in receiver.stories()


def test_a_further_try_is_made_when_its_pause_ends_and_not_at_the_next_look(
    database: Database, database_url: str, finish: Finish
) -> None:
    _subscribe(database, "http://127.0.0.1:9/closed")
    finish()

    async def during() -> None:
        await _until(lambda: _one(database, "SELECT state FROM deliveries") == "exhausted", 10)

    _run(_settings(database_url, poll_seconds=60), during)


def test_a_full_dispatcher_calls_the_others_and_sends_the_rest_itself(
    database: Database, database_url: str, finish: Finish
) -> None:
    receiver = Receiver()
    _, receiver.secret = _subscribe(database, receiver.url)
    for _ in range(3):
        finish()
    with psycopg.connect(database_url, autocommit=True) as listening:
        listening.execute(f"LISTEN {events.DELIVERIES_CHANNEL}")

        async def during() -> None:
            await _until(lambda: len(receiver.sequences) == 3)

        _run(_settings(database_url, poll_seconds=60, in_flight=1), during)
        heard = [each.payload for each in listening.notifies(timeout=1, stop_after=1)]
    receiver.close()
    assert heard == [process.identity()]


def test_a_dispatcher_outlives_a_restart_of_the_database(
    postgres_server: Postgres, finish_on: Callable[[str], Finish]
) -> None:
    from copydesk.store import migrations

    url = postgres_server.create_database("copydesk")
    migrations.upgrade(url)
    database = Database(url)
    receiver = Receiver()
    _, receiver.secret = _subscribe(database, receiver.url)
    finish = finish_on(url)

    async def during() -> None:
        await _until(
            lambda: _one(database, "SELECT count(*) > 1 FROM pg_class WHERE relname LIKE 'attempts_2%'")
        )
        postgres_server.restart()
        story = await asyncio.to_thread(finish)
        await _until(lambda: str(story) in receiver.stories())

    _run(_settings(url), during)
    receiver.close()
    database.close()
    assert receiver.faults == []


def test_a_stopping_dispatcher_finishes_what_is_in_flight(
    database: Database, database_url: str, finish: Finish
) -> None:
    hanging = Receiver(hang=True)
    _subscribe(database, hanging.url)
    finish()

    async def during() -> None:
        await _until(lambda: _one(database, "SELECT state FROM deliveries") == "sending")

    _run(_settings(database_url, send_timeout_seconds=1), during)
    hanging.close()
    assert _one(database, "SELECT state FROM deliveries") == "due"
    assert _one(database, "SELECT error_class FROM attempts") == "timeout"


def test_many_endpoints_that_hang_keep_none_waiting_that_answers(
    database: Database, database_url: str, finish: Finish
) -> None:
    count, held = 192, []

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)
        await reader.read()  # to its end, which is when the sender gives up
        writer.close()

    receiver = Receiver()
    with structlog.testing.capture_logs() as told:

        async def during() -> None:
            server = await asyncio.start_server(hang, "127.0.0.1", 0, backlog=count)
            port = server.sockets[0].getsockname()[1]
            for number in range(count):
                _subscribe(database, f"http://127.0.0.1:{port}/{number}")
            await asyncio.to_thread(finish)
            await _until(lambda: len(held) >= 32)
            _, receiver.secret = _subscribe(database, receiver.url)
            await asyncio.to_thread(finish)
            await _until(lambda: receiver.events, 50)
            assert not any(each.get("error_class") for each in told), "it waited until others gave up"
            for writer in held:
                writer.close()
            server.close()

        patient = {"send_timeout_seconds": 60, "delivery_lease_seconds": 90}
        _run(_settings(database_url, in_flight=32, slow_in_flight=512, **patient), during)
    receiver.close()
    assert receiver.faults == []
    assert not any(each["event"] == "dispatcher.crowded" for each in told)


def test_that_too_much_is_slow_is_said_once(database: Database, database_url: str, finish: Finish) -> None:
    hanging = Receiver(hang=True)
    for _ in range(3):
        _subscribe(database, hanging.url)
    finish()
    with structlog.testing.capture_logs() as told:

        async def during() -> None:
            await _until(lambda: _one(database, "SELECT count(*) = 3 FROM attempts"))

        _run(_settings(database_url, in_flight=1, slow_in_flight=1), during)
    hanging.close()
    assert [each["slow"] for each in told if each["event"] == "dispatcher.crowded"] == [1]


@pytest.mark.parametrize("faulty", ["fan_out", "claim"])
def test_a_fault_of_one_loop_costs_a_pause_and_not_the_process(
    database: Database, database_url: str, finish: Finish, faulty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from copydesk.store import claims, events

    module = {"fan_out": events, "claim": claims}[faulty]
    real, calls = getattr(module, faulty), []

    def once_broken(*values: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("a fault")
        return real(*values, **named)

    monkeypatch.setattr(module, faulty, once_broken)
    receiver = Receiver()
    _, receiver.secret = _subscribe(database, receiver.url)
    finish()

    async def during() -> None:
        await _until(lambda: _one(database, "SELECT state FROM deliveries") == "delivered")

    _run(_settings(database_url), during)
    receiver.close()


def test_a_delivery_whose_secret_cannot_be_opened_waits_until_it_can(
    database: Database,
    database_url: str,
    finish: Finish,
) -> None:
    receiver = Receiver()
    subscription, receiver.secret = _subscribe(database, receiver.url)
    key = b"o" * 32
    sealed = Vault([key]).seal(subscription, signature.parse(receiver.secret))
    with database.transaction() as connection:
        connection.execute(text("UPDATE subscriptions SET secret = :sealed"), {"sealed": sealed})
    story = finish()

    with structlog.testing.capture_logs() as told:

        async def see_it_fail() -> None:
            await _until(lambda: any(each["event"] == "delivery.failed" for each in told))

        _run(_settings(database_url, send_timeout_seconds=1, delivery_lease_seconds=2.1), see_it_fail)
    assert (receiver.ids, receiver.faults) == ({}, [])
    assert _one(database, "SELECT count(*) FROM attempts") == 0
    assert _one(database, "SELECT state IN ('due', 'sending') AND attempts = 0 FROM deliveries")

    async def see_it_delivered() -> None:
        await _until(lambda: _one(database, "SELECT state FROM deliveries") == "delivered")

    _run(_settings(database_url, secrets_key=(b"n" * 32, key)), see_it_delivered)
    receiver.close()
    assert receiver.faults == []
    assert str(story) in receiver.stories()


def test_a_subscription_may_have_a_schedule_of_its_own(
    database: Database, database_url: str, finish: Finish
) -> None:
    for schedule in ([], None):
        _subscribe(database, "http://127.0.0.1:9/closed", retry_schedule_seconds=schedule)
    finish()

    async def during() -> None:
        await _until(lambda: _one(database, "SELECT count(*) = 2 FROM deliveries WHERE state = 'exhausted'"))

    _run(_settings(database_url), during)
    assert _one(database, "SELECT string_agg(attempts::text, ' ' ORDER BY attempts) FROM deliveries") == "1 3"


def test_an_endpoint_that_is_gone_is_called_once_and_its_owner_can_read_why(
    database: Database, database_url: str, finish: Finish
) -> None:
    receiver = Receiver(status=410)
    subscription, receiver.secret = _subscribe(database, receiver.url)
    finish()
    finish()

    async def during() -> None:
        await _until(lambda: _one(database, "SELECT NOT enabled FROM subscriptions"))

    _run(_settings(database_url, in_flight_per_subscription=1), during)
    receiver.close()
    with database.transaction() as connection:
        found = subscriptions.find(connection, subscription, None)
    assert found is not None
    assert found["disabled_reason"] == "gone"
    assert _one(database, "SELECT count(*) FROM attempts") == 1
    assert _one(database, "SELECT count(*) FROM deliveries WHERE state = 'due'") == 2


def test_an_endpoint_is_left_alone_for_as_long_as_it_asks(
    database: Database, database_url: str, finish: Finish
) -> None:
    receiver = Receiver(status=503, headers={"Retry-After": "600"})
    _, receiver.secret = _subscribe(database, receiver.url)
    finish()

    async def during() -> None:
        await _until(lambda: _one(database, "SELECT attempts FROM deliveries") == 1)

    _run(_settings(database_url), during)
    receiver.close()
    waits = "SELECT due_at - now() BETWEEN interval '570 s' AND interval '600 s' FROM deliveries"
    assert _one(database, waits)


def test_each_subscription_is_told_in_its_own_shape(
    database: Database, database_url: str, finish: Finish
) -> None:
    receivers = [Receiver() for _ in range(3)]
    shapes: list[dict[str, Any]] = [{}, {"fields": ["title"], "offsets": "utf16"}, {"max_bytes": 1_024}]
    for receiver, shape in zip(receivers, shapes, strict=True):
        _, receiver.secret = _subscribe(database, receiver.url, **shape)
    finish()

    async def during() -> None:
        await _until(lambda: all(receiver.events for receiver in receivers))

    _run(_settings(database_url), during)
    for receiver in receivers:
        receiver.close()
        assert receiver.faults == []
    told = [event for receiver in receivers for event in receiver.events.values()]
    assert [each.get("projection") for each in told] == [None, "fields", "thin"]
    assert ["title" in each["data"] for each in told] == [True, True, False]


def test_what_waited_too_long_is_closed_while_a_dispatcher_runs(
    database: Database, database_url: str, finish: Finish
) -> None:
    _subscribe(database, "http://127.0.0.1:9/closed", enabled=False)
    finish()
    with database.transaction() as connection:
        events.fan_out(connection, Matching(Index()))
        connection.execute(text("UPDATE deliveries SET due_at = due_at - interval '2 d'"))
        connection.execute(text("UPDATE subscriptions SET disabled_at = now() - interval '2 d'"))

    async def during() -> None:
        await _until(lambda: _one(database, "SELECT state FROM deliveries") == "expired")

    _run(_settings(database_url, backlog_days=1), during)


def test_what_whoever_deletes_a_subscription_leaves_is_discarded_while_a_dispatcher_runs(
    database: Database, database_url: str, finish: Finish
) -> None:
    subscription, _ = _subscribe(database, "http://127.0.0.1:9/deleted")
    finish()
    with database.transaction() as connection:
        events.fan_out(connection, Matching(Index()))
        subscriptions.delete(connection, subscription, None)

    async def during() -> None:
        await _until(lambda: _one(database, "SELECT state FROM deliveries") == "discarded")

    _run(_settings(database_url), during)


def test_what_cannot_be_sent_within_its_lease_is_left_to_others(
    database: Database, database_url: str, finish: Finish, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver()
    _, receiver.secret = _subscribe(database, receiver.url)
    finish()
    real, frozen = claims.claim, []

    def slow(*values: Any, **named: Any) -> Any:
        found = real(*values, **named)
        if found.deliveries and not frozen:
            frozen.append(1)
            time.sleep(1.3)
        return found

    monkeypatch.setattr(claims, "claim", slow)

    async def during() -> None:
        await _until(lambda: _one(database, "SELECT state FROM deliveries") == "delivered")

    with structlog.testing.capture_logs() as told:
        _run(_settings(database_url, send_timeout_seconds=1, delivery_lease_seconds=2.1), during)
    receiver.close()
    assert any(each["event"] == "delivery.failed" for each in told)
    assert list(receiver.ids.values()) == [1]
    assert _one(database, "SELECT attempts FROM deliveries") == 1
