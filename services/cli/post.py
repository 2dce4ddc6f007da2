"""`copydesk post`."""

import asyncio

import click


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--url", help="Where ingest is; else COPYDESK_INGEST_URL, else the running `copydesk up`.")
@click.option("--key", help="The API key; else COPYDESK_API_KEY, else the one of this machine.")
def post(files: tuple[str, ...], url: str | None, key: str | None) -> None:
    """Post JSON stories: from files that hold one story, an array of them, or one a line; - is stdin.

    Prints one line a story: its status, its state, its id and version; for a refused one what is wrong and
    where. The exit status is 1 if any was refused. While ingest is busy, waits as long as it asks.

    \b
    Examples:
      copydesk post story.json
      copydesk post archive/*.json
      echo '{"title": "A visit", "body": "The European Union welcomed it."}' | copydesk post -
      copydesk post --url https://desk.example.org --key cdk_... story.json
    """
    from services.cli import stories
    from services.cli.target import address, api_key

    documents = [
        (f"{name}:{number}" if len(found) > 1 else name, document)
        for name, found in ((name, stories.read(name)) for name in files)
        for number, document in enumerate(found, start=1)
    ]
    if not documents:
        click.echo("There was no story to post.", err=True)
    failed = asyncio.run(_post(address("COPYDESK_INGEST_URL", url), api_key(key), documents))
    if failed:
        raise click.ClickException(f"{failed} of {len(documents)} stories were refused.")


async def _post(url: str, key: str, documents: list[tuple[str, bytes]]) -> int:
    """Posts one after the other, so that versions keep their order; returns how many were refused."""
    from services.cli.client import Client
    from services.cli.display import clean

    failed = 0
    async with Client("ingest", url, key) as client:
        for name, document in documents:
            answer = await client.post_story(document)
            if answer.is_ok:
                body = answer.body
                shown = f"{body.get('state')} {body.get('id')} version {body.get('version')}"
                click.echo(clean(f"{name}: {answer.status} {shown}"))
            else:
                failed += 1
                click.echo(clean(f"{name}: {answer.problem()}"), err=True)
    return failed
