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
    help="A catalogue of actors to use in place of the built-in one.",
)
def enrich(file: str, jsonl: bool, jobs: int, catalogue: Path | None) -> None:
    """Enrich stories here and now: no server, no database, the same pipeline.

    FILE holds one story as JSON, or with --jsonl one a line; - is stdin. Enrichments go to stdout, progress
    to stderr. With --jsonl a bad line is answered in its place with {"error": ..., "line": n}, and the exit
    status is 1.

    \b
    Examples:
      copydesk enrich story.json
      echo '{"title": "A visit", "body": "The European Union welcomed it."}' | copydesk enrich -
      copydesk enrich --jsonl --jobs 4 archive.jsonl > enrichments.jsonl
    """
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
