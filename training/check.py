"""What a network knows of the dev documents, while it is still being trained."""

from collections.abc import Iterable

import numpy as np
import torch

from services.enrich.actors.decode import names
from services.enrich.actors.labels import KINDS
from services.enrich.actors.pieces import Cutter
from services.enrich.actors.windows import ROOM
from training.corpora import SOURCES, Document
from training.examples import UNKNOWN, windows
from training.figures import CLASS_OF, Figures, Name
from training.network import Network, quickly


def checked(
    network: Network, documents: Iterable[Document], cutter: Cutter, told: str = "any"
) -> dict[str, Figures]:
    """Returns the figures of each source: the network alone, each word's likeliest label."""
    network.eval()
    figures: dict[str, Figures] = {}
    for document in documents:
        for window in windows(cutter, document, ROOM):
            with torch.inference_mode(), quickly():
                logits = network(
                    torch.from_numpy(window.ids)[None],
                    torch.from_numpy(window.shapes)[None],
                    torch.tensor([SOURCES.index(told)]),
                )[0]
            firsts = np.flatnonzero(window.labels != UNKNOWN)
            mine = _named(logits[firsts].argmax(-1).tolist())
            figures.setdefault(document.source, Figures()).add(mine, _named(window.labels[firsts].tolist()))
    return figures


def _named(path: list[int]) -> set[Name]:
    return {(first, last, CLASS_OF.get(KINDS[kind], "OTHER")) for first, last, kind in names(path)}
