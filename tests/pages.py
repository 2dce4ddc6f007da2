"""HTML as a browser reads it, and whether its colours can be told apart."""

import re
from html.parser import HTMLParser

VOID = {"link", "meta", "td", "th", "tr"}


class Reader(HTMLParser):
    """Keeps the text, the tags and the attributes; fails where a tag closes that is not open."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, *names: str) -> list[str]:
        """Returns the values of attributes of these names."""
        return [value for name, value in self.attributes if name in names]


def palettes(source: str) -> list[dict[str, str]]:
    """Returns the colours that a page names, by day and by night."""
    return [
        {name: re.sub(r"^#(.)(.)(.)$", r"#\1\1\2\2\3\3", colour) for name, colour in found}
        for found in (re.findall(r"--(\w+):(#\w+)", each) for each in re.findall(r":root\{[^}]*\}", source))
    ]


def contrast(colour: str, ground: str) -> float:
    """Returns how far a colour stands out from its ground. Source: WCAG 2.2, "contrast ratio"."""
    light, dark = sorted((_luminance(colour), _luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    """Returns how bright `#rrggbb` is. Source: WCAG 2.2, "relative luminance"."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
