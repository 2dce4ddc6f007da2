"""Commits together what arrives together: a transaction for each story would wait for the disk each time."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

from copydesk.model import MESSAGE_IDS
from copydesk.store.database import Database
from copydesk.store.stories import Accepted, Post
from services.ingest.acceptance import Result, commit
from services.ingest.nudge import Nudge

WRITERS: Final = 2
"""Transactions at once: while one waits for the disk, the next is written."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    post: Post
    answer: asyncio.Future[Accepted]


class Intake:
    """Commits stories, then lets the workers know. Nobody is answered before the own story is committed.

    A story waits for nothing while a writer is free. What arrives while none is goes into one transaction,
    and the ids of each lane into one message.

    Args:
        database: where stories are kept.
        nudge: tells the workers.
    """

    def __init__(self, database: Database, nudge: Nudge) -> None:
        self._database = database
        self._nudge = nudge
        self._threads = ThreadPoolExecutor(WRITERS, thread_name_prefix="commit")
        self._waiting: list[_Waiting] = []
        self._writing: set[asyncio.Task[None]] = set()
        self._in_hand: set[tuple[str, str]] = set()

    async def accept(self, post: Post) -> Accepted:
        """Returns once the story is committed.

        Raises:
            CallerError: its version is there with other content.
            OutageError: the database is away; the story may be there or not.
        """
        answer: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(post, answer))
        self._write()
        return await answer

    async def close(self) -> None:
        """Finishes what is in hand."""
        while self._writing:
            await asyncio.wait(self._writing)
        self._threads.shutdown()
        await self._nudge.close()

    def _write(self) -> None:
        while len(self._writing) < WRITERS and (group := self._group()):
            task = asyncio.create_task(self._commit(group))
            self._writing.add(task)
            task.add_done_callback(partial(self._written, group))

    def _written(self, group: Sequence[_Waiting], task: asyncio.Task[None]) -> None:
        self._writing.discard(task)
        self._in_hand.difference_update(each.post.key for each in group)
        self._write()

    def _group(self) -> list[_Waiting]:
        """Takes the oldest that wait, of each story one at a time: its posts are settled in their order."""
        group: list[_Waiting] = []
        rest: list[_Waiting] = []
        for each in self._waiting:
            if len(group) == MESSAGE_IDS or each.post.key in self._in_hand:
                rest.append(each)
            else:
                group.append(each)
                self._in_hand.add(each.post.key)
        self._waiting = rest
        return group

    async def _commit(self, group: Sequence[_Waiting]) -> None:
        posts = [each.post for each in group]
        results: Sequence[Result]
        try:
            results = await asyncio.get_running_loop().run_in_executor(
                self._threads, commit, self._database, posts
            )
        except Exception as error:  # noqa: BLE001 - whoever waits is told, and raises it
            results = [error] * len(group)
        self._nudge.send([each for each in results if isinstance(each, Accepted) and each.created])
        for waiting, result in zip(group, results, strict=True):
            _answer(waiting.answer, result)


def _answer(future: asyncio.Future[Accepted], result: Result) -> None:
    if future.done():  # its request was cancelled
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
