"""Fine-tunes the encoder on the converted sources and writes a checkpoint of the averaged weights."""

import argparse
import copy
import itertools
import logging
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from services.enrich.actors.pieces import Cutter
from training.augment import Names, renamed
from training.check import checked
from training.convert import load
from training.corpora import SOURCES, Document
from training.examples import UNKNOWN, Example, allowed, windows
from training.logs import kept
from training.network import Network, pretrained, quickly, vocabulary

_log = logging.getLogger("training")

_LONGEST: Final = (64, 128, 192, 192)
"""The windows' lengths in pieces, one chosen for each document."""

_SHARES: Final = {
    "gmb": 0.46,
    "wikigold": 0.13,
    "crossner_politics": 0.06,
    "uner_ewt": 0.1,
    "gum": 0.2,
    "wnut17": 0.05,
    "articles": 0.12,
}
_LATE_SHARES: Final = {
    "gmb": 0.2,
    "wikigold": 0.22,
    "crossner_politics": 0.1,
    "uner_ewt": 0.15,
    "gum": 0.3,
    "wnut17": 0.03,
    "articles": 0.12,
}
_EARLY: Final = 2 / 3
"""How often each source is drawn at first, and in the last third: from the large to the good."""

_WEIGHTS: Final = {"wnut17": 0.5}
_TOLD: Final = 0.7
"""How often the model is told the source, so that it learns what they share apart from their habits."""

_KEPT: Final = 0.997
"""The share of the average that every step keeps."""


def stream(documents: list[Document], cutter: Cutter, names: Names, seed: int) -> Iterator[Example]:
    """Yields examples of the documents without end, shuffled and augmented anew each time around."""
    chance = random.Random(seed)
    while True:
        chance.shuffle(documents)
        for document in documents:
            yield from windows(cutter, renamed(document, names, chance), chance.choice(_LONGEST), chance)


class Clock:
    """How much of the training is over, by steps or by minutes, whichever is further."""

    def __init__(self, steps: int, minutes: float) -> None:
        self.step = 0
        self._steps = steps
        self._began, self._seconds = time.monotonic(), 60 * minutes

    def done(self) -> float:
        """Returns 0 at the start, 1 or more at the end."""
        return max(self.step / self._steps, self.seconds() / self._seconds)

    def seconds(self) -> float:
        """Returns how long the training has lasted."""
        return time.monotonic() - self._began

    def rate(self) -> float:
        """Returns the share of the highest learning rate: up in the first twentieth, then down to nothing."""
        done = self.done()
        return max(0.01, min((self.step + 1) / max(1, self._steps // 20), (1 - done) / 0.95))


def batches(
    streams: dict[str, Iterator[Example]], size: int, clock: Clock, seed: int
) -> Iterator[list[Example]]:
    """Yields batches of examples of about one length, at most `size` pieces with their padding."""
    chance = random.Random(seed)
    while clock.done() < 1:
        shares = _SHARES if clock.done() < _EARLY else _LATE_SHARES
        drawn: list[Example] = []
        while sum(len(example.ids) for example in drawn) < 12 * size:
            source = chance.choices(list(streams), [shares[name] for name in streams])[0]
            drawn += itertools.islice(streams[source], 4)
        drawn.sort(key=lambda example: len(example.ids))
        pool: list[list[Example]] = [[]]
        for example in drawn:
            if (len(pool[-1]) + 1) * len(example.ids) > size:
                pool.append([])
            pool[-1].append(example)
        chance.shuffle(pool)
        for batch in pool:
            if clock.done() < 1:
                yield batch


def tensors(batch: list[Example]) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Returns ids, shapes, labels, sources and the mask of what is no padding."""
    longest = max(len(example.ids) for example in batch)

    def padded(rows: list[np.ndarray], fill: int) -> Tensor:
        out = np.full((len(rows), longest), fill, np.int64)
        for row, values in zip(out, rows, strict=True):
            row[: len(values)] = values
        return torch.from_numpy(out)

    ids = padded([example.ids for example in batch], 0)
    shapes = padded([example.shapes for example in batch], 0)
    labels = padded([example.labels for example in batch], UNKNOWN)
    return ids, shapes, labels, torch.tensor([example.source for example in batch]), ids != 0


def loss_of(logits: Tensor, labels: Tensor, sources: Tensor, table: Tensor, weights: Tensor) -> Tensor:
    """Returns minus the mean log-probability that a piece has one of its right labels."""
    right = table[sources[:, None].expand_as(labels), labels]
    known = labels != UNKNOWN
    scores = logits.float()
    missed = torch.logsumexp(scores, -1) - torch.logsumexp(scores.masked_fill(~right, -1e4), -1)
    weight = known * weights[sources][:, None]
    return (missed * weight).sum() / weight.sum().clamp(min=1)


def optimizer_of(network: Network, rate: float) -> torch.optim.AdamW:
    """Returns AdamW; what the published encoder does not have learns ten times as fast."""
    new = [*network.shapes.parameters(), *network.sources.parameters(), *network.head.parameters()]
    known = {id(parameter) for parameter in new}
    old = [parameter for parameter in network.parameters() if id(parameter) not in known]
    return torch.optim.AdamW(
        [{"params": old, "lr": rate}, {"params": new, "lr": 10 * rate}], weight_decay=0.01, fused=True
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("documents", type=Path, help="what convert wrote")
    parser.add_argument("--to", type=Path, required=True, help="the checkpoint to write")
    parser.add_argument(
        "--start", type=Path, help="a checkpoint to go on from, instead of the published encoder"
    )
    parser.add_argument(
        "--without", nargs="*", default=[], choices=SOURCES, help="sources to keep out of training"
    )
    parser.add_argument("--steps", type=int, default=1600)
    parser.add_argument("--minutes", type=float, default=600.0, help="end before the last step after so long")
    parser.add_argument("--size", type=int, default=2560, help="pieces a batch")
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--unchecked", action="store_true", help="skip the figures on the dev documents")
    parser.add_argument("--seed", type=int, default=20261125)
    return parser.parse_args()


def main() -> None:
    args = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    with kept(args.to, vars(args), ("numpy", "torch")):
        _train(args)


def _train(args: argparse.Namespace) -> None:
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    cutter = vocabulary()
    documents = [
        document for document in load(args.documents, "train") if document.source not in args.without
    ]
    names = Names(documents, Path(__file__).with_name("names.json"))
    by_source = {
        source: [document for document in documents if document.source == source]
        for source in {document.source for document in documents}
    }
    streams = {source: stream(by_source[source], cutter, names, args.seed) for source in sorted(by_source)}
    counts = ", ".join(f"{len(of)} of {source}" for source, of in sorted(by_source.items()))
    _log.info("documents: %s", counts)
    network = pretrained()
    if args.start:
        network.load_state_dict(torch.load(args.start))
    fit(network, streams, args)
    dev = [] if args.unchecked else load(args.documents, "dev")
    for source, figures in checked(network, dev, cutter).items():
        _log.info("%s %s", source, figures)


def fit(network: Network, streams: dict[str, Iterator[Example]], args: argparse.Namespace) -> None:
    """Trains the network in place, saving the average of its weights, and ends with that average."""
    average = copy.deepcopy(network).eval()
    optimizer = optimizer_of(network, args.rate)
    clock = Clock(args.steps, args.minutes)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: clock.rate())
    table = torch.from_numpy(allowed())
    weights = torch.tensor([_WEIGHTS.get(source, 1.0) for source in SOURCES])
    pieces, lost = 0, 0.0
    network.train()
    for step, batch in enumerate(batches(streams, args.size, clock, args.seed), 1):
        ids, shapes, labels, sources, mask = tensors(batch)
        told = sources * (torch.rand(len(batch)) < _TOLD)
        with quickly():
            logits = network(ids, shapes, told, mask)
        loss = loss_of(logits, labels, sources, table, weights)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        clock.step = step
        schedule.step()
        kept = min(_KEPT, (1 + step) / (10 + step))
        with torch.no_grad():
            torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), 1 - kept)
        pieces += int(mask.sum())
        lost += float(loss.detach())
        if step % 50 == 0:
            _log.info("step %d loss %.4f, %.0f pieces/s", step, lost / 50, pieces / clock.seconds())
            lost = 0.0
        if step % 100 == 0:
            torch.save(average.state_dict(), args.to)
    _log.info("%d steps, %d pieces, %.0f seconds", clock.step, pieces, clock.seconds())
    torch.save(average.state_dict(), args.to)
    network.load_state_dict(average.state_dict())


if __name__ == "__main__":
    main()
