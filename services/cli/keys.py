"""`copydesk keys`: who may call the services."""

from uuid import UUID

import click


@click.group()
def keys() -> None:
    """Create, list and revoke API keys.

    Needs DATABASE_URL, or `copydesk up` running on this machine.
    """


@keys.command()
@click.option("--source", required=True, help="Who posts with this key; stories carry it. As in: reuters.")
@click.option("--scopes", required=True, help="What the key may do, separated by commas.")
@click.option("--note", help="A reminder of who has it.")
def create(source: str, scopes: str, note: str | None) -> None:
    """Make a key and print its token, once.

    \b
    Scopes:
      stories:write         post stories of its source, and follow them
      records:read          read finished records
      subscriptions:manage  manage its own subscriptions and deliveries
      admin                 everything, of every source
    \b
    Examples:
      copydesk keys create --source reuters --scopes stories:write
      copydesk keys create --source desk --scopes records:read,subscriptions:manage --note "monitoring wall"
    """
    from copydesk.errors import CallerError
    from copydesk.model import Scope
    from copydesk.store import keys as store
    from services.cli.session import transaction

    names = [name.strip() for name in scopes.split(",") if name.strip()]
    if unknown := sorted(set(names) - set(Scope)):
        raise click.UsageError(f"There is no scope {', '.join(unknown)}; there are {', '.join(Scope)}.")
    try:
        with transaction() as connection:
            key, token = store.create(connection, source, [Scope(name) for name in names], note)
    except CallerError as error:
        raise click.UsageError(error.detail) from None
    click.echo(token)
    click.echo(f"Key {key.id} of source {key.source}. Keep the token: it is not shown again.", err=True)


@keys.command("list")
def listing() -> None:
    """List all keys, the oldest first; tokens are not in it, only their beginnings.

    \b
    Example:
      copydesk keys list
    """
    from copydesk.store import keys as store
    from services.cli.display import Printer
    from services.cli.session import transaction

    with transaction() as connection:
        found = store.listing(connection)
    rows = [
        (
            key.id,
            key.source,
            f"{key.prefix}…",
            ",".join(sorted(key.scopes)),
            f"{key.created_at:%Y-%m-%d %H:%M}",
            f"{key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else "-",
            key.note or "",
        )
        for key in found
    ]
    Printer().table(("ID", "SOURCE", "TOKEN", "SCOPES", "CREATED", "REVOKED", "NOTE"), rows)


@keys.command()
@click.argument("key_id", metavar="ID", type=UUID)
def revoke(key_id: UUID) -> None:
    """End a key: from now on it is refused.

    \b
    Example:
      copydesk keys revoke 01990b2e-8f7a-7cc1-9d53-2f6f3c1f0c11
    """
    from copydesk.store import keys as store
    from services.cli.session import transaction

    with transaction() as connection:
        ended = store.revoke(connection, key_id)
    if not ended:
        raise click.ClickException(f"No key {key_id} is in force; `copydesk keys list` shows them.")
    click.echo(f"Key {key_id} is revoked.")
