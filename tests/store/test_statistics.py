"""Statistics, beside the same added up in Python."""

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from copydesk.errors import CallerError
from copydesk.store import deliveries, statistics
from copydesk.store.database import Database
from copydesk.store.statistics import Bucket

BEGIN, END = datetime(2026, 11, 9, 22, 30, tzinfo=UTC), datetime(2026, 11, 10, 3, 10, 30, tzinfo=UTC)
MINE, ALSO_MINE, OTHER = uuid4(), uuid4(), uuid4()
CLASSES = (None, None, None, "timeout", "http_5xx")


class Made(NamedTuple):
    begun: datetime
    subscription: UUID
    milliseconds: float
    error_class: str | None


def _draw(seed: int, count: int) -> list[Made]:
    """Draws attempts; some begin at the very bounds, and where a bucket does."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    seconds = int((END - BEGIN).total_seconds())
    return [
        Made(
            BEGIN
            + timedelta(seconds=dice.choice([dice.randint(-3_600, seconds + 3_600), 0, seconds, 1_800])),
            dice.choice([MINE, ALSO_MINE, OTHER]),
            float(dice.randint(1, 50)),
            dice.choice(CLASSES),
        )
        for _ in range(count)
    ]


def _store(database: Database, made: Sequence[Made]) -> None:
    with database.transaction() as connection:
        deliveries.make_partition(connection, END.date())
        for each in made:
            connection.execute(
                text("""
                    INSERT INTO attempts (id, started_at, delivery_id, subscription_id, number, duration_ms,
                                          error_class, dispatcher)
                    VALUES (gen_random_uuid(), :begun, gen_random_uuid(), :subscription, 1, :milliseconds,
                            :error_class, 'd1')
                """),
                each._asdict(),
            )


def _rank(values: Sequence[float], percent: int) -> float:
    """Nearest rank: the smallest value that so many percent do not exceed."""
    return sorted(values)[max(-(-len(values) * percent // 100), 1) - 1]


def _numbers(made: Sequence[Made]) -> dict[str, Any]:
    taken = [each.milliseconds for each in made]
    latency = {f"p{percent}": _rank(taken, percent) for percent in (50, 95, 99)} if taken else None
    return {"attempts": len(made), "latency_ms": latency}


def _summary(made: Sequence[Made]) -> dict[str, Any]:
    by_class = defaultdict(list)
    for each in made:
        by_class[each.error_class or "ok"].append(each)
    failed = len(made) - len(by_class.get("ok", ()))
    return {
        **_numbers(made),
        "failed": failed,
        "error_rate": round(failed / len(made), 6) if made else None,
        "classes": {name: _numbers(some) for name, some in by_class.items()},
    }


def _floor(moment: datetime, bucket: Bucket) -> datetime:
    least = {"second": 0, "microsecond": 0}
    if bucket is not Bucket.MINUTE:
        least["minute"] = 0
    if bucket is Bucket.DAY:
        least["hour"] = 0
    return moment.replace(**least)  # type: ignore[arg-type]


def _expected(made: Sequence[Made], ids: Sequence[UUID], bucket: Bucket) -> dict[str, Any]:
    mine = [each for each in made if each.subscription in ids and BEGIN <= each.begun < END]
    parts = defaultdict(list)
    for each in mine:
        parts[_floor(each.begun, bucket)].append(each)
    return {**_summary(mine), "buckets": [{"at": at, **_summary(parts[at])} for at in sorted(parts)]}


@pytest.mark.parametrize("bucket", Bucket)
@pytest.mark.parametrize(("seed", "count"), [(1, 0), (2, 1), (3, 7), (4, 150)])
def test_they_are_what_adding_up_gives(database: Database, bucket: Bucket, seed: int, count: int) -> None:
    made = _draw(seed, count)
    _store(database, made)
    for ids in ([MINE], [MINE, ALSO_MINE], []):
        with database.transaction() as connection:
            found = statistics.of_attempts(connection, ids, BEGIN, END, bucket)
        assert found == _expected(made, ids, bucket)


def test_more_than_can_be_added_up_is_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "MOST_ROWS", 3)
    one = Made(BEGIN, MINE, 1.0, None)
    _store(database, [one] * 3)
    with database.transaction() as connection:
        assert statistics.of_attempts(connection, [MINE], BEGIN, END, Bucket.HOUR)["attempts"] == 3
    _store(database, [one])
    with database.transaction() as connection, pytest.raises(CallerError, match="ask for a shorter one"):
        statistics.of_attempts(connection, [MINE], BEGIN, END, Bucket.HOUR)


def test_an_index_alone_is_read(database: Database) -> None:
    statement = statistics._ATTEMPTS  # noqa: SLF001 - what is promised is its plan
    values = {"ids": [MINE], "since": BEGIN, "until": END, "width": Bucket.HOUR.width, "most": 10}
    _store(database, _draw(5, 2_000))
    with database.transaction() as connection:
        connection.execute(text("ANALYZE attempts"))
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        explained = text(f"EXPLAIN {statement.text}").bindparams(ids=[MINE])
        plan = "\n".join(connection.execute(explained, values).scalars())
    assert "Index Only Scan using attempts_20261110_subscription_id_started_at_id_duration" in plan
