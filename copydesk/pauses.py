"""Pauses before trying again, spread so that what failed together does not come back together."""

import asyncio
import random

JITTER = 0.2


def jittered(seconds: float) -> float:
    """Returns a pause of about `seconds`: ±20 %, evenly spread."""
    return seconds * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - spreads load, keeps no secret


def doubling(attempt: int, first_seconds: float, longest_seconds: float = 600) -> float:
    """Returns the pause after a failed try, before jitter: doubles each time, up to `longest_seconds`.

    Args:
        attempt: the try that failed, from 1.
        first_seconds: the pause after the first.
        longest_seconds: the longest pause.
    """
    return min(first_seconds * 2.0 ** min(attempt - 1, 30), longest_seconds)


async def wait(event: asyncio.Event, seconds: float) -> None:
    """Pauses until an event is set, `seconds` at the most."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
