"""What attempts came to: gathered, stored together, told in metrics and the log."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

import structlog
from structlog.typing import FilteringBoundLogger

from copydesk import logs, metrics
from copydesk.errors import OutageError
from copydesk.health import News
from copydesk.model import DeliveryState, Settlement
from copydesk.store import settlements
from copydesk.store.claims import Claim
from copydesk.store.settlements import Kept
from services.publish.transactions import Transactions

log = structlog.get_logger(__name__)
OUTAGE_SECONDS = 0.5


class Finished(NamedTuple):
    """An attempt whose outcome is to be stored, until its lease can hold no longer."""

    claimed: Claim
    outcome: Settlement
    until: float  # of the event loop's clock


class Settling:
    """Attempts that are made and not yet stored.

    Args:
        transactions: where they are stored.
        name: of the dispatcher that made them.
        lease_seconds: how long an outage of the database is waited out for each.
    """

    def __init__(self, transactions: Transactions, name: str, lease_seconds: float) -> None:
        self._transactions = transactions
        self._name = name
        self._lease_seconds = lease_seconds
        self._finished: list[Finished] = []

    def __len__(self) -> int:
        return len(self._finished)

    def add(self, claimed: Claim, outcome: Settlement) -> None:
        """Takes what one attempt came to."""
        self._finished.append(Finished(claimed, outcome, _now() + self._lease_seconds))

    async def settle(self) -> float | None:
        """Stores all that there is in one transaction.

        One that cannot be stored is told and left to its lease; after an outage, and a pause, they are all
        still there.

        Returns:
            The seconds until a subscription has more that is due; `None` where none is known to.
        """
        batch = tuple(self._finished)
        try:
            return await self._store(batch)
        except OutageError as error:
            await self._put_off(batch, error)
        except Exception as error:  # noqa: BLE001 - one of them is at fault: the others are stored without it
            return await self._settle_apart(batch, error)
        return None

    async def _settle_apart(self, batch: Sequence[Finished], fault: Exception) -> float | None:
        if len(batch) == 1:
            self._give_up(batch[0], fault)
            return None
        pauses = []
        for each in batch:
            try:
                pauses.append(await self._store([each]))
            except OutageError as error:
                await self._put_off([each], error)
                break
            except Exception as error:  # noqa: BLE001 - it is told
                self._give_up(each, error)
        return _least(pauses)

    async def _store(self, batch: Sequence[Finished]) -> float | None:
        given = [(each.claimed, each.outcome) for each in batch]
        kept, news = await self._transactions.make(
            lambda connection: settlements.settle(connection, given, self._name)
        )
        self._forget(batch)
        for subscription, heard in news:
            _tell_news(subscription, heard)
        _tell([(each, _state(kept.get(each.claimed.delivery_id))) for each in batch])
        return (
            0
            if any(found.more for found in kept.values())
            else _least(each.outcome.retry_seconds for each in batch)
        )

    async def _put_off(self, batch: Sequence[Finished], error: OutageError) -> None:
        for each in batch:
            if each.until < _now():
                self._give_up(each, error)
            else:
                log.warning("delivery.unsettled", error=str(error), **_ids(each.claimed))
        await asyncio.sleep(OUTAGE_SECONDS)

    def _give_up(self, finished: Finished, error: Exception) -> None:
        self._forget([finished])
        tell_failure(finished.claimed, error)

    def _forget(self, batch: Sequence[Finished]) -> None:
        gone = {_key(each) for each in batch}
        self._finished = [each for each in self._finished if _key(each) not in gone]


def tell_failure(claimed: Claim, error: BaseException) -> None:
    """Tells of a delivery that failed by our own fault; it is sent again when its lease has run out."""
    log.error("delivery.failed", exc_info=error, **_ids(claimed))


def _tell_news(subscription: UUID, heard: News) -> None:
    told = {"what": heard.what, "percent": heard.percent, "reason": heard.reason}
    log.warning("subscription.changed", subscription_id=str(subscription), **told)


def _tell(told: Sequence[tuple[Finished, DeliveryState | None]]) -> None:
    """Tells of attempts, and of the states that they led to; `None` where the lease was lost."""
    counts = Counter((state or "lost", each.outcome.attempt.error_class or "none") for each, state in told)
    for labels, count in counts.items():
        metrics.DELIVERIES.labels(*labels).inc(count)
    bound = log.bind()  # once, and not for each line
    with logs.gathered():
        for each, state in told:
            _tell_one(each, bound, state)


def _tell_one(finished: Finished, bound: FilteringBoundLogger, state: DeliveryState | None) -> None:
    claimed, attempt = finished.claimed, finished.outcome.attempt
    seconds = attempt.duration_ms / 1000
    metrics.ATTEMPT_SECONDS.observe(seconds)
    if state is DeliveryState.DELIVERED:
        waited = (attempt.started_at - claimed.event_at).total_seconds()
        metrics.DELIVERY_LATENCY_SECONDS.observe(max(waited, 0) + seconds)
    bound.info(
        "delivery.attempted" if state else "delivery.lease_lost",
        **_ids(claimed),
        event_id=str(claimed.event_id),
        state=state or finished.outcome.state,
        status=attempt.status,
        error_class=attempt.error_class,
        duration_ms=attempt.duration_ms,
    )


def _state(kept: Kept | None) -> DeliveryState | None:
    return kept.state if kept else None


def _ids(claimed: Claim) -> dict[str, str]:
    story = {"story_id": str(claimed.story_id)} if claimed.story_id else {}
    return {**story, "delivery_id": str(claimed.delivery_id)}


def _key(finished: Finished) -> tuple[UUID, UUID]:
    return finished.claimed.delivery_id, finished.claimed.token


def _least(pauses: Iterable[float | None]) -> float | None:
    return min((pause for pause in pauses if pause is not None), default=None)


def _now() -> float:
    return asyncio.get_running_loop().time()
