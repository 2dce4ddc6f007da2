"""How many of the newest records a filter matches, with samples: bounded in work and time."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from copydesk.model import EventType
from copydesk.records import timestamp
from copydesk.store.database import Database
from copydesk.store.recent import Recent, recent
from services.publish import filters
from services.publish.filters import Condition

RECORDS = (EventType.PUBLISHED, EventType.UPDATED)
BATCH = 200
MOST_EXAMINED = 5_000
MOST_SECONDS = 5.0  # after these no further batch is begun


@dataclass(slots=True)
class Preview:
    """What was found.

    Args:
        since: from when on every record was examined.
        complete: whether that is as far back as was asked.
        examined: records that were.
        matched: those of them that match.
        samples: the newest that do.
    """

    since: datetime
    complete: bool = False
    examined: int = 0
    matched: int = 0
    samples: list[Recent] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Returns it as it is answered."""
        return {
            "since": timestamp(self.since),
            "complete": self.complete,
            "examined": self.examined,
            "matched": self.matched,
            "samples": [_sample(each) for each in self.samples],
        }


def _sample(found: Recent) -> dict[str, Any]:
    return {
        "id": str(found.story_id),
        "version": found.version,
        "type": found.event.type,
        "source": found.event.source,
        "title": found.event.title,
        "timestamp": timestamp(found.at),
        "links": {"record": f"/v1/records/{found.story_id}?version={found.version}"},
    }


def preview(
    database: Database, types: Sequence[EventType], condition: Condition, since: datetime, samples: int
) -> Preview:
    """Holds the newest records against a condition, `MOST_EXAMINED` at the most.

    Args:
        database: where they are; each batch is read in a transaction of its own.
        types: of events that are asked for; of records alone, others are not counted.
        condition: what the filter means.
        since: how far back to look.
        samples: how many of those that match are shown.

    Raises:
        OutageError: see `Database.transaction`.
    """
    found, last, ends = Preview(since), None, time.monotonic() + MOST_SECONDS
    wanted = [each for each in RECORDS if each in types]
    while found.examined < MOST_EXAMINED and time.monotonic() < ends:
        with database.transaction() as connection:
            batch = recent(
                connection,
                wanted,
                since=since,
                before=last,
                limit=BATCH,
                record=filters.reads_record(condition),
                words=filters.reads_text(condition),
            )
        matching = [each for each in batch if condition.holds(filters.facts(each.event))]
        found.examined += len(batch)
        found.matched += len(matching)
        found.samples += matching[: samples - len(found.samples)]
        if len(batch) < BATCH:
            found.complete = True
            return found
        last, found.since = batch[-1].event.id, batch[-1].at
    return found
