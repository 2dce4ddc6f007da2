"""`copydesk listen`."""

import asyncio
import itertools
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from services.cli.receiver import Handle, Keep, Receiver


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to listen for, and how to show it."""

    url: str
    key: str
    port: int
    sources: tuple[str, ...]
    event_types: tuple[str, ...]
    count: int | None
    keep: bool
    as_json: bool
    forward: str | None
    fail: str | None
    save: Path | None
    scheme: str

    def subscription(self, receiver_url: str) -> dict[str, Any]:
        """Returns the subscription to ask for."""
        wanted: dict[str, Any] = {"url": receiver_url, "description": "copydesk listen"}
        if self.scheme != "v1":
            wanted["signature_scheme"] = self.scheme
        if self.event_types:
            wanted["event_types"] = list(self.event_types)
        if self.sources:
            wanted["filter"] = {"sources": list(self.sources)}
        return wanted


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Where to listen; 0 picks a free port."
)
@click.option("--source", "sources", multiple=True, help="Only stories of this source; may be repeated.")
@click.option("--event-type", "event_types", multiple=True, help="As in story.published; may be repeated.")
@click.option("--count", type=click.IntRange(1), help="End after this many.")
@click.option("--json", "as_json", is_flag=True, help="Print each event as a line of JSON.")
@click.option("--forward", metavar="URL", help="Send each on to your endpoint, and answer what it answers.")
@click.option("--fail", metavar="LIST", help="Fail the first requests so: 500,timeout,slow; then be well.")
@click.option(
    "--save", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), help="Keep each as a file."
)
@click.option("--scheme", type=click.Choice(["v1", "v1a"]), default="v1", help="v1a: signed with ed25519.")
@click.option("--keep", is_flag=True, help="Leave the subscription there; deliveries wait for the port.")
@click.option("--url", help="Where publish is; else COPYDESK_PUBLISH_URL, else the running `copydesk up`.")
@click.option("--key", help="The API key; else COPYDESK_API_KEY, else the one of this machine.")
def listen(url: str | None, key: str | None, **chosen: Any) -> None:  # noqa: ANN401 - options
    """Subscribe, and print each record as it arrives, until Ctrl-C.

    A little webhook receiver on this machine: it verifies every signature, and answers 401 to what is not
    signed by copydesk. Publish must be able to reach this machine at 127.0.0.1, and be allowed to, as with
    `copydesk up`; elsewhere see COPYDESK_ALLOW_CIDR.

    To build a receiver of your own: --forward hands on to it what was verified, headers and body as they
    came; --fail answers the first requests with a status from 300 to 599, after 5 s (slow) or not at all
    (timeout), to show how copydesk tries again; --save keeps every request as `copydesk webhook verify`
    reads it, and the secret beside them, in a file that only you may read. With --forward a terminal shows
    the secret, for your endpoint; what is no terminal, such as a log, never gets it.

    \b
    Examples:
      copydesk listen
      copydesk listen --source reuters --event-type story.updated
      copydesk listen --json | jq .data.title
      copydesk listen --count 1 --port 9000
      copydesk listen --forward http://127.0.0.1:3000/hook
      copydesk listen --fail 500,timeout --save captured
    """
    from services.cli.target import address, api_key

    asyncio.run(_listen(Wanted(address("COPYDESK_PUBLISH_URL", url), api_key(key), **chosen)))


async def _listen(wanted: Wanted) -> None:
    from services.cli import faults
    from services.cli.client import Client
    from services.cli.receiver import Receiver

    failing = faults.parse(wanted.fail) if wanted.fail else ()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with (
        Client("publish", wanted.url, wanted.key) as publish,
        _forwarding(wanted.forward) as handle,
        Receiver(wanted.port, faults=failing, handle=handle, keep=_keeping(wanted.save)) as receiver,
    ):
        made = await publish.subscribe(wanted.subscription(receiver.url))
        try:
            _hand_over(wanted, secret := made.get("public_key") or made["secret"])
            receiver.trust(secret)
            click.echo(f"Listening at {receiver.url} as subscription {made['id']}; Ctrl-C ends.", err=True)
            await _until(stop, _show(receiver, wanted))
        finally:
            if not wanted.keep:
                await publish.unsubscribe(made["id"])
            click.echo(f"{receiver.verified} verified, {receiver.failed} with a bad signature.", err=True)


def _hand_over(wanted: Wanted, secret: str) -> None:
    """Gives the secret to whoever needs it, and leaves no log with it."""
    if wanted.save:
        from services.cli import captures

        click.echo(f"saved {captures.save_secret(wanted.save, secret)}", err=True)
    if wanted.forward and sys.stderr.isatty():
        click.echo(f"Your endpoint verifies with COPYDESK_WEBHOOK_SECRET={secret}", err=True)


@asynccontextmanager
async def _forwarding(url: str | None) -> AsyncIterator["Handle | None"]:
    """Gives what hands requests on to an endpoint, if there is one."""
    if url is None:
        yield None
        return
    from services.cli.forward import Forwarder

    async with Forwarder(url) as forwarder:
        yield forwarder.send


def _keeping(folder: Path | None) -> "Keep | None":
    if folder is None:
        return None
    from services.cli import captures

    numbers = itertools.count(1)

    def keep(headers: Mapping[str, str], body: bytes) -> None:
        path = captures.save(folder, next(numbers), headers, body)
        click.echo(f"saved {path}", err=True)

    return keep


async def _until(stop: asyncio.Event, work: Any) -> None:  # noqa: ANN401 - a coroutine
    """Runs the work until it ends or the person stops it."""
    tasks = {asyncio.create_task(stop.wait()), asyncio.create_task(work)}
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        task.result()


async def _show(receiver: "Receiver", wanted: Wanted) -> None:
    import json

    from services.cli.display import Printer

    printer = Printer()
    shown = 0
    while wanted.count is None or shown < wanted.count:
        event = await receiver.events.get()
        shown += 1
        if wanted.as_json:
            click.echo(json.dumps(event, ensure_ascii=False))
        else:
            printer.event(event)
