"""`copydesk status`."""

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from copydesk.model import Lane
    from services.cli.display import Printer


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON object.")
def status(as_json: bool) -> None:
    """Show what waits, what is in hand and what fails: lanes, workers, quarantine, deliveries.

    Asks the database, and the broker where it can be reached; counts stop at 10 000. Needs DATABASE_URL, or
    `copydesk up` running on this machine; BROKER_URL for the column DEPTH.

    \b
    Examples:
      copydesk status
      watch copydesk status
      copydesk status --json | jq .lanes.breaking
    """
    import orjson

    from services.cli.display import Printer

    found = _found()
    if as_json:
        click.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())
    else:
        _show(Printer(), found)


def _found() -> dict[str, Any]:
    from dataclasses import asdict

    from copydesk.store import figures
    from services.cli.session import transaction

    with transaction() as connection:
        lanes, owed = figures.of_lanes(connection), figures.of_deliveries(connection)
        workers = figures.workers(connection)
        recent = figures.recent_deliveries(connection)
        failing = figures.failing(connection)
    depths = _depths()
    return {
        "lanes": {lane: {"depth": depths.get(lane), **asdict(each)} for lane, each in lanes.items()},
        "workers": workers,
        "quarantined": sum(each.quarantined for each in lanes.values()),
        "deliveries": {**asdict(owed), "last_hour": recent},
        "subscriptions_failing": failing,
    }


def _depths() -> dict["Lane", int | None]:
    """Returns how many messages each lane has; nothing where no broker is known or none answers."""
    from copydesk.model import Lane
    from copydesk.queue import Producer
    from services.cli.target import broker_url

    url = broker_url()
    if url is None:
        return {}
    producer = Producer(url)
    try:
        producer.check()
        return {lane: producer.depth(lane) for lane in Lane}
    except Exception:  # noqa: BLE001 - whatever the broker's library raises, the rest is still worth showing
        return {}
    finally:
        producer.close()


def _show(printer: "Printer", found: dict[str, Any]) -> None:
    printer.table(
        ("LANE", "DEPTH", "WAITING", "OLDEST", "LATER", "LEASED", "QUARANTINED"),
        (
            (
                lane,
                "-" if each["depth"] is None else each["depth"],
                each["waiting"],
                lasted(each["oldest_seconds"]) if each["waiting"] else "-",
                *(each[name] for name in ("later", "leased", "quarantined")),
            )
            for lane, each in found["lanes"].items()
        ),
    )
    owed = found["deliveries"]
    printer.text("")
    printer.table(
        ("DELIVERIES", "NOW", "MADE IN THE LAST HOUR"),
        (
            (state, owed.get(state, "-"), recent)
            for state, recent in owed["last_hour"].items()
            if recent or state in owed
        ),
    )
    waiting = owed["unplaced"] or owed["due"]
    oldest = f"; the oldest has waited {lasted(owed['oldest_seconds'])}" if waiting else ""
    printer.text(f"{owed['unplaced']} events wait for their position{oldest}.")
    _show_workers(printer, found["workers"])
    _show_failing(printer, found["subscriptions_failing"])
    if found["quarantined"]:
        printer.text(f"\n{found['quarantined']} revisions are in quarantine: copydesk quarantine list")


def _show_workers(printer: "Printer", workers: list[dict[str, Any]]) -> None:
    printer.text("")
    if not workers:
        printer.text("No worker took a story in the last 10 minutes.")
        return
    rows = (
        (row["worker"], row["tries"], row["failed"], f"{lasted(row['seen_seconds'])} ago") for row in workers
    )
    printer.table(("WORKER", "TRIES IN 10 MIN", "FAILED", "LAST SEEN"), rows)


def _show_failing(printer: "Printer", failing: list[dict[str, Any]]) -> None:
    printer.text("")
    if not failing:
        printer.text("No subscription fails or is behind.")
        return
    rows = (
        (
            row["id"],
            row["source"],
            f"{row['failed']} of {row['deliveries']}",
            row["error_class"] or "-",
            row["status"] or "-",
            "-" if row["oldest_seconds"] is None else lasted(row["oldest_seconds"]),
            "yes" if row["enabled"] else "no",
            row["url"],
        )
        for row in failing
    )
    columns = ("SUBSCRIPTION", "SOURCE", "FAILED", "ERROR", "STATUS", "OLDEST DUE", "ENABLED", "URL")
    printer.table(columns, rows)


def lasted(seconds: float) -> str:
    """Returns a duration as a person says it: `0.4 s`, `90 s`, `12 min`, `5 h`, `3 d`."""
    for unit, length, until in (("s", 1, 120), ("min", 60, 7_200), ("h", 3_600, 172_800)):
        if seconds < until:
            amount = seconds / length
            return f"{amount:.{1 if amount < 10 else 0}f} {unit}"  # noqa: PLR2004 - one digit
    return f"{seconds / 86_400:.0f} d"
