"""`copydesk webhook`."""

import time
from pathlib import Path
from typing import BinaryIO

import click


@click.group()
def webhook() -> None:
    """Help those who receive webhooks.

    \b
    Example:
      copydesk webhook verify captured/0001-01a20324-4617-75f5-8d16-8f6f0eb29310.http
    """


@webhook.command()
@click.argument("file", metavar="FILE", type=click.File("rb"))
@click.option(
    "--secret",
    envvar="COPYDESK_WEBHOOK_SECRET",
    help="The subscription's secret, whsec_..., better given as COPYDESK_WEBHOOK_SECRET; or its whpk_...."
    " Else the one beside FILE.",
)
@click.option(
    "--tolerance", type=click.FloatRange(0), default=300, show_default=True, help="Seconds from now."
)
def verify(file: BinaryIO, secret: str | None, tolerance: float) -> None:
    """Check a captured webhook request, and say what is wrong with it.

    FILE holds the request as it came: header lines, an empty line, then the body, byte for byte; - is stdin.
    `copydesk listen --save` writes such files, and the secret beside them. The exit status is 1
    where a receiver would refuse it.

    \b
    Examples:
      copydesk webhook verify captured/0001-01a20324-4617-75f5-8d16-8f6f0eb29310.http
      copydesk webhook verify --tolerance 86400 request.http
    """
    from services.cli import captures, diagnosis
    from services.cli.display import clean

    data = file.read(captures.MAX_BYTES + 1)
    if len(data) > captures.MAX_BYTES:
        raise click.UsageError(f"{file.name} is larger than {captures.MAX_BYTES >> 20} MiB.")
    request = captures.read(data)
    secret = secret or captures.secret_beside(Path(file.name))
    if not secret:
        raise click.UsageError("No secret is known: set COPYDESK_WEBHOOK_SECRET, or give --secret.")
    found = diagnosis.examine(
        secret, request.headers, request.body, now=time.time(), tolerance_seconds=tolerance
    )
    for each in found:
        click.echo(clean(f"{'ok   ' if each.ok else 'WRONG'}  {each.text}"))
    if not all(each.ok for each in found):
        raise click.ClickException("A receiver would refuse it.")
