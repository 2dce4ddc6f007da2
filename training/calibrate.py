"""Finds when confidences are true, by half of the dev documents: the temperature, and the record's curve."""

import argparse
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from services.enrich.actors import confidence
from services.enrich.actors.decode import Logits
from services.enrich.actors.model import FOLDER, ModelTagger
from services.enrich.actors.pieces import Numbers
from services.enrich.actors.tagger import Tagged
from services.enrich.catalogue import load
from services.enrich.pipeline import Pipeline, Story
from services.enrich.sentences import split
from training import reliability
from training.convert import Peoples
from training.figures import CLASS_OF, CLASSES
from training.reliability import Judged
from training.texts import Text

_TRIED: Final = [1 + step / 10 for step in range(21)]
_IDENTITY: Final = ((0.0, 0.0), (1.0, 1.0))


class Remembering(ModelTagger):
    """Runs each window once, whatever the temperature."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._known: dict[bytes, Logits] = {}

    def run(self, ids: Numbers, shapes: Numbers) -> Logits:
        """Returns the model's logits, remembered."""
        key = ids.tobytes()
        if key not in self._known:
            self._known[key] = super().run(ids, shapes)
        return self._known[key]


def judged(text: Text, found: Iterable[Tagged], peoples: Peoples) -> Iterator[Judged]:
    """Yields each name that the model alone finds; left out is what the sources leave out."""
    free = {name[:2] for name in text.names if name[2] not in CLASSES}
    for name in found:
        span = name.start, name.end
        if name.label in CLASS_OF and span not in free and text.body[slice(*span)] not in peoples.words:
            yield name.confidence, (*span, CLASS_OF[name.label]) in text.names


def loss(found: Iterable[Judged]) -> float:
    """Returns the mean surprise at which names are right: the lower, the truer the confidences."""
    surprises = []
    for told, right in found:
        sure = min(max(told, 1e-3), 1 - 1e-3)
        surprises.append(-math.log(sure if right else 1 - sure))
    return sum(surprises) / max(1, len(surprises))


def temperature(tagger: ModelTagger, texts: Sequence[Text], peoples: Peoples) -> float:
    """Returns the temperature, of those tried, at which the model's own confidences are truest."""
    losses = {}
    for tagger.temperature in _TRIED:
        names = ((text, tagger(text.body, split(text.body))) for text in texts)
        losses[tagger.temperature] = loss(
            one for text, found in names for one in judged(text, found, peoples)
        )
    return min(_TRIED, key=lambda tried: losses[tried])


def show_curve(tagger: ModelTagger, texts: Sequence[Text], peoples: Peoples) -> None:
    """Prints the curve of `services.enrich.actors.confidence`, and what holds for the catalogue's forms."""
    pipeline = Pipeline(load(), tagger=tagger)
    confidence.CURVE = _IDENTITY
    found = [
        one
        for text in texts
        for one in reliability.judged(text, pipeline.enrich(Story("", text.body, "en")), peoples)
    ]
    print("curve", reliability.fitted(sure for sure, by in found if by != "catalogue"))
    print(reliability.table("catalogue", (sure for sure, by in found if by == "catalogue")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of the sources")
    parser.add_argument("--model", type=Path, help="another model's folder than the one that is shipped")
    parser.add_argument(
        "--curve", action="store_true", help="print the record's confidences instead of the temperature"
    )
    args = parser.parse_args()
    tagger = Remembering(args.model or FOLDER)
    texts, peoples = reliability.halves(args.data)[0], Peoples.load()
    if args.curve:
        show_curve(tagger, texts, peoples)
    else:
        print(temperature(tagger, texts, peoples))


if __name__ == "__main__":
    main()
