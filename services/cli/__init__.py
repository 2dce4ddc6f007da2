"""The `copydesk` command. Importing it is cheap: each command loads what it needs when it runs."""

from typing import Any

import click

from copydesk.errors import CopydeskError, OutageError, SchemaError, SettingError
from services.cli.catalogue import catalogue
from services.cli.doctor import doctor
from services.cli.enrich import enrich
from services.cli.erase import erase
from services.cli.events import events
from services.cli.keys import keys
from services.cli.listen import listen
from services.cli.migrate import migrate
from services.cli.post import post
from services.cli.quarantine import quarantine
from services.cli.replay import replay
from services.cli.secrets import secrets
from services.cli.settings import settings
from services.cli.status import status
from services.cli.trace import trace
from services.cli.up import up
from services.cli.webhook import webhook

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class SettingFailure(click.ClickException):
    """A wrong setting ends a command like a wrong option."""

    exit_code = 2


class Desk(click.Group):
    """A group whose commands end an expected error in a sentence, not in a traceback."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own type
        """Runs the chosen command; status 2 for a wrong setting, 1 for any other expected error."""
        try:
            return super().invoke(ctx)
        except CopydeskError as error:
            kind = SettingFailure if isinstance(error, SettingError) else click.ClickException
            raise kind(f"{error}{_remedy(error)}") from None


def _remedy(error: CopydeskError) -> str:
    """Returns what to do about a database that is away; who raised anything else has said it."""
    if isinstance(error, OutageError) and not isinstance(error, SchemaError):
        return "\nStart PostgreSQL, or correct DATABASE_URL; `copydesk doctor` says what else is wrong."
    return ""


@click.group(cls=Desk, context_settings=CONTEXT)
@click.version_option(package_name="copydesk", prog_name="copydesk")
def main() -> None:
    """Post a story, get it back enriched: highlights, actors, who said what.

    \b
    Start here:
      copydesk up                     everything on this machine, with a sample story
      copydesk listen                 watch records come in (another terminal)
      copydesk post story.json        send a story of yours
      copydesk enrich story.json      only the enrichment, with no server at all
      copydesk doctor                 what is missing, and how to mend it

    Every command explains itself with examples: copydesk COMMAND --help.
    """


for command in (
    up, post, listen, webhook, events, replay, erase, enrich, catalogue, status, trace, doctor, keys, secrets,
    quarantine, migrate, settings,
):  # fmt: skip
    main.add_command(command)
