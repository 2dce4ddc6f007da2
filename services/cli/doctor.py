"""`copydesk doctor`."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from services.cli.checks.finding import Finding

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
def doctor() -> None:
    """Check what copydesk stands on, and say how to mend what is not as it should be.

    Versions, settings, which endpoints may be called, the catalogue, the model, the schema of the database,
    clocks, the encryption of secrets, room on the disk, the broker's policy, the ports. Changes nothing.
    Looks where DATABASE_URL, BROKER_URL and the COPYDESK_* settings point, else at the `copydesk up` that
    runs on this machine. The exit status is 1 if any check fails.

    \b
    Examples:
      copydesk doctor
      DATABASE_URL=postgresql://copydesk:secret@db/copydesk BROKER_URL=redis://queue copydesk doctor
    """
    failed = 0
    for finding in _findings():
        _tell(finding)
        failed += finding.result == "fail"
    if failed:
        raise click.ClickException(f"{failed} of the checks failed.")


def _findings() -> "Iterator[Finding]":
    from services.cli.checks.broker import broker
    from services.cli.checks.database import database
    from services.cli.checks.installation import catalogue, configuration, model, python, reach
    from services.cli.checks.ports import ports

    yield python(sys.version_info[:2])
    yield from configuration()
    if found := reach():
        yield found
    yield catalogue()
    yield model()
    yield from database()
    yield from broker()
    yield from ports()


def _tell(finding: "Finding") -> None:
    from copydesk.logs import strike_secrets
    from services.cli.display import clean

    click.secho(f"{finding.result:<5}", fg=COLOURS[finding.result], nl=False)
    click.echo(clean(strike_secrets(f"{finding.check}: {finding.said}")))
    if finding.mend:
        click.echo(clean(f"     {finding.mend}"))
