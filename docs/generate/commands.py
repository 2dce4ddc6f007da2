"""docs/reference/commands.md."""

from collections.abc import Iterator

import click

from docs.generate.markdown import join
from services.cli import main

INTRODUCTION = """# The command line

What `copydesk COMMAND --help` prints. An expected error ends a command in a sentence with exit status 1; a
wrong option or setting with 2."""
WIDTH = 100


def page() -> str:
    """Returns the page."""
    return join(INTRODUCTION, *_sections(main, "copydesk", None))


def _sections(command: click.Command, name: str, parent: click.Context | None) -> Iterator[str]:
    """Yields the help of a command, then of all below it."""
    context = click.Context(command, parent, info_name=name, terminal_width=WIDTH, **command.context_settings)
    text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    yield join(f"## {context.command_path}", f"```text\n{text}\n```")
    if isinstance(command, click.Group):
        for word, below in command.commands.items():
            yield from _sections(below, word, context)
