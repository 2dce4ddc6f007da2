"""Replays: what of the past is sent again, or was never owed; made once, carried out step by step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, RowMapping, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from copydesk.model import OF_RECORDS, DeliveryState, Listener, ReplayState, Unplaced, first_id, new_id
from copydesk.store import placed
from copydesk.store.editions import EDITION, LEFT_JOIN_RECORD
from copydesk.store.events import DELIVERIES_CHANNEL, IDS

LOOKED_AT: Final = 200  # events that one step holds against filters
WINDOW: Final = 5_000  # positions that one step goes on at the most
AHEAD: Final = 32
"""Deliveries of a subscription that are due at once because of its replays: news waits for no more."""
PAUSE_SECONDS: Final = 0.1  # where so many are due
_SLACK = timedelta(minutes=10)  # by which ids may be off the clock of the database

_COUNTED: Final = ("again", "added", "superseded", "expired", "waiting")

Wants = Callable[[Unplaced, Listener], bool]


def create(connection: Connection, source: str, document: dict[str, Any]) -> dict[str, Any]:
    """Stores a replay of the events that have their place by now, and returns it.

    Args:
        connection: an open transaction.
        source: whose it is: that of its subscription.
        document: a valid one, with its defaults; times as the database takes them.
    """
    since, before = document.get("since"), document.get("before")
    values = {
        "id": new_id(),
        "source": source,
        "subscription": document["subscription"],
        "chosen": document["only"] or "all",
        "since": since,
        "before": before,
        "filter": document.get("filter"),
        "dry_run": document["dry_run"],
        "since_id": first_id(since - _SLACK) if since else None,
        "before_id": first_id(before + _SLACK) if before else None,
    }
    return _shown(connection.execute(_CREATE, values).mappings().one())


_COLUMNS = """
    id, source, subscription_id AS subscription, nullif(chosen, 'all') AS only, since, before, filter,
    dry_run, state, again, added, superseded, expired, waiting, created_at, settled_at,
    CASE WHEN state = 'done' OR last_position <= first_position THEN 1 ELSE
        (position - first_position)::double precision / (last_position - first_position) END AS progress
"""
# Ids follow the clock as positions do, but not exactly: of the nearest thousand the outermost position holds.
_CREATE = text(f"""
    WITH ends AS (
        SELECT CASE WHEN CAST(:since_id AS uuid) IS NULL THEN 0 ELSE coalesce((
                   SELECT min(position) - 1 FROM (
                       SELECT position FROM events WHERE id >= :since_id AND position IS NOT NULL
                       ORDER BY id LIMIT 1000) AS first), c.position) END AS first,
               CASE WHEN CAST(:before_id AS uuid) IS NULL THEN c.position ELSE coalesce((
                   SELECT max(position) FROM (
                       SELECT position FROM events WHERE id < :before_id AND position IS NOT NULL
                       ORDER BY id DESC LIMIT 1000) AS last), 0) END AS last
        FROM event_counter c
    )
    INSERT INTO replays (id, source, subscription_id, chosen, since, before, filter, dry_run, state,
                         first_position, position, last_position)
    SELECT :id, :source, :subscription, :chosen, :since, :before, :filter, :dry_run, 'running',
           first, first, last
    FROM ends
    RETURNING {_COLUMNS}
""").bindparams(bindparam("filter", type_=JSONB(none_as_null=True)))  # noqa: S608 - the columns are ours


def find(connection: Connection, replay_id: UUID, source: str | None) -> dict[str, Any] | None:
    """Returns a replay, if `source` may see it."""
    row = connection.execute(_FIND, {"id": replay_id, "source": source}).mappings().one_or_none()
    return _shown(row) if row else None


_FIND = text(f"""
    SELECT {_COLUMNS} FROM replays WHERE id = :id AND (CAST(:source AS text) IS NULL OR source = :source)
""")  # noqa: S608 - the columns are ours


def listing(
    connection: Connection, source: str | None, *, after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Returns replays by id after `after`, `limit` at the most."""
    values = {"source": source, "after": after, "limit": limit}
    return [_shown(row) for row in connection.execute(_LISTING, values).mappings()]


_LISTING = text(f"""
    SELECT {_COLUMNS} FROM replays
    WHERE (CAST(:source AS text) IS NULL OR source = :source)
      AND (CAST(:after AS uuid) IS NULL OR id > :after)
    ORDER BY id LIMIT :limit
""")  # noqa: S608 - the columns are ours


def cancel(connection: Connection, replay_id: UUID) -> ReplayState | None:
    """Ends a replay that runs; what it made due stays so. Returns its state then; `None`: there is none."""
    connection.execute(_CANCEL, {"id": replay_id})
    state = connection.execute(_STATE, {"id": replay_id}).scalar()
    return ReplayState(state) if state else None


_CANCEL = text("""
    UPDATE replays SET state = 'cancelled', settled_at = clock_timestamp()
    WHERE id = :id AND state = 'running'
""")
_STATE = text("SELECT state FROM replays WHERE id = :id")


def _shown(row: RowMapping) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}


# Carrying out


class Step(NamedTuple):
    """What one step did: the replay, its state afterwards, and how many deliveries are due by it."""

    replay_id: UUID
    state: ReplayState
    made: int


@dataclass(frozen=True, slots=True)
class _Job:
    id: UUID
    subscription_id: UUID
    chosen: str
    since: datetime | None
    before: datetime | None
    filter: dict[str, Any] | None
    dry_run: bool
    position: int
    last_position: int


def step(connection: Connection, wants: Wants, replay_id: UUID | None = None) -> Step | None:
    """Takes the replay that has waited longest one step further, in one transaction.

    Whoever dies in it leaves it as it was; two at once take two replays. A step makes few deliveries due,
    and none while its subscription has many: what is new goes out in between.

    Args:
        connection: an open transaction.
        wants: whether a listener wants an event; pure.
        replay_id: which, rather than the one that has waited longest.

    Returns:
        What it did; `None` where there is nothing to do now.
    """
    row = connection.execute(_TAKE, {"id": replay_id}).one_or_none()
    if row is None:
        return None
    job = _Job(*row)
    # Before what is owed is looked at: nobody claims, settles or fans out to it meanwhile.
    found = placed.wanted(connection, job.subscription_id, None, hold=True)
    if found is None:
        return _keep(connection, job, ReplayState.CANCELLED, job.position, {})
    room = LOOKED_AT if job.dry_run else AHEAD - _due(connection, job)
    if room <= 0:
        connection.execute(_POSTPONE, {"id": job.id, "pause": PAUSE_SECONDS})
        return Step(job.id, ReplayState.RUNNING, 0)
    chosen, position = _next(connection, job, found, wants, room)
    fates = _fates(connection, job, chosen)
    if not job.dry_run:
        _owe(connection, job, fates)
    state = ReplayState.DONE if position >= job.last_position else ReplayState.RUNNING
    return _keep(connection, job, state, position, fates)


_TAKE = text("""
    SELECT id, subscription_id, chosen, since, before, filter, dry_run, position, last_position
    FROM replays
    WHERE state = 'running'
      AND CASE WHEN CAST(:id AS uuid) IS NULL THEN due_at <= statement_timestamp() ELSE id = :id END
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
""")


def _due(connection: Connection, job: _Job) -> int:
    values = {"id": job.subscription_id, "most": AHEAD}
    count: int = connection.execute(_DUE, values).scalar_one()
    return count


_DUE = text("""
    SELECT count(*) FROM (
        SELECT FROM deliveries
        WHERE subscription_id = :id AND state = 'due' AND due_at <= statement_timestamp() LIMIT :most) AS due
""")
_POSTPONE = text("""
    UPDATE replays SET due_at = clock_timestamp() + make_interval(secs => :pause) WHERE id = :id
""")


def _next(
    connection: Connection, job: _Job, wanted: placed.Wanted, wants: Wants, room: int
) -> tuple[list[UUID], int]:
    """Returns the events that are wanted next, `room` at the most, and how far that looked."""
    also = Listener(job.subscription_id, wanted.listener.source, job.filter, wanted.listener.is_admin)
    stretch = placed.candidates(
        connection,
        after=job.position,
        until=min(job.position + WINDOW, job.last_position),
        types=wanted.types,
        limit=LOOKED_AT,
        record=True,
        words=True,
        since=job.since,
        before=job.before,
    )
    chosen: list[UUID] = []
    for candidate in stretch.found:
        if wants(candidate.event, wanted.listener) and wants(candidate.event, also):
            chosen.append(candidate.event.id)
            if len(chosen) == room:
                return chosen, candidate.position
    return chosen, stretch.position


def fate(
    state: DeliveryState | None, chosen: str, *, is_superseded: bool = False, is_expired: bool = False
) -> str | None:
    """Returns what a replay does with an event; `None` where it is not meant.

    Args:
        state: of what is owed to the subscription; `None` where it never was.
        chosen: `all`, `failed` or `missing`.
        is_superseded: whether it was told of a newer version of the same story, or will be.
        is_expired: whether what is owed is older than the subscription wants.
    """
    if state is None:
        kind = "missing"
    elif state in {DeliveryState.EXHAUSTED, DeliveryState.EXPIRED, DeliveryState.DISCARDED}:
        kind = "failed"
    else:
        kind = "other"
    if chosen not in {"all", kind}:
        return None
    if state in {DeliveryState.DUE, DeliveryState.SENDING}:
        return "waiting"
    if is_superseded or is_expired:
        return "superseded" if is_superseded else "expired"
    return "added" if state is None else "again"


def _fates(connection: Connection, job: _Job, events: Sequence[UUID]) -> dict[str, list[UUID]]:
    """Returns events by what becomes of them, in their order."""
    fates: dict[str, list[UUID]] = {name: [] for name in _COUNTED}
    if events:
        values = {
            "ids": list(events),
            "subscription": job.subscription_id,
            "of_records": sorted(OF_RECORDS),
        }
        for row_id, state, is_superseded, is_expired in connection.execute(_KNOWN, values):
            known = DeliveryState(state) if state else None
            if name := fate(known, job.chosen, is_superseded=is_superseded, is_expired=is_expired):
                fates[name].append(row_id)
    return fates


# An event that retention removes at this moment is left out. A story's positions follow its versions.
_KNOWN = text("""
    WITH given AS (
        SELECT id, story_id, type, position FROM events WHERE id = ANY(:ids)
        ORDER BY position FOR KEY SHARE SKIP LOCKED
    )
    SELECT g.id, d.state, g.story_id IS NOT NULL AND EXISTS (
        SELECT FROM events n JOIN deliveries o ON o.event_id = n.id AND o.subscription_id = :subscription
        WHERE n.story_id = g.story_id AND n.position > g.position
          AND n.type = ANY(:of_records) AND g.type = ANY(:of_records)
          AND (o.state IN ('due', 'sending') OR o.attempts > 0)
    ), coalesce(d.created_at + make_interval(secs => s.expires_after_seconds) < clock_timestamp(), false)
    FROM given g JOIN subscriptions s ON s.id = :subscription
         LEFT JOIN deliveries d ON d.event_id = g.id AND d.subscription_id = :subscription
    ORDER BY g.position
""").bindparams(bindparam("ids", type_=IDS))


def _owe(connection: Connection, job: _Job, fates: dict[str, list[UUID]]) -> None:
    again, added = fates["again"], fates["added"]
    values = {
        "subscription": job.subscription_id,
        "again": again,
        "added": added,
        "of_records": sorted(OF_RECORDS),
    }
    if again:
        connection.execute(_AGAIN, values)
    if added:
        connection.execute(_ADD, {**values, "ids": [new_id() for _ in added]})
    if again or added:
        connection.execute(_AWAKEN, {**values, "channel": DELIVERIES_CHANNEL})


_AGAIN = text(f"""
    UPDATE deliveries d SET
        state = 'due', due_at = clock_timestamp(), resume_at = NULL, settled_at = NULL,
        schedule_start = d.attempts, story_id = r.story_id,
        edition = {EDITION}
    FROM events e {LEFT_JOIN_RECORD}
    WHERE e.id = d.event_id AND d.event_id = ANY(:again) AND d.subscription_id = :subscription
      AND d.state NOT IN ('due', 'sending')
""").bindparams(bindparam("again", type_=IDS))  # noqa: S608 - the columns are ours
_ADD = text(f"""
    WITH numbered AS (
        UPDATE subscriptions SET last_sequence = last_sequence + cardinality(:added) WHERE id = :subscription
        RETURNING last_sequence - cardinality(:added) AS before
    )
    INSERT INTO deliveries (id, event_id, subscription_id, sequence, state, story_id, edition)
    SELECT given.id, given.event_id, :subscription, numbered.before + given.number, 'due', r.story_id,
           {EDITION}
    FROM numbered, unnest(:ids, :added) WITH ORDINALITY AS given(id, event_id, number)
         JOIN events e ON e.id = given.event_id {LEFT_JOIN_RECORD}
""").bindparams(bindparam("ids", type_=IDS), bindparam("added", type_=IDS))  # noqa: S608 - the columns are ours
_AWAKEN = text("""
    WITH awakened AS (
        UPDATE subscriptions SET next_due = least(next_due, now()) WHERE id = :subscription
    )
    SELECT pg_notify(:channel, '')
""")


def _keep(
    connection: Connection, job: _Job, state: ReplayState, position: int, fates: dict[str, list[UUID]]
) -> Step:
    counts = {name: len(fates.get(name, ())) for name in _COUNTED}
    connection.execute(_KEEP, {"id": job.id, "state": state, "position": position, **counts})
    return Step(job.id, state, 0 if job.dry_run else counts["again"] + counts["added"])


_KEEP = text("""
    UPDATE replays SET
        state = :state, position = :position, again = again + :again, added = added + :added,
        superseded = superseded + :superseded, expired = expired + :expired, waiting = waiting + :waiting,
        due_at = clock_timestamp(),
        settled_at = CASE WHEN :state <> 'running' THEN clock_timestamp() END
    WHERE id = :id AND state = 'running'
""")
