"""`copydesk up`."""

from pathlib import Path

import click

Port = click.IntRange(0, 65535)


def _blocks(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    from copydesk.spelling import networks

    try:
        return tuple(map(str, networks(",".join(given))))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Where the data lies.")
@click.option(
    "--ingest-port", type=Port, default=8000, show_default=True, envvar="COPYDESK_INGEST_PORT",
    help="Where stories are posted; 0 picks a free port.",
)  # fmt: skip
@click.option(
    "--publish-port", type=Port, default=8001, show_default=True, envvar="COPYDESK_PUBLISH_PORT",
    help="Where subscriptions are made; 0 picks a free port.",
)  # fmt: skip
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Workers of enrich."
)
@click.option(
    "--dispatchers", type=click.IntRange(1, 64), default=1, show_default=True, help="Senders of webhooks."
)
@click.option(
    "--allow-cidr", multiple=True, metavar="BLOCK", callback=_blocks,
    help="Addresses that subscriptions may name besides this machine, as in 10.20.0.0/16; may be repeated.",
)  # fmt: skip
@click.option("--once", is_flag=True, help="End as soon as the sample story came through.")
@click.option("--no-sample", is_flag=True, help="Post no sample story.")
def up(  # noqa: PLR0913, PLR0917 - each is an option
    data: Path | None,
    ingest_port: int,
    publish_port: int,
    workers: int,
    dispatchers: int,
    allow_cidr: tuple[str, ...],
    once: bool,
    no_sample: bool,
) -> None:
    """Start everything on this machine and show a story coming out enriched.

    PostgreSQL and Redis come along; with DATABASE_URL or BROKER_URL set, those are used instead. Data is kept
    between runs in --data, else in $COPYDESK_DATA, else in ~/.local/share/copydesk (as root in
    /var/lib/copydesk). Settings come from the environment: see `copydesk settings`.

    Subscriptions may name this machine, and http://, so that webhooks can be tried out here; in production
    they may name neither. --allow-cidr opens a private network as well.

    \b
    Examples:
      copydesk up
      copydesk up --data ./data --ingest-port 9000 --publish-port 9001
      copydesk up --workers 4
      copydesk up --allow-cidr 10.20.0.0/16
      COPYDESK_LOG_LEVEL=debug copydesk up --no-sample
      copydesk up --once              a self-test: status 0 if the sample came through
    """
    if once and no_sample:
        raise click.UsageError("--once waits for the sample, so it cannot go with --no-sample.")
    from services.embedded.commands import Options
    from services.embedded.home import default_directory
    from services.embedded.up import main

    main(
        Options(
            data=data or default_directory(),
            ingest_port=ingest_port,
            publish_port=publish_port,
            workers=workers,
            dispatchers=dispatchers,
            allow_cidr=allow_cidr,
            once=once,
            sample=not no_sample,
        )
    )
