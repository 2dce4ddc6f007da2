import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from copydesk.errors import OutageError
from copydesk.model import Scope, new_id
from copydesk.web import auth
from copydesk.web.auth import Caller, Remembered


def test_callers_are_remembered_by_their_token_and_never_too_many() -> None:
    remembered = Remembered()
    caller = Caller(new_id(), "desk", frozenset({Scope.STORIES_WRITE}))
    remembered.put("cdk_a", caller)
    assert remembered.get("cdk_a") == caller
    assert remembered.get("cdk_b") is None
    for number in range(auth._MOST):  # noqa: SLF001 - its bound
        remembered.put(f"cdk_{number}", caller)
    assert remembered.get("cdk_a") is None


CALLER = Caller(new_id(), "desk", frozenset({Scope.STORIES_WRITE}))


def asking(answer: Caller | Exception, asked: list[int]) -> Callable[[], Coroutine[Any, Any, Caller]]:
    async def ask() -> Caller:
        asked.append(1)
        await asyncio.sleep(0.01)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ask


def test_who_asks_is_learned_once_for_all_that_want_to_know_meanwhile() -> None:
    remembered, asked = Remembered(), list[int]()

    async def learn() -> list[Caller]:
        waiting = (remembered.learn("cdk_a", asking(CALLER, asked)) for _ in range(5))
        return await asyncio.gather(*waiting, remembered.learn("cdk_b", asking(CALLER, asked)))

    assert asyncio.run(learn()) == [CALLER] * 6
    assert len(asked) == 2
    assert remembered.get("cdk_a") == CALLER


def test_an_outage_while_asking_is_everybodys_and_is_forgotten() -> None:
    remembered, asked = Remembered(), list[int]()

    async def learn() -> list[Any]:
        waiting = (remembered.learn("cdk_a", asking(OutageError("away"), asked)) for _ in range(3))
        results = await asyncio.gather(*waiting, return_exceptions=True)
        return [*results, await remembered.learn("cdk_a", asking(CALLER, asked))]

    *failed, learned = asyncio.run(learn())
    assert [type(each) for each in failed] == [OutageError] * 3
    assert learned == CALLER
    assert len(asked) == 2


def test_who_does_not_wait_for_the_answer_spoils_it_for_nobody() -> None:
    remembered, asked = Remembered(), list[int]()

    async def learn() -> Caller:
        first = asyncio.create_task(remembered.learn("cdk_a", asking(CALLER, asked)))
        second = asyncio.create_task(remembered.learn("cdk_a", asking(CALLER, asked)))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await second

    assert asyncio.run(learn()) == CALLER
    assert len(asked) == 1


def test_an_error_that_nobody_waits_for_is_not_complained_of(caplog: pytest.LogCaptureFixture) -> None:
    async def learn() -> None:
        task = asyncio.create_task(Remembered().learn("cdk_a", asking(OutageError("away"), [])))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0.05)

    asyncio.run(learn())
    gc.collect()
    assert "never retrieved" not in caplog.text
