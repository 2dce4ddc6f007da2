import io

import pytest
from rich.console import Console

from services.cli.display import Printer, clean

RECORD = {
    "id": "01990b2e",
    "version": 2,
    "source": "desk",
    "title": "A visit\x1b[2J",
    "highlights": [{"text": "The European Union\nwelcomed it."}],
    "actors": [
        {
            "name": "Amina Wekesa",
            "type": "person",
            "country": "KEN",
            "sectors": ["GOV", "PTY"],
            "role": "Foreign Minister",
            "mentions": [{}, {}],
        },
        {"name": "EU", "type": "intergovernmental", "country": None, "role": None},
    ],
    "places": [{"name": "Nairobi", "country": "KEN"}, {"name": "the Lake", "country": None}],
}


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def printer(output: io.StringIO) -> Printer:
    return Printer(Console(file=output, width=100, highlight=False))


def test_a_record_shows_title_highlights_actors_and_places(printer: Printer, output: io.StringIO) -> None:
    printer.record(RECORD)
    text = output.getvalue()
    assert "1. The European Union welcomed it." in text
    actor = next(line for line in text.splitlines() if "Amina Wekesa" in line)
    assert "Amina Wekesa, Foreign Minister" in actor
    assert actor.split("│")[1].split()[-5:] == ["person", "KEN", "GOV", "PTY", "2"]
    assert "Nairobi (KEN), the Lake" in text
    assert "desk · version 2 · 01990b2e" in text
    assert "\x1b" not in text


def test_an_empty_record_says_so(printer: Printer, output: io.StringIO) -> None:
    printer.record({"title": "Nothing", "highlights": [], "actors": [], "places": []})
    assert "Nothing was found in it." in output.getvalue()


def test_lines_bear_their_name(printer: Printer, output: io.StringIO) -> None:
    printer.line("ingest", "first\nsecond")
    printer.line("enrich", "")
    assert output.getvalue().splitlines() == [
        "ingest       | first",
        "ingest       | second",
        "enrich       | ",
    ]


def test_names_have_colours_on_a_terminal_only() -> None:
    output = io.StringIO()
    Printer(Console(file=output, force_terminal=True, color_system="standard")).line(
        "ingest", "[bold]x[/bold]"
    )
    assert "\x1b[36mingest" in output.getvalue()
    assert "[bold]x[/bold]" in output.getvalue()


def test_text_and_cells_are_not_markup(printer: Printer, output: io.StringIO) -> None:
    printer.text("[red]x[/red]")
    printer.table(("A", "B"), [("[b]", None)])
    assert "[red]x[/red]" in output.getvalue()
    assert "[b]" in output.getvalue()


def test_control_characters_do_not_pass_and_lines_do() -> None:
    assert clean("a\x07b\x9bc\td\ne") == "a�b�c\td\ne"


def test_a_settled_event_needs_no_title(printer: Printer, output: io.StringIO) -> None:
    data = {"uri": "urn:x", "version": 1, "retracted_at": "2026-11-22T12:00:00Z"}
    printer.event({"type": "story.retracted", "timestamp": "2026-11-22T12:00:01Z", "data": data})
    assert output.getvalue() == "story.retracted | 2026-11-22T12:00:01Z urn:x version 1\n"


def test_a_table_is_folded_on_a_terminal_and_whole_in_a_pipe() -> None:
    long = "word " * 40
    for terminal, lines in ((True, 5), (False, 2)):
        output = io.StringIO()
        console = Console(file=output, width=60, force_terminal=terminal, color_system=None)
        Printer(console).table(("ID", "NOTE"), [("01990b2e-8f7a-7cc1", long)])
        assert len(output.getvalue().splitlines()) >= lines
        assert all(len(line) <= 60 for line in output.getvalue().splitlines()) == terminal
        assert "01990b2e-8f7a-7cc1" in output.getvalue()


def test_a_record_shows_who_said_what(printer: Printer, output: io.StringIO) -> None:
    opinions = [
        {"actor": "wekesa", "text": "we\nagree", "stance": "promises", "speaker": {"text": "She"}},
        {"actor": None, "text": "it rained", "unnamed": "a farmer", "speaker": {"text": "a farmer"}},
        {"actor": None, "text": "it did not", "speaker": {"text": "Otieno"}},
        {"actor": None, "text": "so be it"},
    ]
    printer.record({"title": "T", "actors": [{**RECORD["actors"][0], "id": "wekesa"}], "opinions": opinions})
    text = output.getvalue()
    assert "Amina Wekesa (promises): we agree" in text
    assert "a farmer:                it rained" in text
    assert "Otieno:                  it did not" in text
    assert "somebody:                so be it" in text
