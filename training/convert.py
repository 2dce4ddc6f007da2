"""Writes the tagged sources as one file of documents in the model's labels, peoples named alike in all."""

import argparse
import dataclasses
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from training.corpora import Document, Sentence, documents

_GROUPS: Final = frozenset(
    [
        "Muslim",
        "Muslims",
        "Islamic",
        "Islamist",
        "Islamists",
        "Christian",
        "Christians",
        "Jewish",
        "Jew",
        "Jews",
        "Catholic",
        "Catholics",
        "Protestant",
        "Protestants",
        "Sunni",
        "Sunnis",
        "Shiite",
        "Shiites",
        "Shi'ite",
        "Shi'ites",
        "Shia",
        "Shias",
        "Hindu",
        "Hindus",
        "Buddhist",
        "Buddhists",
        "Sikh",
        "Sikhs",
        "Mormon",
        "Mormons",
        "Democrat",
        "Democrats",
        "Democratic",
        "Republican",
        "Republicans",
        "Communist",
        "Communists",
        "Tory",
        "Tories",
        "Nazi",
        "Nazis",
        "Zionist",
        "Zionists",
        "Soviet",
        "Soviets",
        "European",
        "Europeans",
        "African",
        "Africans",
        "Asian",
        "Asians",
        "Scandinavian",
        "Balkan",
        "Baltic",
        "Slavic",
        "Hispanic",
        "Hispanics",
        "Latino",
        "Latinos",
        "Bolshevik",
        "Bolsheviks",
        "Marxist",
        "Marxists",
        "Salafist",
        "Salafists",
        "Wahhabi",
        "Anglican",
        "Anglicans",
        "Lutheran",
        "Lutherans",
        "Methodist",
        "Methodists",
        "Evangelical",
        "Evangelicals",
        "Hasidic",
    ],
)
"""Religions, parties' followers and peoples of continents: the silver source labels them at random."""

CATALOGUE: Final = Path(__file__).parents[1] / "services" / "enrich" / "data"

_ALSO_FIRST_NAMES: Final = frozenset({"Christian", "Israel", "German", "Roman", "Norman"})


@dataclasses.dataclass(frozen=True)
class Peoples:
    """The words that name peoples: those of the catalogue and the groups above."""

    words: frozenset[str]

    @classmethod
    def load(cls, data: Path = CATALOGUE) -> "Peoples":
        """Reads the adjectives and demonyms of the catalogue's states and peoples."""
        entries = [
            entry
            for name in ("states.json", "peoples.json")
            for entry in json.loads((data / name).read_text("utf-8"))["entries"]
        ]
        known = {
            word for entry in entries for key in ("adjectives", "demonyms") for word in entry.get(key, [])
        }
        return cls(frozenset(known) | _GROUPS)

    def renamed(self, sentence: Sentence, source: str) -> Sentence:
        """Returns the sentence with NORP where a people's word stands alone as another name, or as none."""
        labels = list(sentence.labels)
        for i, (token, label) in enumerate(zip(sentence.tokens, sentence.labels, strict=True)):
            alone = label[0] != "I" and not (label[0] == "B" and labels[i + 1 : i + 2] == [f"I{label[1:]}"])
            if not alone or (label == "B-PER" and token in _ALSO_FIRST_NAMES):
                continue
            doubtful = (
                source == "gmb" or label in {"O", "B-OTHER"} or (label == "B-PER" and token.endswith("s"))
            )
            if doubtful and token in (_GROUPS if source == "gmb" else self.words):
                labels[i] = "B-NORP"
        return Sentence(sentence.tokens, labels)


def converted(data: Path, peoples: Peoples, most: int | None = None) -> Iterator[dict[str, Any]]:
    """Yields the documents of every file: source, name, split, and its sentences as [tokens, labels].

    Args:
        data: the folder of the sources.
        peoples: the words that name peoples.
        most: documents of each source and split; all unless given.
    """
    for path in sorted(data.glob("*.jsonl")):
        for split in ("train", "dev"):
            for document in itertools.islice(documents(path, split), most):
                sentences = [peoples.renamed(sentence, document.source) for sentence in document.sentences]
                yield {
                    "source": document.source,
                    "name": document.name,
                    "split": split,
                    "sentences": sentences,
                }


def load(path: Path, split: str) -> list[Document]:
    """Reads back the documents of one split of a file that this command wrote."""
    with path.open(encoding="utf-8") as lines:
        rows = (row for row in map(json.loads, lines) if row["split"] == split)
        return [
            Document(row["source"], row["name"], [Sentence(*pair) for pair in row["sentences"]])
            for row in rows
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "data", type=Path, help="the folder of the sources: JSON lines of tokens, ner_tags, doc, split"
    )
    parser.add_argument("--to", type=Path, required=True, help="the file to write, JSON lines of documents")
    parser.add_argument("--catalogue", type=Path, default=CATALOGUE, help="where the peoples' words are")
    parser.add_argument("--most", type=int, help="documents of each source and split, to try this out")
    args = parser.parse_args()
    args.to.parent.mkdir(parents=True, exist_ok=True)
    with args.to.open("w", encoding="utf-8") as out:
        for document in converted(args.data, Peoples.load(args.catalogue), args.most):
            out.write(json.dumps(document, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
