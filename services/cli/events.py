"""`copydesk events`."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import click

if TYPE_CHECKING:
    from services.cli.client import Client

WAIT_SECONDS = 20  # a reply comes before the client gives up


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read, and how to show it."""

    url: str
    key: str
    after: str | None
    follow: bool
    subscription: str | None
    filter_json: str | None
    event_types: tuple[str, ...]
    count: int | None
    as_json: bool

    def query(self, after: str | None, left: int | None) -> str:
        """Returns what to ask for after a cursor."""
        wanted: list[tuple[str, object]] = [("limit", min(left or 100, 100))]
        wanted += [("event_type", each) for each in self.event_types]
        given = {"after": after, "subscription": self.subscription, "filter": self.filter_json}
        wanted += [(name, value) for name, value in given.items() if value is not None]
        return urlencode([*wanted, *([("wait", WAIT_SECONDS)] if self.follow else [])])


@click.command()
@click.option("--after", metavar="CURSOR", help="Go on from here; `end` for what comes from now on.")
@click.option("--follow", is_flag=True, help="Wait for more, until Ctrl-C.")
@click.option("--subscription", metavar="ID", help="What this subscription of yours is told.")
@click.option("--filter", "filter_json", metavar="JSON", help='As in a subscription: {"countries": ["EST"]}.')
@click.option("--event-type", "event_types", multiple=True, help="As in story.published; may be repeated.")
@click.option("--count", type=click.IntRange(1), help="End after this many.")
@click.option("--json", "as_json", is_flag=True, help="Print each as a line of JSON, with its cursor.")
@click.option("--url", help="Where publish is; else COPYDESK_PUBLISH_URL, else the running `copydesk up`.")
@click.option("--key", help="The API key; else COPYDESK_API_KEY, else the one of this machine.")
def events(url: str | None, key: str | None, **chosen: Any) -> None:  # noqa: ANN401 - options
    """Read what was told, in the order in which it was committed, without an endpoint.

    Nothing is skipped and nothing comes twice: the last line, on stderr, has the cursor from which the next
    run goes on. The key needs the scope records:read, and for --subscription subscriptions:manage.

    \b
    Examples:
      copydesk events
      copydesk events --count 1 --json | jq .event.data.title
      copydesk events --follow --after end
      copydesk events --filter '{"countries": ["EST", "FIN"]}' --event-type story.published
      copydesk events --subscription 01990b2e-8f7a-7cc1-9d53-2f6f3c1f0c11
    """
    from services.cli.target import address, api_key

    asyncio.run(_show(Wanted(address("COPYDESK_PUBLISH_URL", url), api_key(key), **chosen)))


async def _show(wanted: Wanted) -> None:
    import json

    from services.cli.client import Client
    from services.cli.display import Printer

    printer, behind = Printer(), wanted.after
    try:
        async with Client("publish", wanted.url, wanted.key) as publish:
            async for items, cursor in _pages(publish, wanted):
                for item in items:
                    if wanted.as_json:
                        click.echo(json.dumps(item, ensure_ascii=False))
                    else:
                        printer.event(item["event"])
                behind = cursor
    finally:
        if behind is not None:
            click.echo(f"Go on with: --after {behind}", err=True)


async def _pages(publish: "Client", wanted: Wanted) -> AsyncIterator[tuple[list[dict[str, Any]], str]]:
    """Yields events and the cursor behind them, until there are no more, or enough."""
    after, left = wanted.after, wanted.count
    while left is None or left > 0:
        page = await publish.get(f"/v1/events?{wanted.query(after, left)}")
        after = page["next"]
        yield page["items"], after
        left = None if left is None else left - len(page["items"])
        if not page["more"] and not wanted.follow:
            return
