"""`copydesk replay`."""

import asyncio
import json
from typing import Any

import click

LOOK_SECONDS = 0.5
PASSED_OVER = (
    ("waiting", "due already"),
    ("superseded", "passed over for a newer version"),
    ("expired", "older than the subscription wants"),
)


@click.command()
@click.argument("subscription", metavar="SUBSCRIPTION")
@click.option("--since", metavar="TIME", help="Only what happened from then on: 2026-11-22T12:00:00Z.")
@click.option("--before", metavar="TIME", help="Only what happened before then.")
@click.option("--failed", "only", flag_value="failed", help="Only what was given up.")
@click.option("--missing", "only", flag_value="missing", help="Only what was never owed to it.")
@click.option("--filter", "filter_json", metavar="JSON", help="Only what fits this filter too.")
@click.option("--dry-run", is_flag=True, help="Count, and send nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--url", help="Where publish is; else COPYDESK_PUBLISH_URL, else the running `copydesk up`.")
@click.option("--key", help="The API key; else COPYDESK_API_KEY, else the one of this machine.")
def replay(  # noqa: PLR0913, PLR0917 - options
    subscription: str,
    since: str | None,
    before: str | None,
    only: str | None,
    filter_json: str | None,
    dry_run: bool,
    yes: bool,
    url: str | None,
    key: str | None,
) -> None:
    """Send to a subscription again what it was told, or for the first time what came before it.

    Counts first and asks; then dispatchers carry it out, behind what is new, whether this command waits or
    not. Each event comes under its webhook-id, so that a receiver knows what it had. The key needs the scope
    subscriptions:manage.

    \b
    Examples:
      copydesk replay $ID --dry-run
      copydesk replay $ID --failed --yes
      copydesk replay $ID --since 2026-11-22T12:00:00Z --before 2026-11-22T13:00:00Z
      copydesk replay $ID --missing --filter '{"countries": ["EST"]}'
    """
    from services.cli.target import address, api_key

    wanted: dict[str, Any] = {"subscription": subscription, "only": only, "since": since, "before": before}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    if filter_json is not None:
        wanted["filter"] = _filter(filter_json)
    asyncio.run(_replay(address("COPYDESK_PUBLISH_URL", url), api_key(key), wanted, dry_run, yes))


def _filter(text: str) -> Any:  # noqa: ANN401 - any JSON; publish checks it
    try:
        return json.loads(text)
    except ValueError:
        raise click.UsageError('--filter takes JSON, as in {"countries": ["EST"]}.') from None


async def _replay(url: str, key: str, wanted: dict[str, Any], dry_run: bool, yes: bool) -> None:
    from services.cli.client import Client

    async with Client("publish", url, key) as publish:
        counted = await publish.ended_replay(await publish.replay({**wanted, "dry_run": True}), LOOK_SECONDS)
        click.echo(f"To be sent: {_said(counted)}.")
        if dry_run or not counted["again"] + counted["added"]:
            return
        if not yes:
            click.confirm("Send them?", abort=True)
        made = await publish.replay(wanted)
        click.echo(f"Replay {made['id']} has begun; Ctrl-C leaves it running.", err=True)
        ended = await publish.ended_replay(made, LOOK_SECONDS)
        click.echo(f"{ended['state']}: {_said(ended)}.")


def _said(counts: dict[str, Any]) -> str:
    parts = [f"{counts['again']} again", f"{counts['added']} for the first time"]
    return ", ".join([*parts, *(f"{counts[name]} {why}" for name, why in PASSED_OVER if counts[name])])
