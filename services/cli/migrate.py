"""`copydesk migrate`."""

import click


@click.command()
def migrate() -> None:
    """Bring the database to the schema of this version.

    Safe to run twice, and from several machines at once. Run it before a new version's services start;
    `copydesk up` does so by itself.

    \b
    Example:
      DATABASE_URL=postgresql://copydesk:secret@db:5432/copydesk copydesk migrate
    """
    from copydesk.store import migrations, schema
    from services.cli.target import database_url

    migrations.upgrade(database_url())
    click.echo(f"The database has today's schema ({schema.head()}).")
