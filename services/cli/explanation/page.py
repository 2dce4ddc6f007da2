"""An explained enrichment as one HTML page that stands alone: no scripts, nothing fetched."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

from services.cli.display import clean, speaker
from services.cli.explanation import reasons
from services.cli.explanation.pieces import Piece, cut

_STYLE: Final = """
:root{color-scheme:light dark;--bg:#fcfcfa;--fg:#1d1d1b;--soft:#5c5c57;--line:#dddcd5;--card:#fff;
--mark:#fff1b8;--person:#1b6e3c;--organization:#0b6478;--armed_group:#b3261e;--intergovernmental:#2a4fb0;--state:#875400;
--people:#8a2f86;--place:#5c5c57}
@media(prefers-color-scheme:dark){:root{--bg:#161615;--fg:#ecebe6;--soft:#a3a29b;--line:#3a3a37;--card:#20201e;
--mark:#413810;--person:#7bd79c;--organization:#6fd0e6;--armed_group:#ff9a8f;--intergovernmental:#a3bbff;
--state:#f2bf6b;--people:#eba0e6;--place:#a3a29b}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:46rem;padding:1.5rem 1rem 4rem;background:var(--bg);color:var(--fg);
font:1rem/1.6 Georgia,"Times New Roman",serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.25;margin:.2rem 0 .6rem}
h2{font-size:1.1rem;margin:2.2rem 0 .6rem;border-bottom:1px solid var(--line)}
.story{white-space:pre-wrap;unicode-bidi:plaintext}
.small,.legend,table{font:.82rem/1.5 system-ui,sans-serif;color:var(--soft)}
a{color:inherit;text-decoration:none}
.actor{font-weight:bold}
.place{color:var(--place);text-decoration:underline dotted}
.highlight{background:var(--mark)}
.opinion{text-decoration:underline;text-decoration-color:var(--soft);text-underline-offset:.2em}
sup{font:.65rem system-ui,sans-serif;color:var(--soft);line-height:0}
ol,ul{padding-left:1.4rem}li{margin:.5rem 0}
.cards{list-style:none;padding:0}
.cards li{background:var(--card);border:1px solid var(--line);border-left:.3rem solid;border-radius:.3rem;
padding:.5rem .8rem}
.cards b{color:inherit}.cards p{margin:.15rem 0;color:var(--fg)}
.cards .small{color:var(--soft)}
:target{outline:2px solid var(--soft)}
table{border-collapse:collapse}td,th{padding:.1rem .6rem .1rem 0;text-align:left;overflow-wrap:normal}
"""
_TYPES: Final = ("person", "organization", "armed_group", "intergovernmental", "state", "people")
_COLOURS: Final = "".join(f".{kind}{{color:var(--{kind})}}" for kind in _TYPES)
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"

Json = Mapping[str, Any]


def render(story: Json, enrichment: Json) -> str:
    """Returns the page: the story with its marks, then what they stand for and why.

    Whatever the story holds comes out as text: it is escaped, and control characters are replaced.

    Args:
        story: a document that satisfies `schemas/story.schema.json`.
        enrichment: what the pipeline made of it.
    """
    actors = enrichment["actors"]
    sections = (
        ("Actors", _list("ul class=cards", (_actor(*each, story) for each in enumerate(actors, start=1)))),
        ("Highlights", _list("ol", map(_highlight, enrichment["highlights"]))),
        (
            "Opinions",
            _list("ol", (_opinion(*each, actors) for each in enumerate(enrichment["opinions"], start=1))),
        ),
        ("Places", _list("ul", map(_place, enrichment["places"]))),
        ("Steps", _steps(enrichment)),
    )
    title, language = _text(story["title"]), f' lang="{_language(story, enrichment)}"'
    headline, body = (_marked(cut(story[field], field, enrichment), actors) for field in ("title", "body"))
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{title}</title>\n<style>{_STYLE}{_COLOURS}</style>\n"
        f"<main>\n<h1{language} dir=auto>{headline}</h1>\n"
        f"<p class=small>Language: {_text(reasons.language(story, enrichment))}</p>\n{_legend()}\n"
        f"<div class=story{language} dir=auto>{body}</div>\n"
        + "".join(f"<h2>{name}</h2>\n{content}\n" for name, content in sections if content)
        + "</main>\n</html>\n"
    )


def _text(text: object) -> str:
    return escape(clean(str(text)), quote=True)


def _language(story: Json, enrichment: Json) -> str:
    found = enrichment["enrichment"].get("detected_language") or {}
    return _text(story.get("language") or found.get("language") or "")


def _marked(pieces: Sequence[Piece], actors: Sequence[Json]) -> str:
    return "".join(_piece(piece, actors) for piece in pieces)


def _piece(piece: Piece, actors: Sequence[Json]) -> str:
    classes = [
        name
        for name, number in (
            ("highlight", piece.highlight),
            ("opinion", piece.opinion),
            ("place", piece.place),
        )
        if number is not None and not (name == "place" and piece.actor is not None)
    ]
    made = _text(piece.text)
    if piece.actor is not None:
        actor = actors[piece.actor]
        told = _text(f"{actor['name']} \u00b7 {reasons.codes(actor)}")
        made = f'<a class="actor {actor["type"]}" href="#actor-{piece.actor + 1}" title="{told}">{made}</a>'
    if classes:
        made = f'<span class="{" ".join(classes)}">{made}</span>'
    if piece.ends_opinion and piece.opinion is not None:
        made += f'<sup><a href="#opinion-{piece.opinion + 1}">{piece.opinion + 1}</a></sup>'
    if piece.ends_highlight and piece.highlight is not None:
        made += f"<sup>\u2605{piece.highlight + 1}</sup>"
    return made


def _legend() -> str:
    kinds = " ".join(f'<span class="actor {kind}">{kind.replace("_", " ")}</span>' for kind in _TYPES)
    others = (
        "<span class=place>place</span> <span class=highlight>highlight</span><sup>\u2605</sup> "
        "<span class=opinion>opinion</span><sup>1</sup>"
    )
    return f"<p class=legend>{kinds} {others}</p>"


def _list(tag: str, items: Iterable[str]) -> str:
    made = "\n".join(items)
    return f"<{tag}>\n{made}\n</{tag[:2]}>" if made else ""


def _actor(number: int, actor: Json, story: Json) -> str:
    before, words, after = (_text(part) for part in reasons.evidence(actor, story))
    told = "".join(
        f"<p class=small>{_text(code)}: \u201c<bdi>{_text(words)}</bdi>\u201d</p>\n"
        for code, words in reasons.grounds(actor)
    )
    role = f", {_text(actor['role'])}" if actor["role"] else ""
    count = len(actor["mentions"])
    shares = f"salience {actor['salience']:.2f}, confidence {actor['confidence']:.2f}"
    return (
        f'<li id="actor-{number}" class="{actor["type"]}"><b><bdi>{_text(actor["name"])}</bdi></b>'
        f"<span class=small>{role} \u00b7 {_text(reasons.codes(actor))}</span>\n"
        f"<p>Why: {_text(reasons.why(actor))}.</p>\n{told}"
        f"<p class=small>First named: <bdi>{before}<b>{words}</b>{after}</bdi></p>\n"
        f"<p class=small>{count} mention{'s' if count > 1 else ''}, {shares}</p></li>"
    )


def _highlight(highlight: Json) -> str:
    score = f"<bdi class=small>score {highlight['score']:.2f}</bdi>"
    return f"<li><div dir=auto>{_text(highlight['text'])} {score}</div></li>"


def _opinion(number: int, opinion: Json, actors: Sequence[Json]) -> str:
    name = speaker(opinion, actors)
    told = f"<div class=small>{_text(reasons.attribution(opinion, name))}</div>"
    words = f"<b><bdi>{_text(name)}</bdi></b>: <bdi>{_text(opinion['text'])}</bdi>"
    return f'<li id="opinion-{number}">{words}\n{told}</li>'


def _place(place: Json) -> str:
    country = f" ({_text(place['country'])})" if place["country"] else ""
    return f"<li><bdi>{_text(place['name'])}</bdi>{country}</li>"


def _steps(enrichment: Json) -> str:
    made = enrichment["enrichment"]
    rows = "".join(
        f"<tr><td>{_text(step['name'])}<td>{_text(step['status'])}<td>{_text(step.get('error', ''))}"
        f"<td>{step['duration_ms']:.1f}\n"
        for step in made["steps"]
    )
    versions = f"pipeline {made['pipeline']}, catalogue {made['catalogue']}, model {made['model'] or 'none'}"
    head = "<tr><th>Step<th>Status<th>Why<th>ms"
    return f"<table>\n{head}\n{rows}</table>\n<p class=small>{_text(versions)}</p>"
