"""Commits together what arrives together: a commit for each story would wait for the disk each time."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from copydesk.errors import OutageError
from copydesk.store.line import Line
from copydesk.store.stories import Accepted, Post
from copydesk.web.problems import ProblemError
from services.ingest.acceptance import Result, commit
from services.ingest.nudge import Nudge

WRITERS: Final = 2
"""Commits at once: while one waits for the disk, the next is written."""
MOST_POSTS: Final = 64
"""Stories in one commit at the most: the more, the longer the first of them waits for the last."""
MOST_WAITING: Final = 1_000
"""Stories that wait for a line; more are refused: while the database is frozen there come ever more."""
CLOSE_SECONDS: Final = 5.0
"""How long those that wait for a line still get one when the intake closes."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    post: Post
    answer: asyncio.Future[Accepted]


class Intake:
    """Commits stories, then lets the workers know. Nobody is answered before the own story is committed.

    A story waits for nothing while a line is free. What arrives in the same moment, or while none is, is
    committed together, and the ids of each lane share messages.

    Args:
        lines: where stories are kept, a commit at a time on each; closed with the intake.
        nudge: tells the workers.
    """

    def __init__(self, lines: Sequence[Line], nudge: Nudge) -> None:
        self._lines = lines
        self._free = list(lines)
        self._nudge = nudge
        self._waiting: list[_Waiting] = []
        self._looking = False
        self._writing: set[asyncio.Task[None]] = set()
        self._in_hand: set[tuple[str, str]] = set()

    async def accept(self, post: Post) -> Accepted:
        """Returns once the story is committed.

        Raises:
            CallerError: its version is there with other content, or too many wait.
            OutageError: the database is away; the story may be there or not.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise ProblemError("overloaded", "Too many stories wait: send it again in a few seconds.")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Accepted] = loop.create_future()
        self._waiting.append(_Waiting(post, answer))
        if not self._looking:
            self._looking = True
            loop.call_soon(self._write)  # after what else has just been read
        return await answer

    async def close(self) -> None:
        """Finishes what is in hand; what still has no line after a moment is not committed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._finish()
        for each in self._waiting:
            _answer(each.answer, OutageError("ingest stops, and the database does not answer"))
        self._waiting.clear()
        await self._finish()  # each line has a deadline
        for line in self._lines:
            await line.close()
        await self._nudge.close()

    async def _finish(self) -> None:
        while self._writing or self._waiting:
            await asyncio.wait(self._writing) if self._writing else await asyncio.sleep(0)

    def _write(self) -> None:
        self._looking = False
        while self._free and (group := self._group()):
            line = self._free.pop()
            task = asyncio.create_task(self._commit(line, group))
            self._writing.add(task)
            task.add_done_callback(partial(self._written, line, group))

    def _written(self, line: Line, group: Sequence[_Waiting], task: asyncio.Task[None]) -> None:
        self._writing.discard(task)
        self._free.append(line)
        self._in_hand.difference_update(each.post.key for each in group)
        self._write()

    def _group(self) -> list[_Waiting]:
        """Takes the oldest that wait, of each story one at a time: its posts are settled in their order."""
        group: list[_Waiting] = []
        rest: list[_Waiting] = []
        for each in self._waiting:
            if len(group) == MOST_POSTS or each.post.key in self._in_hand:
                rest.append(each)
            else:
                group.append(each)
                self._in_hand.add(each.post.key)
        self._waiting = rest
        return group

    async def _commit(self, line: Line, group: Sequence[_Waiting]) -> None:
        posts = [each.post for each in group]
        results: Sequence[Result]
        try:
            results = await commit(line, posts)
        except BaseException as error:  # noqa: BLE001 - whoever waits is told, and raises it
            results = [error] * len(group)
        for waiting, result in zip(group, results, strict=True):
            _answer(waiting.answer, result)
        self._nudge.send([each for each in results if isinstance(each, Accepted) and each.created])


def _answer(future: asyncio.Future[Accepted], result: Result) -> None:
    if future.done():  # its request was cancelled
        return
    if isinstance(result, BaseException):
        future.set_exception(result)
    else:
        future.set_result(result)
