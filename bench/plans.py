"""The statements that look for work, as they are run, and how PostgreSQL goes about them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from unittest import mock

from sqlalchemy import Connection, TextClause, event, text

from bench.figures import Plan
from copydesk.model import Lane
from copydesk.settings import DispatcherSettings, EnrichSettings, Settings
from copydesk.store import claims, events, leases, statements
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from services.publish.matching import Index

LARGE = ("stories", "revisions", "steps", "enrichments", "events", "deliveries", "attempts")
PARTIAL = ("deliveries_due", "deliveries_sending", "revisions_leased", "revisions_waiting")
_INDEX = re.compile(r"Index (?:Only )?Scan(?: Backward)? using (\w+)|Bitmap Index Scan on (\w+)")
_WHOLE = re.compile(r"Seq Scan on (\w+)")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VERB = re.compile(r"(?:UPDATE|FROM) (?!\()\w+")
Statement = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """A plan, the indexes it uses, and the large tables it reads from end to end."""

    plan: Plan
    indexes: tuple[str, ...]
    scans: tuple[str, ...]


def explain(database: Database) -> tuple[Shown, ...]:
    """Returns how what claims and sweeps is run in this database, in which nothing changes."""
    with database.transaction() as connection:
        found = tuple(
            shown(_title(kind, statement), plan(connection, statement, values))
            for kind, run in _RUNS
            for statement, values in recorded(connection, run)
        )
        connection.rollback()
    return found


def shown(title: str, lines: Sequence[str]) -> Shown:
    """Returns a plan with what matters in it."""
    told = "\n".join(lines)
    indexes = sorted({either or other for either, other in _INDEX.findall(told)})
    scans = sorted({name for name in _WHOLE.findall(told) if name.startswith(LARGE)})
    return Shown(Plan(title, tuple(lines)), tuple(indexes), tuple(scans))


def _default(group: type[Settings], name: str) -> Any:  # noqa: ANN401 - a setting may have any type
    return group.model_fields[name].default


def _sweep(connection: Connection) -> None:
    older = _default(EnrichSettings, "forgotten_seconds")
    leases.quarantine_exhausted(connection, _default(EnrichSettings, "max_attempts"))
    leases.waiting(connection, Lane.NORMAL, 1_000)
    leases.forgotten(connection, Lane.NORMAL, older_seconds=older, messages=1_000, limit=1_000)


def _fan_out(connection: Connection) -> None:
    events.fan_out(connection, Matching(Index()))


def _claim(connection: Connection) -> None:
    cap, limit = (_default(DispatcherSettings, name) for name in ("in_flight_per_subscription", "in_flight"))
    claims.claim(connection, cap=cap, limit=limit, lease_seconds=30)


_RUNS: tuple[tuple[str, Callable[[Connection], None]], ...] = (
    ("sweep", _sweep),
    ("fan-out", _fan_out),
    ("claim", _claim),
)


def recorded(connection: Connection, run: Callable[[Connection], object]) -> list[Statement]:
    """Runs something and returns the statements on tables that it sent, with their values."""
    sent: list[Statement] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:  # noqa: ANN401 - as SQLAlchemy calls it
        if _VERB.search(statement):
            sent.append((statement, values))

    connection.execute(text("UPDATE subscriptions SET next_due = now()"))  # or there is nothing to claim
    event.listen(connection, "before_cursor_execute", note)
    try:
        with mock.patch.object(statements, "rows", _rows):  # which goes past SQLAlchemy
            run(connection)
    finally:
        event.remove(connection, "before_cursor_execute", note)
    return sent


def _rows(connection: Connection, statement: TextClause, values: Any) -> list[Any]:  # noqa: ANN401 - of any type
    result = connection.execute(statement, values)
    return list(result) if result.returns_rows else []


def plan(connection: Connection, statement: str, values: Any) -> list[str]:  # noqa: ANN401 - see above
    """Returns how PostgreSQL would go about a statement, line by line."""
    lines = connection.exec_driver_sql(f"EXPLAIN {statement}", values).scalars()
    return [_ID.sub("…", line) for line in lines]


def _title(kind: str, statement: str) -> str:
    found = _VERB.search(statement)
    return f"{kind}: {found[0] if found else statement[:20]}"
