"""The committed figures: what they are, and what has fallen since."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tests.gold.scoring.counts import Count, Tally, total

COMMITTED: Final = Path(__file__).parent / "figures.json"
TOLERANCE: Final = 1.0
"""Points that a figure may fall without anybody having to say why."""

Counts = dict[str, dict[str, Count]]


def counts_of(tallies: Mapping[str, Tally]) -> Counts:
    """Returns the counts by figure, of each story by name and of all together under the empty name."""
    return {"": total(tallies.values()), **{slug: dict(tally.counts) for slug, tally in tallies.items()}}


def write(counts: Counts, path: Path = COMMITTED) -> None:
    """Writes the figures, and the counts of each story on a line of its own, so that a diff shows what moved."""
    figures = {name: round(count.f1, 1) for name, count in counts[""].items()}
    lines = [
        f'    {json.dumps(slug)}: {json.dumps({name: _triple(count) for name, count in sorted(of.items())})}'
        for slug, of in sorted(counts.items())
    ]
    document = f'{{\n  "figures": {json.dumps(figures, indent=4)},\n  "counts": {{\n' + ",\n".join(lines) + "\n  }\n}\n"
    path.write_text(document, encoding="utf-8")


def read(path: Path = COMMITTED) -> Counts:
    """Returns the committed counts, in the shape of `counts_of`."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return {
        slug: {name: Count(*triple) for name, triple in of.items()} for slug, of in document["counts"].items()
    }


def fallen(now: Counts, committed: Counts) -> Iterator[str]:
    """Yields a sentence for each figure that fell by more than `TOLERANCE`, with the stories behind it."""
    for name, before in committed[""].items():
        after = now[""].get(name, Count())
        if after.f1 < before.f1 - TOLERANCE:
            stories = "; ".join(_worse(name, now, committed)) or "no story got worse: stories were added or removed"
            yield f"{name} fell from {before.f1:.1f} to {after.f1:.1f}: {stories}"


def _worse(name: str, now: Counts, committed: Counts) -> Iterator[str]:
    """Yields the stories in which a figure got worse, and how its counts changed."""
    for slug in sorted(committed.keys() - {""}):
        before, after = committed[slug].get(name, Count()), now.get(slug, {}).get(name, Count())
        if after.f1 < before.f1:
            yield (
                f"{slug} had {before.hit} right of {before.found} found and {before.gold} asked for, "
                f"now {after.hit} of {after.found} and {after.gold}"
            )


def _triple(count: Count) -> list[int]:
    return [count.hit, count.found, count.gold]
