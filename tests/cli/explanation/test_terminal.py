import io
from typing import Any

from rich.console import Console

from services.cli.explanation import terminal
from services.enrich.pipeline import Pipeline, Story

STORY = {
    "title": "Kenya [bold]waits[/bold]",
    "body": 'Kenya agreed to help.\x1b[2J "A day is enough," Foreign Minister Amina Wekesa said. '
    "It rains in Nairobi.",
}


def shown(pipeline: Pipeline, story: dict[str, Any], **options: Any) -> str:
    output = io.StringIO()
    console = Console(file=output, width=200, highlight=False, **options)
    terminal.show(console, story, pipeline.enrich(Story.from_document(story)))
    return output.getvalue()


def test_a_pipe_gets_the_story_and_the_reasons_without_colours(pipeline: Pipeline) -> None:
    text = shown(pipeline, STORY)
    assert "\x1b" not in text
    assert "Kenya [bold]waits[/bold]" in text
    assert '"A day is enough,[1]" Foreign Minister Amina Wekesa said.\u2605' in text
    assert "Amina Wekesa  person \u00b7 " in text
    assert "why: the title beside the name says so: \u201cForeign Minister\u201d" in text
    assert "role, sector GOV: \u201cForeign Minister\u201d" in text
    assert "country KEN: \u201cKenya\u201d" in text
    assert "why: the catalogue knows it as kenya" in text
    assert "[1] Amina Wekesa: A day is enough," in text
    assert "direct \u00b7 \u201csaid\u201d" in text
    assert "Nairobi (KEN)" in text
    assert "Left out" not in text


def test_a_terminal_shows_actors_in_the_colour_of_their_type(pipeline: Pipeline) -> None:
    text = shown(pipeline, STORY, force_terminal=True, color_system="standard")
    assert "\x1b[1;33mKenya" in text  # a state, bold and yellow
    assert "32mAmina Wekesa" in text  # a person, green
    assert "\x1b[2J" not in text
    assert "\x1b[4;" in text or ";4" in text  # highlights are underlined


def test_what_was_left_out_is_told(pipeline: Pipeline) -> None:
    text = shown(pipeline, {**STORY, "language": "sw"})
    assert "Language: sw, says the source" in text
    assert "The step opinions is skipped: unsupported_language." in text
    assert "The step actors is partial: unsupported_language." in text
