"""Why an enrichment says what it says, in words."""

import re
from collections.abc import Mapping
from typing import Any, Final

_SPACES: Final = re.compile(r"\s+")
_AROUND: Final = 45
_WORDS: Final = 80
_RESOLVED: Final = {
    "catalogue": "the catalogue knows it as {id}",
    "role": "the title beside the name says so: \u201c{role}\u201d",
    "apposition": "the words after the name say so: \u201c{role}\u201d",
    "source": "the story plays there, and its words about the actor tell nothing else",
    "model": "the trained model took it for one, by name and context",
}
_BY_NAME: Final = "its name and the words around it, by rule"
_NO_ROLE: Final = ": \u201c\u201d"
_NO_CODES: Final = "; nothing in the story tells a country or sector"


def why(actor: Mapping[str, Any]) -> str:
    """Returns in a sentence what gave an actor its type and codes."""
    told = _RESOLVED.get(actor["resolved_by"], _BY_NAME).format(id=actor["id"], role=actor["role"] or "")
    told = told.removesuffix(_NO_ROLE)
    if actor["resolved_by"] in {"rule", "model"} and not (actor["country"] or actor["sectors"]):
        told += _NO_CODES
    if actor.get("candidates"):
        told += f"; it may also be {', '.join(actor['candidates'])}"
    return told


def codes(actor: Mapping[str, Any]) -> str:
    """Returns an actor's type, country and sectors, separated by dots."""
    parts = [actor["type"].replace("_", " "), actor["country"] or "", " ".join(actor["sectors"])]
    return " \u00b7 ".join(part for part in parts if part)


def grounds(actor: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Returns the codes that words of the story gave an actor, and these words: ("country IRQ", "Iraqi").

    Codes that the same words gave stand together. Empty where the catalogue or the name alone told them.
    """
    found: dict[str, list[str]] = {}
    for each in actor.get("evidence", ()):
        code = each["code"] if each["code"] == "role" else f"{each['code']} {each['value']}"
        words = _on_one_line(each["text"]).strip()
        shown = words if len(words) <= _WORDS else words[:_WORDS].rstrip() + "\u2026"
        found.setdefault(shown, []).append(code)
    return [(", ".join(dict.fromkeys(told)), words) for words, told in found.items()]


def evidence(actor: Mapping[str, Any], story: Mapping[str, str]) -> tuple[str, str, str]:
    """Returns the words before an actor's first mention, the mention, and the words after it, on one line."""
    mention = actor["mentions"][0]
    text, start, end = story[mention["field"]], mention["start"], mention["end"]
    before = text[max(0, start - _AROUND) : start]
    after = text[end : end + _AROUND]
    if start > _AROUND:
        before = "\u2026" + before[before.find(" ") + 1 :]
    if end + _AROUND < len(text):
        after = after[: max(after.rfind(" "), 0)] + "\u2026"
    return _on_one_line(before), _on_one_line(text[start:end]), _on_one_line(after)


def _on_one_line(text: str) -> str:
    return _SPACES.sub(" ", text)


def attribution(opinion: Mapping[str, Any], name: str) -> str:
    """Returns how a statement is attributed: kind, cue, stance, and the speaker's words other than `name`."""
    cue = f"\u201c{opinion['cue']}\u201d" if opinion["cue"] else "quotation marks alone"
    parts = [opinion["kind"], cue, opinion.get("stance", "")]
    words = _on_one_line(opinion.get("speaker", {}).get("text", name))
    if words != name:
        parts.append(f"called \u201c{words}\u201d")
    return " \u00b7 ".join(part for part in parts if part)


def left_out(enrichment: Mapping[str, Any]) -> list[str]:
    """Returns a sentence for each step that did not do all of its work."""
    return [
        f"The step {step['name']} is {step['status']}: {step.get('error', 'no reason is given')}."
        for step in enrichment["enrichment"]["steps"]
        if step["status"] != "ok"
    ]


def language(story: Mapping[str, Any], enrichment: Mapping[str, Any]) -> str:
    """Returns the story's language and who says so."""
    found = enrichment["enrichment"].get("detected_language")
    if found:
        return f"{found['language']}, detected ({found['confidence']:.0%} sure)"
    return f"{story['language']}, says the source" if story.get("language") else "read as English"
