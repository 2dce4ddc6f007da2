"""Finds the temperature at which the model's confidences are true, on the dev documents."""

import argparse
import math
from pathlib import Path
from typing import Final

from services.enrich.actors.decode import Logits
from services.enrich.actors.model import ModelTagger
from services.enrich.actors.pieces import Numbers
from services.enrich.sentences import split
from training.evaluate import judged
from training.texts import texts

_TRIED: Final = [1 + step / 10 for step in range(21)]
_COUNTED: Final = ("crossner_politics", "wikigold")
"""The sources that were tagged by hand and say of every nationality that it is a name."""


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


def loss(tagger: ModelTagger, data: Path) -> float:
    """Returns the mean surprise at which names are right: the lower, the truer the confidences."""
    surprises = []
    for path in sorted(data.glob("*.jsonl")):
        for text in texts(path) if path.stem in _COUNTED else ():
            for name, right in judged(text, tagger(text.body, split(text.body))):
                sure = min(max(name.confidence, 1e-3), 1 - 1e-3)
                surprises.append(-math.log(sure if right else 1 - sure))
    return sum(surprises) / max(1, len(surprises))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of the sources")
    parser.add_argument("--model", type=Path, required=True, help="the folder of the exported model")
    args = parser.parse_args()
    tagger = Remembering(args.model)
    losses = {}
    for tagger.temperature in _TRIED:
        losses[tagger.temperature] = loss(tagger, args.data)
    print(min(_TRIED, key=lambda temperature: losses[temperature]))


if __name__ == "__main__":
    main()
