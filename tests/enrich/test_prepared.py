"""The prepared language model: nothing in it differs from the library's own."""

from pathlib import Path

import numpy as np
import pytest
from py3langid.langid import MODEL_DIR, MODEL_FILE
from py3langid.modelio import load_model

from services.enrich import language, prepared
from training import languages

SOURCE = MODEL_DIR / MODEL_FILE
OWN = prepared.Model(*load_model(SOURCE))


def test_every_number_is_that_of_the_library() -> None:
    """If this fails after an update of py3langid: `python -m training.languages`, and commit the file."""
    model = prepared.read(SOURCE)
    assert model is not None
    for name in ("chances", "priors"):
        ours, theirs = getattr(model, name), getattr(OWN, name)
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
        assert ours.tobytes() == theirs.tobytes(), name
    for name in ("languages", "next_states", "row", "features"):
        assert getattr(model, name) == getattr(OWN, name), name


def test_the_command_writes_what_is_shipped() -> None:
    with np.load(prepared.FILE) as kept:
        for name, array in languages.prepared(OWN.chances, OWN.next_states, OWN.row).items():
            assert array.dtype == kept[name].dtype, name
            assert np.array_equal(array, kept[name]), name


def test_another_model_of_the_library_is_read_by_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "model.npz.xz"
    other.write_bytes(b"another")
    assert prepared.read(other) is None
    monkeypatch.setattr(prepared, "read", lambda _: None)
    text = "The ferry will not sail before the storm has passed, the harbour master told us."
    assert language.load.__wrapped__().classify(text) == language.load().classify(text)
