"""Scores the model that copydesk ships on the dev documents: stories in, mentions out, by class."""

import argparse
import itertools
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from services.enrich.actors.model import ModelTagger
from services.enrich.actors.tagger import Tagged
from services.enrich.catalogue import load
from services.enrich.pipeline import Pipeline, Story
from services.enrich.sentences import split
from training.figures import CLASS_OF, CLASSES, Figures, Name
from training.texts import Text, texts

_TYPES: Final = {
    "person": "PER",
    "organization": "ORG",
    "armed_group": "ORG",
    "intergovernmental": "ORG",
    "state": "GEO",
    "people": "GEO",
    "place": "GEO",
}
_BINS: Final = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)


def mentioned(enrichment: dict[str, Any]) -> Iterator[Name]:
    """Yields the names that a whole enrichment finds in the body."""
    for actor in [*enrichment["actors"], *({**place, "type": "place"} for place in enrichment["places"])]:
        for mention in actor["mentions"]:
            if mention["field"] == "body" and mention.get("kind", "name") == "name":
                yield mention["start"], mention["end"], _TYPES[actor["type"]]


def table(title: str, rows: dict[str, Figures]) -> str:
    """Returns the figures as a table in Markdown: F1 by class, and precision and recall of all."""
    lines = [
        f"| {title} | {' | '.join(CLASSES)} | all | precision | recall | names |",
        "| --- |" + " ---: |" * 7,
    ]
    for name, figures in rows.items():
        precision, recall, f1 = figures.of(*CLASSES)
        cells = [*(figures.of(kind)[2] for kind in CLASSES), f1, precision, recall]
        lines.append(
            f"| {name} | {' | '.join(f'{cell:.1f}' for cell in cells)} | {sum(figures.gold.values())} |"
        )
    return "\n".join(lines)


def reliability(found: Iterable[tuple[Tagged, bool]]) -> str:
    """Returns how often names of each confidence are right, as a table in Markdown."""
    found = list(found)
    lines = ["| confidence | names | mean confidence | right |", "| --- | ---: | ---: | ---: |"]
    for low, high in itertools.pairwise(_BINS):
        bin_ = [(name.confidence, right) for name, right in found if low < name.confidence <= high]
        if bin_:
            mean, right = (sum(values) / len(bin_) for values in zip(*bin_, strict=True))
            lines.append(f"| {low:g} to {high:g} | {len(bin_)} | {mean:.2f} | {right:.2f} |")
    return "\n".join(lines)


def judged(text: Text, found: Iterable[Tagged]) -> Iterator[tuple[Tagged, bool]]:
    """Yields each name that the model alone finds and whether it is right; other names are left out."""
    free = {name[:2] for name in text.names if name[2] not in CLASSES}
    for name in found:
        if name.label in CLASS_OF and name[:2] not in free:
            yield name, (name.start, name.end, CLASS_OF[name.label]) in text.names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of the sources")
    parser.add_argument("--model", type=Path, help="another model's folder than the one that is shipped")
    args = parser.parse_args()
    model = ModelTagger(args.model) if args.model else ModelTagger()
    pipeline = Pipeline(load(), tagger=model)
    whole: dict[str, Figures] = {}
    alone: dict[str, Figures] = {}
    sure: list[tuple[Tagged, bool]] = []
    words, began = 0, time.process_time()
    for path in sorted(args.data.glob("*.jsonl")):
        whole[path.stem], alone[path.stem] = Figures(), Figures()
        for text in texts(path):
            found = model(text.body, split(text.body))
            enrichment = pipeline.enrich(Story("", text.body))
            whole[path.stem].add(mentioned(enrichment), text.names)
            alone[path.stem].add(
                {(n.start, n.end, CLASS_OF.get(n.label, "OTHER")) for n in found}, text.names
            )
            sure += judged(text, found)
            words += len(text.body.split())
    seconds = time.process_time() - began
    print(f"Model {model.version}, {words} words, each read twice in {seconds:.1f} CPU-seconds.\n")
    print(table("enrichment, F1", whole), table("model alone, F1", alone), reliability(sure), sep="\n\n")


if __name__ == "__main__":
    main()
