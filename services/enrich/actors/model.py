"""The trained tagger: reads a text window by window with the model that copydesk ships."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
import orjson

from services.enrich.actors import decode
from services.enrich.actors.labels import KINDS, LABELS
from services.enrich.actors.pieces import Cutter, Numbers, Pieces
from services.enrich.actors.tagger import Reading, Tagged
from services.enrich.actors.windows import ROOM, pack
from services.enrich.sentences import Span

FOLDER: Final = Path(__file__).parent.parent / "model"
MAX_PIECES: Final = 20_000
"""Of one text. What comes after them, some 14 000 words, is left to the catalogue and to repetitions: the
longest text a story may have then takes seconds of a slow core, and not the time that a worker gives it."""

_MEND: Final = "Reinstall copydesk, or make the model again as services/enrich/model/card.md tells."


class ModelError(ValueError):
    """The model cannot be used; the message says which file, why, and what to do."""


class ModelTagger:
    """Finds names with the trained model, on one thread.

    The same text gives the same names: each window is computed by itself. The model is loaded before a worker
    forks, so that its children share it: on one thread a session starts none that a fork could lose.

    Args:
        folder: holds model.onnx and tokenizer.json.

    Raises:
        ModelError: a file is missing, broken, or of another program.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self.cut = _cutter(folder / "tokenizer.json")
        self._session = _session(folder / "model.onnx")
        about = self._session.get_modelmeta().custom_metadata_map
        if about.get("labels") != " ".join(LABELS):
            raise ModelError(
                f"The model {folder / 'model.onnx'} does not tell the labels of this version. {_MEND}"
            )
        self.version = about["version"]
        self.temperature = float(about["temperature"])

    def __call__(self, text: str, sentences: Sequence[Span]) -> list[Tagged]:
        """Returns the names in order of their start; see `Tagger`."""
        return self.read(text, sentences).names

    def read(self, text: str, sentences: Sequence[Span]) -> Reading:
        """Returns the names, and where it stopped: at the end of the text, or after so many pieces."""
        # A window more than is read: where the last one ends depends on no piece that comes after that.
        pieces = self.cut(text, MAX_PIECES + ROOM + 1)
        windows = [(first, last) for first, last in pack(pieces, sentences) if last <= MAX_PIECES]
        names = [tagged for first, last in windows for tagged in self._names(pieces, first, last)]
        if len(pieces.ids) <= MAX_PIECES:
            return Reading(names, len(text))
        return Reading(names, int(pieces.ends[windows[-1][1] - 1]))

    def _names(self, pieces: Pieces, first: int, last: int) -> Iterator[Tagged]:
        window = slice(first, last)
        words = first + np.flatnonzero(pieces.firsts[window])
        scores = self._scores(pieces, first, last)[words - first]
        path = decode.best_path(scores)
        sure = np.exp(scores[np.arange(len(path)), path])
        for start, end, kind in decode.names(path):
            confidence = round(float(sure[start:end].min()), 3)
            yield Tagged(
                int(pieces.starts[words[start]]), int(pieces.ends[words[end - 1]]), KINDS[kind], confidence
            )

    def _scores(self, pieces: Pieces, first: int, last: int) -> decode.Logits:
        """Returns the log-probabilities [pieces, labels] of one window."""
        logits = self.run(*self.window(pieces, first, last))[0, 1:-1]
        return decode.log_probabilities(logits / self.temperature)

    def window(self, pieces: Pieces, first: int, last: int) -> tuple[Numbers, Numbers]:
        """Returns what the model is given of pieces [first, last): ids and shapes, each [1, pieces + 2]."""
        ids = np.zeros((1, last - first + 2), np.int64)
        shapes = ids.copy()
        ids[0, 0], ids[0, 1:-1], ids[0, -1] = self.cut.begin, pieces.ids[first:last], self.cut.end
        shapes[0, 1:-1] = pieces.shapes[first:last]
        return ids, shapes

    def run(self, ids: Numbers, shapes: Numbers) -> decode.Logits:
        """Returns the model's logits [1, pieces + 2, labels] of one window."""
        logits: decode.Logits = self._session.run(["logits"], {"ids": ids, "shapes": shapes})[0]
        return logits


@cache
def shipped() -> ModelTagger:
    """Returns the tagger of the model that copydesk ships, the same one for the whole process.

    Raises:
        ModelError: see `ModelTagger`.
    """
    return ModelTagger()


def _cutter(path: Path) -> Cutter:
    try:
        return Cutter(orjson.loads(path.read_bytes())["model"]["vocab"])
    except OSError as error:
        raise ModelError(f"The tokenizer {path} cannot be read: {error.strerror}. {_MEND}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"The tokenizer {path} is broken: {error}. {_MEND}") from error


def options() -> onnxruntime.SessionOptions:
    """Returns how the model is run: on one thread, and in memory that one window leaves to the next.

    It is not planned anew for each length that a window may have.
    """
    result = onnxruntime.SessionOptions()
    result.intra_op_num_threads = result.inter_op_num_threads = 1
    result.enable_mem_pattern = False
    result.log_severity_level = 4
    return result


def _session(path: Path) -> onnxruntime.InferenceSession:
    try:
        path.open("rb").close()  # it tells why a file cannot be read; the session takes the path, and no copy
        return onnxruntime.InferenceSession(str(path), options(), providers=["CPUExecutionProvider"])
    except OSError as error:
        raise ModelError(f"The model {path} cannot be read: {error.strerror}. {_MEND}") from error
    except Exception as error:  # onnxruntime's errors have no common root
        raise ModelError(f"The model {path} is broken: {type(error).__name__}. {_MEND}") from error
