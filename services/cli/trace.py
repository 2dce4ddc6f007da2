"""`copydesk trace`."""

from typing import Any
from uuid import UUID

import click

from copydesk.model import MAX_VERSION

COLUMNS = ("AT", "VERSION", "STEP", "TRY", "OUTCOME", "STATUS", "MS", "BY", "DETAIL")


@click.command()
@click.argument("story_id", metavar="ID")
@click.option(
    "--version", type=click.IntRange(1, MAX_VERSION), help="Whose state is shown; the newest by default."
)
def trace(story_id: str, version: int | None) -> None:
    """Show where a story stands, and all that happened to it: from its acceptance to each attempt.

    Asks the database, so it needs no API key: DATABASE_URL, or `copydesk up` running on this machine. The
    log lines of every process bear the same id, as story_id.

    \b
    Example:
      copydesk trace 01990b2e-8f7a-7cc1-9d53-2f6f3c1f0c11
    """
    from copydesk.store import stories as store
    from services.cli.display import Printer
    from services.cli.session import transaction

    wanted = _id(story_id)
    with transaction() as connection:
        story = store.find(connection, wanted, None, version)
    if story is None:
        which = "" if version is None else f" with a version {version}"
        raise click.ClickException(f"There is no story {wanted}{which}.")
    printer = Printer()
    printer.table(("STORY", str(story["id"])), _summary(story))
    printer.text("")
    printer.table(COLUMNS, (_row(step) for step in story["trace"]))


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise click.ClickException(
            f"{text!r} is no story id: that is a UUID, as the answer to a POST has it."
        ) from None


def _summary(story: dict[str, Any]) -> list[tuple[str, object]]:
    names = ("source", "uri", "version", "newest_version", "state", "lane", "accepted_at", "settled_at")
    told = "-" if story["published"] is None else "yes" if story["published"] else "no: a newer version was"
    reason = story["reason"] or {}
    return [
        *((name, "-" if story[name] is None else story[name]) for name in names),
        ("published", told),
        *((name, value) for name, value in reason.items() if value),
    ]


def _row(step: dict[str, Any]) -> tuple[object, ...]:
    """Returns one step: who did it, or to whom it was sent; an event is shown with its type."""
    who = step.get("worker", "")
    if "subscription" in step:
        who = f"{who} → {step['subscription']}".removeprefix(" → ")
    name = f"{step['step']} {step['event']}" if "event" in step else step["step"]
    return (
        f"{step['at']:%Y-%m-%d %H:%M:%S.%f}"[:-3],
        step["version"],
        name,
        step.get("attempt", ""),
        step["outcome"],
        step.get("status", ""),
        f"{step['duration_ms']:.1f}" if "duration_ms" in step else "",
        who,
        step.get("detail", ""),
    )
