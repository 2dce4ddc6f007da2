"""`copydesk erase`."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import click


@click.command()
@click.argument("ids", metavar="ID...", type=UUID, nargs=-1, required=True)
@click.option("--replies", is_flag=True, help="Of deliveries: empty what their endpoints answered, no more.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--url", help="Where publish is; else COPYDESK_PUBLISH_URL, else the running `copydesk up`.")
@click.option("--key", help="The API key; else COPYDESK_API_KEY, else the one of this machine.")
def erase(ids: Sequence[UUID], replies: bool, yes: bool, url: str | None, key: str | None) -> None:
    """Empty what was posted of a story and found in it, in every version, for good.

    What is still owed of it is not sent, and what endpoints answered to it is forgotten. That there was a
    story, and what became of it, stays to be seen. What was delivered is with its receivers. Doing so twice
    changes nothing. The key needs the scope stories:write and belongs to the story's source, or has the scope
    admin.

    With --replies each ID is a delivery's. What its endpoint answered so far is emptied, and nothing else;
    the key belongs to the subscription's source.

    \b
    Examples:
      copydesk erase 01990b2e-8f7a-7cc1-9d53-2f6f3c1f0c11
      copydesk erase $FIRST $SECOND --yes
      copydesk erase --replies $DELIVERY
    """
    from services.cli.target import address, api_key

    publish, token = address("COPYDESK_PUBLISH_URL", url), api_key(key)
    if not yes:
        click.confirm(f"Erase {_what(ids, replies)} for good?", abort=True, err=True)
    asyncio.run(_erase(publish, token, ids, replies))


def _what(ids: Sequence[UUID], replies: bool) -> str:
    content, one, several = ("replies to", "delivery", "deliveries") if replies else _OF_STORIES
    return f"the {content} {one} {ids[0]}" if len(ids) == 1 else f"the {content} {len(ids)} {several}"


_OF_STORIES = ("content of", "story", "stories")


async def _erase(url: str, key: str, ids: Sequence[UUID], replies: bool) -> None:
    from services.cli.client import Client

    async with Client("publish", url, key) as publish:
        for each in ids:
            erased = publish.erase_replies(str(each)) if replies else publish.erase(str(each))
            if not await erased:
                raise click.ClickException(_no_delivery(each) if replies else _no_story(each))
            click.echo(f"What was answered to {each} is erased." if replies else f"{each} is erased.")


def _no_story(story: UUID) -> str:
    return (
        f"There is no story {story}, or it is not of this key's source. `copydesk post` and"
        " `copydesk trace` show ids; name the source's key, or an admin's, with --key."
    )


def _no_delivery(delivery: UUID) -> str:
    return (
        f"There is no delivery {delivery}, or its subscription is not of this key's source."
        " GET /v1/deliveries lists ids; name the source's key, or an admin's, with --key."
    )
