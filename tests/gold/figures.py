"""The committed figures: what they are, and what has fallen since."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tests.gold.scoring.counts import Count, Tally, total

COMMITTED: Final = Path(__file__).parent / "figures.json"
TOLERANCE: Final = 1.0
"""Points that a figure may fall without anybody having to say why."""

Counts = Mapping[str, Mapping[str, Count]]
"""The counts of each story, by its name and then by figure."""


def counts_of(tallies: Mapping[str, Tally]) -> Counts:
    """Returns the counts without the errors."""
    return {slug: tally.counts for slug, tally in tallies.items()}


def write(counts: Counts, path: Path) -> None:
    """Writes the figures, and the counts of each story in a line, so that a diff shows which one moved."""
    figures = {name: round(count.f1, 1) for name, count in total(counts.values()).items()}
    lines = [
        f"    {json.dumps(slug)}: {json.dumps({name: _triple(count) for name, count in sorted(of.items())})}"
        for slug, of in sorted(counts.items())
    ]
    stories = ",\n".join(lines)
    shown = json.dumps(figures, indent=4).removesuffix("}")
    path.write_text(
        f'{{\n  "figures": {shown}  }},\n  "stories": {{\n{stories}\n  }}\n}}\n', encoding="utf-8"
    )


def read(path: Path = COMMITTED) -> Counts:
    """Returns the committed counts; the figures beside them are for people, and follow from them."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return {
        slug: {name: Count(*triple) for name, triple in of.items()}
        for slug, of in document["stories"].items()
    }


def fallen(now: Counts, committed: Counts) -> Iterator[str]:
    """Yields for each figure that fell by more than `TOLERANCE` a line, then one for each story behind it."""
    after, before = total(now.values()), total(committed.values())
    for name, count in before.items():
        if after[name].f1 < count.f1 - TOLERANCE:
            stories = list(_worse(name, now, committed)) or ["stories were added or removed"]
            yield "\n  ".join([f"{name} fell from {count.f1:.1f} to {after[name].f1:.1f}:", *stories])


def _worse(name: str, now: Counts, committed: Counts) -> Iterator[str]:
    """Yields the stories in which a figure got worse, and how its counts changed."""
    for slug in sorted(committed.keys() & now.keys()):
        before, after = committed[slug].get(name, Count()), now[slug].get(name, Count())
        if after.f1 < before.f1:
            yield f"{slug} had {before}, now {after}"


def _triple(count: Count) -> list[int]:
    return [count.hit, count.found, count.gold]
