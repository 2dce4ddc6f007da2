"""A page of the attempt log where ten million attempts are stored."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from bench import plans
from bench.figures import Figure, Goal, Row, Scale, Spread, Tell, at_most, number, percentile
from bench.tree import Tree, grown
from copydesk.model import ErrorClass
from copydesk.store import attempts, deliveries
from copydesk.store.attempts import PageEnd

DAYS = 30
SUBSCRIPTIONS = 100
CHUNK = 200_000  # attempts a transaction
PAGES = 200  # a round, of each kind
MOST_MS = 100.0
STRAY = "attempts_default"


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to ask for a page."""

    title: str
    filters: dict[str, Any]


KINDS = (
    Kind("any attempt", {}),
    Kind("what failed", {"failed": True}),
    Kind("what failed with a timeout, one in 1 000", {"error_class": ErrorClass.TIMEOUT}),
    Kind("what failed in a way that never came", {"error_class": ErrorClass.TLS}),
    Kind("what failed with a status, one in 100", {"status": 503}),
    Kind("a class and a status that never came together", {"error_class": ErrorClass.TIMEOUT, "status": 503}),
)


def measure(scale: Scale, tell: Tell) -> Figure:
    """Fills a database and asks for pages at random places, round after round."""
    taken: dict[str, list[list[float]]] = {kind.title: [] for kind in KINDS}
    with grown(only=()) as tree:
        ids, newest = fill(tree, scale.attempts, tell)
        for turn in range(scale.rounds):
            for kind in KINDS:
                tell(f"round {turn + 1} of {scale.rounds}: {kind.title}")
                taken[kind.title].append(_pages(tree, kind, ids, newest))
        tell("asking for the plans")
        shown = tuple(_plan(tree, kind, ids[0], newest) for kind in KINDS)
    return figure(scale, taken, shown)


def figure(scale: Scale, taken: dict[str, list[list[float]]], shown: tuple[plans.Shown, ...]) -> Figure:
    """Returns the figure, of milliseconds by kind and round."""
    halves = {name: Spread.of(percentile(each, 50) for each in rounds) for name, rounds in taken.items()}
    most = {name: Spread.of(percentile(each, 95) for each in rounds) for name, rounds in taken.items()}
    # What no day's table takes is empty here, and an empty table is read without an index.
    scans = sorted({f"{each.plan.title}: {name}" for each in shown for name in each.scans if name != STRAY})
    worst = max(most.values(), key=lambda spread: spread.median)
    return Figure(
        "A page of the attempt log",
        f"{scale.attempts:,} attempts of {SUBSCRIPTIONS} subscriptions over {DAYS} days, one in 50 failed."
        " Pages of 100 of one subscription, each after a moment at random, by the statements of the API.",
        (
            *(Row(f"{name}, p50", spread, "ms") for name, spread in halves.items()),
            *(Row(f"{name}, p95", spread, "ms") for name, spread in most.items()),
        ),
        (
            at_most("p95 of the slowest kind of page", worst, MOST_MS, "ms"),
            Goal("no day is read from end to end", "; ".join(scans) or "none is", not scans),
        ),
        (f"The slowest p95 of any round was {number(max(each.high for each in most.values()))} ms.",),
        tuple(each.plan for each in shown),
    )


def fill(tree: Tree, count: int, tell: Tell) -> tuple[list[UUID], datetime]:
    """Stores attempts of the last days, up to now; returns the subscriptions and that moment."""
    with tree.database.transaction() as connection:
        now: datetime = connection.exec_driver_sql("SELECT now()").scalar_one()
        for day in range(DAYS + 1):
            deliveries.make_partition(connection, (now - timedelta(days=day)).date())
    with psycopg.connect(tree.url, autocommit=True) as connection:
        ids = [row[0] for row in connection.execute(_SUBSCRIBE, [SUBSCRIPTIONS])]
        for done in range(0, count, CHUNK):
            tell(f"storing {count:,} attempts: {done:,}")
            values = {"from": done, "to": min(done + CHUNK, count), "all": count, "days": DAYS}
            connection.execute(_FILL, {**values, "ids": ids, "now": now})
        tell("analysing")
        connection.execute("VACUUM ANALYZE attempts")
        connection.execute("CHECKPOINT")
    return ids, now


_SUBSCRIBE = """
    INSERT INTO subscriptions (id, source, url, secret, event_types)
    SELECT gen_random_uuid(), 'bench', 'http://127.0.0.1:9/', '', '{story.published}'
    FROM generate_series(1, %s) RETURNING id
"""
_FILL = """
    INSERT INTO attempts (id, started_at, delivery_id, subscription_id, number, duration_ms, status,
                          error_class, detail, response, dispatcher, sent, received, dns_ms, connect_ms,
                          first_byte_ms)
    SELECT gen_random_uuid(), %(now)s - make_interval(days => %(days)s) * (1 - n::double precision / %(all)s),
           gen_random_uuid(), (%(ids)s::uuid[])[1 + n %% cardinality(%(ids)s::uuid[])], 1, 5 + 20 * random(),
           CASE kind WHEN 'timeout' THEN NULL WHEN 'http_5xx' THEN 500 + 3 * (n %% 2) ELSE 204 END, kind,
           CASE WHEN kind IS NOT NULL THEN 'The endpoint answered 503.' END, 'thank you', 'bench',
           '[["Host", "wall.example.org"], ["User-Agent", "copydesk/0.1.0"], ["Accept", "*/*"],
             ["Content-Type", "application/json"], ["webhook-id", "01a20324-4617-75f5-8d16-8f6f0eb29310"],
             ["webhook-timestamp", "1795349038"], ["webhook-signature", "v1,MTIzNDU2…"],
             ["copydesk-sequence", "42"], ["Content-Length", "7012"]]',
           '[["Date", "Sun, 22 Nov 2026 12:03:58 GMT"], ["Content-Length", "9"]]', 0.3, 0.8, 4 + 15 * random()
    FROM generate_series(%(from)s::bigint, %(to)s::bigint - 1) AS n, LATERAL (
        SELECT CASE WHEN r < 0.001 THEN 'timeout' WHEN r < 0.02 THEN 'http_5xx' END AS kind
        FROM (SELECT random() AS r, n) AS drawn
    ) AS failed
"""


def _pages(tree: Tree, kind: Kind, ids: list[UUID], newest: datetime) -> list[float]:
    """Returns the milliseconds of each page."""
    return [_milliseconds(lambda: _ask(tree, kind, random.choice(ids), newest)) for _ in range(PAGES)]  # noqa: S311 - no secret


def _ask(tree: Tree, kind: Kind, subscription: UUID, newest: datetime) -> None:
    moment = newest - timedelta(days=DAYS * random.random())  # noqa: S311 - no secret
    with tree.database.transaction() as connection:
        attempts.listing(connection, subscription, after=PageEnd.at(moment), **kind.filters)


def _milliseconds(ask: Callable[[], None]) -> float:
    began = time.perf_counter()
    ask()
    return 1000 * (time.perf_counter() - began)


def _plan(tree: Tree, kind: Kind, subscription: UUID, newest: datetime) -> plans.Shown:
    """Returns how a page is read that goes back as far as there is anything: two days, here."""
    after = PageEnd.at(newest - timedelta(days=DAYS - 2))
    with tree.database.transaction() as connection:
        *_, (statement, values) = plans.recorded(
            connection, lambda sent: attempts.listing(sent, subscription, after=after, **kind.filters)
        )
        return plans.shown(kind.title, plans.plan(connection, statement, values))
