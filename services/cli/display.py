"""How the command line shows things to a person: records, tables, and lines of many processes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "bright_cyan", "bright_green", "bright_yellow")
NAME_WIDTH = 12
PIPE_WIDTH = 10_000
CONTROL = {
    code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if code not in {9, 10}
}


class Printer:
    """Writes to a terminal or a pipe; colours only where the reader sees them.

    Args:
        console: where to; standard output by default.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)
        self._colours: dict[str, str] = {}

    def line(self, name: str, text: str) -> None:
        """Writes lines of one process, each with its name before it."""
        colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
        for part in text.splitlines() or [""]:
            prefix = Text(f"{name:<{NAME_WIDTH}} | ", style=colour)
            self._console.print(prefix.append(Text.from_ansi(part, style="default")), soft_wrap=True)

    def text(self, text: str) -> None:
        """Writes text as it is."""
        self._console.print(escape(clean(text)), soft_wrap=True)

    def event(self, event: Mapping[str, Any]) -> None:
        """Writes what a subscriber was told: a record in full, anything else in a line and its parts."""
        data = event["data"]
        if "title" in data:
            self.line(str(event["type"]), f"{event['timestamp']}")
            self.record(data)
            return
        about = f"subscription {data['subscription_id']}" if "subscription_id" in data else ""
        about = about or f"{data.get('uri', '')} version {data.get('version')}"
        self.line(str(event["type"]), f"{event['timestamp']} {clean(about)}")
        for name in ("stage", "reason", "detail", "percent", "delivery_id", "status", "error_class"):
            if data.get(name):
                self.line(str(event["type"]), f"{name}: {clean(str(data[name]))}")

    def record(self, record: Mapping[str, Any]) -> None:
        """Writes one record: title, highlights, actors with their codes, opinions, places."""
        self._console.print(panel(record), soft_wrap=False)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Writes a table: folded to fit a terminal, one whole line a row for a pipe."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for number, column in enumerate(columns):
            table.add_column(column, overflow="fold", no_wrap=number == 0)
        for row in rows:
            table.add_row(*(Text(clean(str(cell))) for cell in row))
        whole = Console(file=self._console.file, width=PIPE_WIDTH)
        (self._console if self._console.is_terminal else whole).print(table, soft_wrap=False)


def clean(text: str) -> str:
    """Returns the text without control characters: what a source sends must not steer a terminal."""
    return text.translate(CONTROL)


def panel(record: Mapping[str, Any]) -> RenderableType:
    """Returns a record as a framed page."""
    parts: list[RenderableType] = []
    for title, content in (
        ("Highlights", _highlights(record.get("highlights", []))),
        ("Actors", _actors(record.get("actors", []))),
        ("Opinions", _opinions(record.get("opinions", []), record.get("actors", []))),
        ("Places", _places(record.get("places", []))),
    ):
        if content is not None:
            parts += [Text(title, style="bold"), Padding(content, (0, 0, 1, 2))]
    subtitle = f"{record.get('source', '')} · version {record.get('version', 1)} · {record.get('id', '')}"
    return Panel(
        Group(*parts) if parts else Text("Nothing was found in it."),
        title=Text(clean(str(record.get("title", ""))), style="bold"),
        subtitle=Text(clean(subtitle), style="dim"),
        title_align="left",
        subtitle_align="left",
        padding=(1, 2),
    )


def _highlights(highlights: Sequence[Mapping[str, Any]]) -> RenderableType | None:
    if not highlights:
        return None
    table = Table.grid(padding=(0, 1))
    for number, highlight in enumerate(highlights, start=1):
        table.add_row(Text(f"{number}.", style="cyan"), Text(" ".join(clean(highlight["text"]).split())))
    return table


def _actors(actors: Sequence[Mapping[str, Any]]) -> RenderableType | None:
    if not actors:
        return None
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("name", overflow="fold")
    for column in ("type", "country", "sectors", "mentions"):
        table.add_column(column, no_wrap=True, justify="right" if column == "mentions" else "left")
    for actor in actors:
        role = f", {actor['role']}" if actor.get("role") else ""
        cells = (actor["type"], actor.get("country"), " ".join(actor.get("sectors") or ()))
        shown = (f"{actor['name']}{role}", *cells, len(actor.get("mentions", ())))
        table.add_row(*(Text(clean(str(cell or ""))) for cell in shown))
    return table


def _opinions(
    opinions: Sequence[Mapping[str, Any]], actors: Sequence[Mapping[str, Any]]
) -> RenderableType | None:
    if not opinions:
        return None
    table = Table.grid(padding=(0, 1))
    for opinion in opinions:
        who = Text(clean(speaker(opinion, actors)), style="bold")
        stance = f" ({opinion['stance']})" if opinion.get("stance") else ""
        words = Text(" ".join(clean(opinion["text"]).split()))
        table.add_row(who.append(f"{stance}:", style="not bold"), words)
    return table


def speaker(opinion: Mapping[str, Any], actors: Sequence[Mapping[str, Any]]) -> str:
    """Returns who made a statement: the actor's name, else the words of the story."""
    names = {actor.get("id"): actor["name"] for actor in actors if opinion["actor"]}
    words = opinion.get("unnamed") or opinion.get("speaker", {}).get("text")
    return str(names.get(opinion["actor"]) or words or "somebody")


def _places(places: Sequence[Mapping[str, Any]]) -> RenderableType | None:
    if not places:
        return None
    names = (
        f"{place['name']} ({place['country']})" if place.get("country") else place["name"] for place in places
    )
    return Text(clean(", ".join(names)))
