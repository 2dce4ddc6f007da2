"""Learns to choose highlights.

`evaluate` cross-validates, `fit` writes the weights that are shipped, `time` measures the shipped choice.
"""

import argparse
import json
import time
from collections.abc import Sequence
from multiprocessing import Pool
from pathlib import Path

from services.enrich import highlights, sentences
from services.enrich.highlights import weights
from training.highlights import evaluation, examples, learning
from training.highlights.examples import Example

SEED = 20261101


def main() -> None:
    """Reads the command line and does what it says."""
    parser = argparse.ArgumentParser(
        prog="python -m training.highlights",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=("evaluate", "fit", "time"))
    parser.add_argument("data", type=Path, help='articles as {"article", "highlights": [...]} a line')
    parser.add_argument("--folds", type=int, default=5, help="of the cross-validation (default: 5)")
    parser.add_argument(
        "--count", type=int, default=3, help="highlights a story when evaluating (default: 3)"
    )
    parser.add_argument("--seed", type=int, default=SEED, help="of folds and of learning")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    args = parser.parse_args()
    read = examples.load(args.data, args.jobs)
    if args.command == "time":
        _time(read)
    elif args.command == "fit":
        _fit(read, args.seed, args.jobs)
    else:
        _evaluate(read, args.folds, args.count, args.seed, args.jobs)


def _fit(read: Sequence[Example], seed: int, jobs: int) -> None:
    with Pool(jobs) as pool:
        learned = learning.learn(read, pool, seed)
    made = {
        "made_by": f"python -m training.highlights fit --seed {seed}",
        "stories": len(read),
        "weights": {name: round(value, 4) for name, value in sorted(learned.items())},
    }
    weights.PATH.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    print(f"{len(learned)} weights from {len(read)} stories in {weights.PATH.name}")


def _evaluate(read: Sequence[Example], folds: int, count: int, seed: int, jobs: int) -> None:
    began = time.perf_counter()
    outcomes = []
    for number, (train, test) in enumerate(examples.folds(len(read), folds, seed), 1):
        with Pool(jobs) as pool:
            learned = weights.settled(learning.learn([read[at] for at in train], pool, seed))
            judged = [(read[at], learned, count) for at in test]
            outcomes += pool.starmap(evaluation.judge, judged, chunksize=10)
        print(f"fold {number} of {folds}, {time.perf_counter() - began:.0f} s", flush=True)
    print(evaluation.report(outcomes))


def _time(read: Sequence[Example]) -> None:
    spans = [sentences.split(each.article) for each in read]
    began = time.process_time()
    for each, split in zip(read, spans, strict=True):
        highlights.choose(each.article, "", split, learning.COUNT)
    spent = 1000 * (time.process_time() - began) / len(read)
    words = sum(len(each.article.split()) for each in read) / len(read)
    print(f"{spent:.1f} ms of CPU a story of {words:.0f} words")


if __name__ == "__main__":
    main()
