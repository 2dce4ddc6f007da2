"""`copydesk enrich`."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import click


@click.command()
@click.argument("file", metavar="FILE")
@click.option(
    "--jsonl", is_flag=True, help="FILE holds one story a line; write one enrichment a line, in order."
)
@click.option(
    "--jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes for --jsonl."
)
@click.option(
    "--catalogue",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    envvar="COPYDESK_CATALOGUE",
    help="A catalogue of actors that extends the built-in one.",
)
@click.option(
    "--explain", is_flag=True, help="Show the story with its marks, and why each code was given, not JSON."
)
@click.option(
    "--html",
    "page",
    metavar="PAGE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what --explain shows into a file, as one HTML page; - is stdout.",
)
def enrich(  # noqa: PLR0913, PLR0917 - click hands over one argument an option
    file: str, jsonl: bool, jobs: int, catalogue: Path | None, explain: bool, page: Path | None
) -> None:
    """Enrich stories here and now: no server, no database, the same pipeline.

    FILE holds one story as JSON, or with --jsonl one a line; - is stdin. Enrichments go to stdout, progress
    to stderr. With --jsonl a bad line is answered in its place with {"error": ..., "line": n}, and the exit
    status is 1.

    \b
    Examples:
      copydesk enrich story.json
      echo '{"title": "A visit", "body": "The European Union welcomed it."}' | copydesk enrich -
      copydesk enrich --jsonl --jobs 4 archive.jsonl > enrichments.jsonl
      copydesk enrich story.json --explain
      copydesk enrich story.json --html story.html
    """
    if jsonl and (explain or page):
        raise click.UsageError("--explain and --html are for one story; leave out --jsonl.")
    if explain or page:
        _explain(file, catalogue, page, show=explain)
        return
    if not jsonl:
        _one(file, catalogue)
        return
    from services.enrich.offline import main_jsonl

    with _opened(file) as stories, _explained(file):
        status = main_jsonl(stories, sys.stdout.buffer, sys.stderr, jobs, catalogue=catalogue)
    sys.exit(status)


def _one(file: str, catalogue: Path | None) -> None:
    import json

    from services.enrich.offline import enrich_bytes
    from services.enrich.pipeline import load_pipeline

    with _opened(file) as story, _explained(file):
        answer = enrich_bytes(story.read(), load_pipeline(catalogue))
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def _explain(file: str, catalogue: Path | None, page: Path | None, *, show: bool) -> None:
    """Shows a story with its marks and reasons, or writes them into a page, or both.

    Raises:
        click.ClickException: the story or the catalogue cannot be used; says why.
    """
    from rich.console import Console

    from services.cli.explanation import page as pages
    from services.cli.explanation import terminal
    from services.enrich.offline import read_story
    from services.enrich.pipeline import Story, load_pipeline

    with _opened(file) as opened, _explained(file):
        story = read_story(opened.read())
        enrichment = load_pipeline(catalogue).enrich(Story.from_document(story))
    if show:
        terminal.show(Console(highlight=False), story, enrichment)
    if page is not None:
        _write(page, pages.render(story, enrichment))


def _write(page: Path, text: str) -> None:
    """Writes a page into a file, or to standard output for `-`.

    Raises:
        click.ClickException: the file cannot be written; says why.
    """
    if page == Path("-"):
        click.echo(text, nl=False)
        return
    try:
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{page} cannot be written: {error.strerror}.") from None
    click.echo(f"{page} holds the story, explained.", err=True)


@contextlib.contextmanager
def _explained(file: str) -> Iterator[None]:
    """Turns what the pipeline refuses into a sentence.

    Raises:
        click.ClickException: the story, the catalogue or the model cannot be used; says why.
    """
    from services.enrich.offline import StoryError
    from services.enrich.pipeline import CatalogueError, ModelError

    try:
        yield
    except StoryError as error:
        raise click.ClickException(f"{file} holds no story: {error}") from None
    except (CatalogueError, ModelError) as error:
        raise click.ClickException(str(error)) from None


@contextlib.contextmanager
def _opened(file: str) -> Iterator[IO[bytes]]:
    """Gives the file, or standard input for `-`.

    Raises:
        click.UsageError: it cannot be opened.
    """
    if file == "-":
        yield sys.stdin.buffer
        return
    with contextlib.ExitStack() as stack:
        try:
            opened = stack.enter_context(Path(file).open("rb"))
        except OSError as error:
            raise click.UsageError(f"{file} cannot be read: {error.strerror}.") from None
        yield opened
