"""Commits together what arrives together: a transaction for each story would wait for the disk each time."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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
        while self._waiting and len(self._writing) < WRITERS:
            task = asyncio.create_task(self._commit(self._group()))
            self._writing.add(task)
            task.add_done_callback(self._written)

    def _written(self, task: asyncio.Task[None]) -> None:
        self._writing.discard(task)
        self._write()

    def _group(self) -> list[_Waiting]:
        """Takes the oldest that wait, one of each story: what makes a version newer is settled one by one."""
        group: dict[tuple[str, str], _Waiting] = {}
        rest: list[_Waiting] = []
        for each in self._waiting:
            if len(group) == MESSAGE_IDS or each.post.key in group:
                rest.append(each)
            else:
                group[each.post.key] = each
        self._waiting = rest
        return list(group.values())

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
