"""The page as a browser reads it: well-formed, escaped, without anything that runs or is fetched."""

from typing import Any

import pytest

from services.cli.explanation import page
from services.enrich.pipeline import Pipeline, Story
from tests.pages import Reader, contrast, palettes

BODY = (
    "NAIROBI - Kenya agreed to help, officials said.\n\n"
    '"A day is enough," Foreign Minister Amina Wekesa said. '
    "She warned that <script>alert(1)</script> & \"onload='x'\" could come.\x1b[2J"
)


def rendered(pipeline: Pipeline, title: str, body: str, **more: Any) -> str:
    document = {"title": title, "body": body, **more}
    return page.render(document, pipeline.enrich(Story.from_document(document)))


def test_the_page_holds_the_story_word_for_word(pipeline: Pipeline) -> None:
    text = Reader(rendered(pipeline, "A visit", "Kenya said it would come.\n\nIt came.")).text
    assert "Kenya said it would come1.\u26051\n\nIt came." in text


def test_actors_opinions_and_reasons_are_told(pipeline: Pipeline) -> None:
    read = Reader(rendered(pipeline, "A visit", BODY))
    assert "Amina Wekesa, Foreign Minister \u00b7 person \u00b7" in read.text
    assert "Why: the title beside the name says so: \u201cForeign Minister\u201d." in read.text
    assert "role, sector GOV: \u201cForeign Minister\u201d" in read.text
    assert "Why: the catalogue knows it as kenya." in read.text
    assert "Amina Wekesa: A day is enough,\ndirect \u00b7 \u201csaid\u201d" in read.text
    assert "Nairobi (KEN)" in read.text
    assert ("class", "actor state") in read.attributes
    assert ("href", "#actor-1") in read.attributes


def test_what_a_story_holds_is_never_markup(pipeline: Pipeline) -> None:
    source = rendered(pipeline, '<img src=x onerror="a">', BODY, language="en")
    read = Reader(source)
    assert read.tags <= {
        "html", "meta", "title", "style", "main", "h1", "h2", "p", "div", "span", "a", "sup", "b", "bdi",
        "ul", "ol", "li", "table", "tr", "th", "td",
    }  # fmt: skip
    assert {name for name, _ in read.attributes} <= {
        "lang", "charset", "name", "content", "http-equiv", "dir", "class", "id", "href", "title",
    }  # fmt: skip
    assert "<script>alert(1)</script>" in read.text
    assert "\x1b" not in source


def test_nothing_is_fetched(pipeline: Pipeline) -> None:
    source = rendered(pipeline, "A visit", BODY)
    assert all(link.startswith("#") for link in Reader(source).values("href", "src"))
    assert "url(" not in source
    assert "@import" not in source
    assert "default-src 'none'" in source


def test_it_reads_well_on_a_phone_and_in_the_dark(pipeline: Pipeline) -> None:
    source = rendered(pipeline, "A visit", BODY)
    assert "width=device-width" in source
    assert "prefers-color-scheme:dark" in source


@pytest.mark.parametrize("ground", ["bg", "card", "mark"])
def test_words_stand_out_by_day_and_by_night(pipeline: Pipeline, ground: str) -> None:
    found = palettes(rendered(pipeline, "A visit", BODY))
    assert len(found) == 2
    for palette in found:
        for name in palette.keys() - {"bg", "card", "mark", "line"}:
            assert contrast(palette[name], palette[ground]) >= 4.5, f"{name} on {ground}"


def test_a_story_without_anything_in_it_is_still_a_page(pipeline: Pipeline) -> None:
    text = Reader(rendered(pipeline, "\u0628\u064a\u0627\u0646", "\u2026")).text
    assert "Actors" not in text
    assert "Steps" in text


def test_another_language_says_what_was_left_out(pipeline: Pipeline) -> None:
    body = "Die F\u00e4hre bleibt, bis der Sturm vor\u00fcber ist, sagte der Hafenmeister von Kenya."
    source = rendered(pipeline, "Sturm im Hafen", body)
    assert '<html lang="en">' in source, "what the page says itself is English"
    assert source.count('lang="de" dir=auto') == 2, "its title and its story are not"
    assert "unsupported_language" in Reader(source).text
