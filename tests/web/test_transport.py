import asyncio
from collections.abc import Callable, Iterable
from typing import cast

from copydesk.web import transport as module
from copydesk.web.transport import GatheringTransport


class FakeTransport:
    """Remembers what is sent in one go."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closing = False

    def writelines(self, parts: Iterable[bytes]) -> None:
        self.sent.append(b"".join(parts))

    def is_closing(self) -> bool:
        return self.closing

    def get_write_buffer_size(self) -> int:
        return 7


def after(act: Callable[[GatheringTransport, FakeTransport], None]) -> tuple[list[bytes], list[bytes]]:
    """Returns what was sent while `act` ran, what a moment later; "end" where it was asked to finish."""
    fake = FakeTransport()

    async def run() -> list[bytes]:
        loop = asyncio.get_running_loop()
        act(
            GatheringTransport(cast("asyncio.Transport", fake), loop, lambda: fake.sent.append(b"end")),
            fake,
        )
        at_once = list(fake.sent)
        await asyncio.sleep(0)
        return at_once

    return asyncio.run(run()), fake.sent


def test_what_is_written_in_one_moment_is_sent_in_one_go() -> None:
    def act(transport: GatheringTransport, _: FakeTransport) -> None:
        transport.write(b"head ")
        transport.write(b"body")

    assert after(act) == ([], [b"head body"])


def test_what_is_much_does_not_wait() -> None:
    body = bytes(module.MOST_HELD)

    def act(transport: GatheringTransport, _: FakeTransport) -> None:
        transport.write(b"head")
        transport.write(body)
        transport.write(b"rest")

    assert after(act) == ([b"head" + body], [b"head" + body, b"rest"])


def test_what_was_written_is_sent_before_the_end_and_nothing_after_it() -> None:
    def act(transport: GatheringTransport, _: FakeTransport) -> None:
        transport.write(b"reply")
        assert not transport.is_closing()
        transport.close()
        assert transport.is_closing()
        transport.write(b"more")
        transport.close()

    assert after(act) == ([b"reply", b"end"], [b"reply", b"end"])


def test_to_a_peer_that_has_gone_nothing_is_sent() -> None:
    def act(transport: GatheringTransport, fake: FakeTransport) -> None:
        transport.write(b"reply")
        fake.closing = True
        assert transport.is_closing()
        transport.close()

    assert after(act) == ([], [])


def test_everything_else_is_the_transports_own() -> None:
    def act(transport: GatheringTransport, _: FakeTransport) -> None:
        assert transport.get_write_buffer_size() == 7

    assert after(act) == ([], [])
