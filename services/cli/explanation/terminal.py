"""An explained enrichment on a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from services.cli.display import clean, speaker
from services.cli.explanation import reasons
from services.cli.explanation.pieces import Piece, cut

STYLES: Final = {
    "person": "green",
    "organization": "cyan",
    "armed_group": "red",
    "intergovernmental": "blue",
    "state": "yellow",
    "people": "magenta",
}
_PLACE: Final = "bright_black"


def show(console: Console, story: Mapping[str, Any], enrichment: Mapping[str, Any]) -> None:
    """Writes a story with its marks, then its actors, highlights, opinions and places with the reasons.

    Args:
        console: where to; colours only where the reader sees them.
        story: a document that satisfies `schemas/story.schema.json`.
        enrichment: what the pipeline made of it.
    """
    actors = enrichment["actors"]
    console.print(_marked(cut(story["title"], "title", enrichment), actors, "bold"))
    console.print(Text(f"Language: {clean(reasons.language(story, enrichment))}", style="dim"))
    console.print(_legend(), "")
    console.print(_marked(cut(story["body"], "body", enrichment), actors, ""), "")
    for title, parts in (
        ("Actors", [_actor(actor, story) for actor in actors]),
        ("Highlights", [_highlight(one) for one in enrichment["highlights"]]),
        ("Opinions", [_opinion(at, one, actors) for at, one in enumerate(enrichment["opinions"], start=1)]),
        ("Places", _places(enrichment["places"])),
        ("Left out", [Text(line) for line in reasons.left_out(enrichment)]),
    ):
        if parts:
            console.print(Text(title, style="bold"), Padding(Group(*parts), (0, 0, 1, 2)))


def _marked(pieces: Sequence[Piece], actors: Sequence[Mapping[str, Any]], base: str) -> Text:
    text = Text(style=base)
    for piece in pieces:
        text.append(clean(piece.text), style=_style(piece, actors))
        if piece.ends_opinion and piece.opinion is not None:
            text.append(f"[{piece.opinion + 1}]", style="dim")
        if piece.ends_highlight and piece.highlight is not None:
            text.append(f"\u2605{piece.highlight + 1}", style="dim")
    return text


def _style(piece: Piece, actors: Sequence[Mapping[str, Any]]) -> str:
    styles = [_PLACE] if piece.place is not None else []
    if piece.actor is not None:
        styles = ["bold", STYLES[actors[piece.actor]["type"]]]
    if piece.highlight is not None:
        styles.append("underline")
    if piece.opinion is not None:
        styles.append("italic")
    return " ".join(styles)


def _legend() -> Text:
    legend = Text("Actors: ", style="dim")
    for kind, style in STYLES.items():
        legend.append(kind.replace("_", " "), style=f"bold not dim {style}").append(", ")
    legend.append("place", style=f"not dim {_PLACE}").append("; ")
    legend.append("highlight", style="not dim underline").append("\u2605; ")
    return legend.append("opinion", style="not dim italic").append("[1]")


def _actor(actor: Mapping[str, Any], story: Mapping[str, Any]) -> Text:
    text = Text(clean(actor["name"]), style="")
    text.stylize(f"bold {STYLES[actor['type']]}")
    text.append(f"  {reasons.codes(actor)}")
    if actor["role"]:
        text.append(f"  {clean(actor['role'])}", style="italic")
    text.append(f"\n  why: {clean(reasons.why(actor))}")
    for code, told in reasons.grounds(actor):
        text.append(f"\n  {clean(code)}: ").append(f"\u201c{clean(told)}\u201d", style="italic")
    before, words, after = (clean(part) for part in reasons.evidence(actor, story))
    text.append("\n  first named: ").append(before, style="dim").append(words, style="bold")
    text.append(after, style="dim")
    count = len(actor["mentions"])
    shares = f"salience {actor['salience']:.2f}, confidence {actor['confidence']:.2f}"
    return text.append(f"\n  {count} mention{'s' if count > 1 else ''}, {shares}", style="dim")


def _highlight(highlight: Mapping[str, Any]) -> Text:
    words = " ".join(clean(highlight["text"]).split())
    text = Text(f"\u2605{highlight['rank']} ", style="cyan")
    return text.append(words, style="default").append(f"  score {highlight['score']:.2f}", style="dim")


def _opinion(number: int, opinion: Mapping[str, Any], actors: Sequence[Mapping[str, Any]]) -> Text:
    name = speaker(opinion, actors)
    text = Text(f"[{number}] ", style="cyan").append(clean(name), style="bold default")
    text.append(f": {' '.join(clean(opinion['text']).split())}", style="default")
    return text.append(f"\n    {clean(reasons.attribution(opinion, name))}", style="dim")


def _places(places: Sequence[Mapping[str, Any]]) -> list[RenderableType]:
    return [Text(clean(f"{place['name']} ({place['country'] or 'no country'})")) for place in places]
