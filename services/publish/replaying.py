"""Replays carried out: a step at a time, by whichever dispatcher is free."""

import asyncio
from functools import partial
from typing import Final

import structlog

from copydesk import metrics
from copydesk.model import ReplayState
from copydesk.pauses import wait
from copydesk.store import replays
from copydesk.store.replays import Step
from services.publish import filters
from services.publish.transactions import Transactions

STEP_SECONDS: Final = 0.02  # between steps: what is new is claimed and settled in between
LOOK_SECONDS: Final = 1.0  # for a replay, where there was none

log = structlog.get_logger(__name__)


async def carry_out(transactions: Transactions, stopping: asyncio.Event) -> None:
    """Takes replays step by step until it is told to stop.

    Raises:
        OutageError: the database is away; what was done is kept.
    """
    while not stopping.is_set():
        step = await transactions.make(partial(replays.step, wants=filters.wants))
        if step is not None:
            _tell(step)
        await wait(stopping, LOOK_SECONDS if step is None else STEP_SECONDS)


def _tell(step: Step) -> None:
    metrics.REPLAYED.inc(step.made)
    if step.state is not ReplayState.RUNNING:
        log.info("replay.ended", replay_id=str(step.replay_id), state=step.state)
