"""`copydesk erase`."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import click


@click.command()
@click.argument("stories", metavar="ID...", type=UUID, nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--url", help="Where publish is; else COPYDESK_PUBLISH_URL, else the running `copydesk up`.")
@click.option("--key", help="The API key; else COPYDESK_API_KEY, else the one of this machine.")
def erase(stories: Sequence[UUID], yes: bool, url: str | None, key: str | None) -> None:
    """Empty what was posted of a story and found in it, in every version, for good.

    What is still owed of it is not sent, and what endpoints answered to it is forgotten. That there was a
    story, and what became of it, stays to be seen. What was delivered is with its receivers. Doing so twice
    changes nothing. The key needs the scope stories:write and belongs to the story's source, or has the scope
    admin.

    \b
    Examples:
      copydesk erase 01990b2e-8f7a-7cc1-9d53-2f6f3c1f0c11
      copydesk erase $FIRST $SECOND --yes
    """
    from services.cli.target import address, api_key

    publish, token = address("COPYDESK_PUBLISH_URL", url), api_key(key)
    if not yes:
        what = f"story {stories[0]}" if len(stories) == 1 else f"{len(stories)} stories"
        click.confirm(f"Erase the content of {what} for good?", abort=True, err=True)
    asyncio.run(_erase(publish, token, stories))


async def _erase(url: str, key: str, stories: Sequence[UUID]) -> None:
    from services.cli.client import Client

    async with Client("publish", url, key) as publish:
        for story in stories:
            if not await publish.erase(str(story)):
                raise click.ClickException(
                    f"There is no story {story}, or it is not of this key's source. `copydesk post` and"
                    " `copydesk trace` show ids; name the source's key, or an admin's, with --key."
                )
            click.echo(f"{story} is erased.")
