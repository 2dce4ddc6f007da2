"""Scores the model that copydesk ships on the dev documents: stories in, mentions out, by class."""

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.enrich.actors.forms import Forms
from services.enrich.actors.model import ModelTagger
from services.enrich.catalogue import load
from services.enrich.pipeline import Pipeline, Story
from services.enrich.sentences import split
from training import changes, reliability
from training.convert import Peoples
from training.figures import CLASS_OF, CLASSES, TYPES, Figures, Name
from training.texts import texts


def mentioned(enrichment: dict[str, Any]) -> Iterator[Name]:
    """Yields the names that a whole enrichment finds in the body."""
    for actor in [*enrichment["actors"], *({**place, "type": "place"} for place in enrichment["places"])]:
        for mention in actor["mentions"]:
            if mention["field"] == "body" and mention.get("kind", "name") == "name":
                yield mention["start"], mention["end"], TYPES[actor["type"]]


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of the sources")
    parser.add_argument("--model", type=Path, help="another model's folder than the one that is shipped")
    args = parser.parse_args()
    model = ModelTagger(args.model) if args.model else ModelTagger()
    catalogue = load()
    pipeline, forms = Pipeline(catalogue, tagger=model), Forms(catalogue)
    whole: dict[str, Figures] = {}
    alone: dict[str, Figures] = {}
    changed: dict[str, Counter[changes.Change]] = {}
    peoples = Peoples.load()
    rest = {text.body for text in reliability.halves(args.data)[1]}
    sure: list[reliability.Judged] = []
    words, began = 0, time.process_time()
    for path in sorted(args.data.glob("*.jsonl")):
        whole[path.stem], alone[path.stem], changed[path.stem] = Figures(), Figures(), Counter()
        for text in texts(path):
            tagged = model(text.body, split(text.body))
            bare = {(name.start, name.end, CLASS_OF.get(name.label, "OTHER")) for name in tagged}
            enrichment = pipeline.enrich(Story("", text.body))
            ours = set(mentioned(enrichment))
            whole[path.stem].add(ours, text.names)
            alone[path.stem].add(bare, text.names)
            changed[path.stem] += changes.changes(text, ours, bare, changes.known_spans(forms, text.body))
            if text.body in rest:
                sure += (one for one, _ in reliability.judged(text, enrichment, peoples))
            words += len(text.body.split())
    seconds = time.process_time() - began
    print(f"Model {model.version}, {words} words, each read twice in {seconds:.1f} CPU-seconds.\n")
    print(table("enrichment, F1", whole), table("model alone, F1", alone), sep="\n\n", end="\n\n")
    print(changes.table(changed), reliability.table("confidence", sure), sep="\n\n")


if __name__ == "__main__":
    main()
