"""`copydesk secrets`: the secrets of subscriptions, as they lie in the database."""

import click


@click.group()
def secrets() -> None:
    """Encrypt what webhooks are signed with, and the headers and passwords they carry, in the database.

    \b
    Examples:
      copydesk secrets key
      copydesk secrets rotate
    """


@secrets.command()
def key() -> None:
    """Print a fresh key for COPYDESK_SECRETS_KEY; it is kept nowhere.

    Whoever has the key and a backup can sign in your name; without it the secrets in the database are lost,
    and every subscription needs a new one. Keep it apart from the backups.

    \b
    Example:
      export COPYDESK_SECRETS_KEY=$(copydesk secrets key)
    """
    from services.publish.vault import new_key

    click.echo(new_key())


@secrets.command()
def rotate() -> None:
    """Encrypt every secret with the first key of COPYDESK_SECRETS_KEY.

    For a new key, and for secrets from before there was one. Safe to run twice, to interrupt, and while
    everything runs. Needs DATABASE_URL and COPYDESK_SECRETS_KEY, or `copydesk up` on this machine.

    \b
    To change the key:
      1. give publish and the dispatchers COPYDESK_SECRETS_KEY=NEW,FORMER and start them anew
      2. copydesk secrets rotate, with the same
      3. give them COPYDESK_SECRETS_KEY=NEW alone
    """
    from copydesk.store.database import Database
    from services.cli.target import database_url, secrets_key
    from services.publish import sealing
    from services.publish.vault import Vault

    vault = Vault(secrets_key())
    database = Database(database_url(), pool_size=1, application_name="copydesk command")
    progress = sealing.Progress()
    try:
        for progress in sealing.encrypt(database, vault):
            click.echo(f"{progress.seen} seen, {progress.encrypted} encrypted")
    finally:
        database.close()
    if progress.unopened:
        raise click.ClickException(sealing.NOT_OPENED.format(count=progress.unopened))
    click.echo("Every secret is encrypted with the first key.")
