"""`copydesk settings`."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from copydesk.settings import Settings


@click.command()
def settings() -> None:
    """List every setting: its variable, default, meaning and an example.

    Settings are environment variables, and only that. A name beginning with COPYDESK_ that is not in
    this list stops a start, so a typing error cannot pass unnoticed.

    \b
    Examples:
      copydesk settings
      copydesk settings | grep RETRY
    """
    from copydesk.settings import COMMAND_LINE, known_variables
    from services.cli.display import Printer

    rows = [_row(name, *place) for name, place in known_variables().items()]
    rows += [(name, "(unset)", meaning, "") for name, meaning in COMMAND_LINE.items()]
    Printer().table(("VARIABLE", "DEFAULT", "MEANING", "EXAMPLE"), rows)


def _row(name: str, group: "type[Settings]", field: str) -> tuple[str, str, str, str]:
    from copydesk.settings import spelled_default

    found = group.model_fields[field]
    example = str((found.examples or [""])[0])
    return name, spelled_default(group, field), found.description or "", example
