"""What the pages show: their fenced blocks, and whether an output is like the one shown. Pure."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
VARIES = re.compile(rf"({UUID})|(cdk_\w+)|(\d+)|(\s+)|(…)")
ELLIPSIS = "…"
FRAMED = "│"


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block of a page.

    Args:
        page: its path in the project.
        language: what stands behind the fence.
        text: what it holds.
    """

    page: str
    language: str
    text: str

    @property
    def name(self) -> str:
        """The first line, by which the plan knows it."""
        return self.text.partition("\n")[0]

    @property
    def script(self) -> str:
        """What is typed: all of an `sh` block, what follows `$ ` in a `console` block."""
        if self.language == "sh":
            return self.text
        typed = [line[2:] for line in self.text.splitlines() if line.startswith("$ ")]
        return "".join(f"{line}\n" for line in typed)

    @property
    def shown(self) -> str:
        """The output that a `console` block shows; it has one command."""
        if self.language != "console":
            return ""
        return "".join(f"{line}\n" for line in self.text.splitlines() if not line.startswith("$ "))


def blocks(page: str, text: str) -> list[Block]:
    """Returns the blocks of a page, without the indentation of a list that they stand in."""
    return [
        Block(page, language, re.sub(f"^{indent}", "", body, flags=re.MULTILINE))
        for indent, language, body in FENCE.findall(text)
    ]


def is_like(shown: str, printed: str) -> bool:
    """Whether an output is like the one shown.

    Ids, tokens, numbers and spaces may differ. A line of `…` stands for any number of lines, a `…` within a
    line for anything. What stands in a frame is copydesk's judgement of a story, which may get better: only
    that there is something is compared.
    """
    lines = "".join(_pattern(line) for line in _merged(shown.strip("\n").splitlines()))
    return re.fullmatch(lines, _flat(printed)) is not None


def documents(printed: str) -> Iterator[Any]:
    """Yields the JSON objects that begin at a line's start, or where the one before them ends."""
    for start in re.finditer(r"^\{|(?<=\})\{", printed, re.MULTILINE):
        try:
            yield json.JSONDecoder().raw_decode(printed, start.start())[0]
        except ValueError:
            continue


def shape(document: Any) -> Any:
    """Returns what two documents have in common that differ in values only."""
    if isinstance(document, dict):
        return {key: shape(value) for key, value in document.items()}
    if isinstance(document, list):
        return [shape(item) for item in document]
    return type(document).__name__


def _merged(lines: list[str]) -> list[str]:
    """Returns the lines with every run of framed ones as one."""
    return [
        line
        for number, line in enumerate(lines)
        if not (line.startswith(FRAMED) and number and lines[number - 1].startswith(FRAMED))
    ]


def _pattern(line: str) -> str:
    if line.strip() == ELLIPSIS:
        return r"(?:[^\n]*\n)*?"
    if line.startswith(FRAMED):
        return rf"(?:{FRAMED}[^\n]*\n)+"
    return _varied(" ".join(line.split())) + r" ?\n"


def _varied(line: str) -> str:
    """Returns a pattern of a line in which everything that may differ does."""
    made = ""
    for part in VARIES.split(line):
        if not part:
            continue
        if part == ELLIPSIS:
            made += r"[^\n]*"
        elif re.fullmatch(UUID, part):
            made += UUID
        elif part.startswith("cdk_"):
            made += r"cdk_\w+"
        elif part.isdigit():
            made += r"\d+"
        else:
            made += r" *" if part.isspace() else re.escape(part)
    return made


def _flat(text: str) -> str:
    """Returns the text with single spaces, and no empty lines around it."""
    lines = [" ".join(line.split()) for line in text.strip("\n").splitlines()]
    return "".join(f"{line}\n" for line in lines)
