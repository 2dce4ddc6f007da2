"""`copydesk quarantine`: what waits for a person."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import click

from copydesk.model import MAX_VERSION

MOST = 10_000  # stories that `--all` changes at once

Action = Callable[[Any, UUID, int | None], object]


@click.group()
def quarantine() -> None:
    """See, retry or give up stories that could not be enriched.

    Needs DATABASE_URL, or `copydesk up` running on this machine.

    \b
    Examples:
      copydesk quarantine list
      copydesk quarantine show 01990b2e-8f7a-7cc1-9d53-2f6f3c1f0c11
      copydesk quarantine retry 01990b2e-8f7a-7cc1-9d53-2f6f3c1f0c11
      copydesk quarantine discard --all
    """


@quarantine.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
def listing(limit: int) -> None:
    """List what waits, the newest first."""
    from copydesk.store import quarantine as store
    from services.cli.display import Printer
    from services.cli.session import transaction

    with transaction() as connection:
        found = store.listing(connection, limit)
    if not found:
        click.echo("Nothing is in quarantine.")
        return
    rows = [
        (
            row["id"],
            row["version"],
            row["source"],
            f"{row['settled_at']:%Y-%m-%d %H:%M}",
            row["stage"],
            row["reason"],
            row["attempts"],
            row["uri"],
        )
        for row in found
    ]
    Printer().table(("ID", "VERSION", "SOURCE", "SINCE", "STAGE", "REASON", "TRIES", "URI"), rows)


@quarantine.command()
@click.argument("story_id", metavar="ID", type=UUID)
@click.option("--version", type=click.IntRange(1, MAX_VERSION), help="Which version; the newest by default.")
def show(story_id: UUID, version: int | None) -> None:
    """Show one story: why it waits, and every step that was taken."""
    from copydesk.store import stories as store
    from services.cli.display import Printer
    from services.cli.session import transaction

    with transaction() as connection:
        story = store.find(connection, story_id, None, version)
    if story is None:
        raise click.ClickException(f"There is no story {story_id} with such a version.")
    printer = Printer()
    names = ("id", "version", "source", "uri", "state", "attempts", "accepted_at", "settled_at")
    reason = [(name, value or "-") for name, value in (story["reason"] or {}).items()]
    printer.table(("STORY", ""), [*((name, story[name]) for name in names), *reason])
    columns = ("at", "version", "step", "attempt", "worker", "outcome", "detail")
    rows = [[step.get(name, "-") for name in columns] for step in story["trace"]]
    printer.text("")
    printer.table([name.upper() for name in columns], rows)


def _chosen(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the arguments that say which stories are meant."""
    options = (
        click.argument("story_id", metavar="[ID]", type=UUID, required=False),
        click.option(
            "--version",
            type=click.IntRange(1, MAX_VERSION),
            help="Which version; the newest in quarantine by default.",
        ),
        click.option("--all", "everything", is_flag=True, help="All that wait; asks first."),
        click.option("--yes", is_flag=True, help="Do not ask."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@quarantine.command()
@_chosen
def retry(story_id: UUID | None, version: int | None, everything: bool, yes: bool) -> None:
    """Try a story again, with all its tries; the sweep hands it to a worker within seconds."""
    from copydesk.store import quarantine as store

    for chosen_id, chosen_version in _stories("Retry", story_id, version, everything=everything, yes=yes):
        _change(store.retry, "accepted again", chosen_id, chosen_version)


@quarantine.command()
@_chosen
def discard(story_id: UUID | None, version: int | None, everything: bool, yes: bool) -> None:
    """Give a story up: it is never published; its source sees that, and why it failed."""
    from copydesk.store import quarantine as store

    for chosen_id, chosen_version in _stories("Discard", story_id, version, everything=everything, yes=yes):
        _change(store.discard, "discarded", chosen_id, chosen_version)


def _stories(
    verb: str, story_id: UUID | None, version: int | None, *, everything: bool, yes: bool
) -> list[tuple[UUID, int | None]]:
    """Returns the story that was named, or all that wait, once the person agreed."""
    if everything == (story_id is not None):
        raise click.UsageError("Name one story by its id, or say --all.")
    if story_id is not None:
        return [(story_id, version)]
    from copydesk.store import quarantine as store
    from services.cli.session import transaction

    with transaction() as connection:
        found = [(row["id"], row["version"]) for row in store.listing(connection, MOST)]
    if found and not yes:
        click.confirm(f"{verb} all {len(found)} in quarantine?", abort=True, err=True)
    return found


def _change(action: Action, outcome: str, story_id: UUID, version: int | None) -> None:
    """Does one story in a transaction of its own, so that one fault does not undo the others."""
    from services.cli.session import transaction

    with transaction() as connection:
        changed = action(connection, story_id, version)
    if not changed:
        raise click.ClickException(
            f"Story {story_id} is not in quarantine; `copydesk quarantine list` shows all."
        )
    click.echo(f"{story_id} is {outcome}.")
