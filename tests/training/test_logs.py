"""The log that a training keeps."""

import logging
from pathlib import Path

import pytest

from training.logs import kept, log_of

TRAINING = logging.getLogger("training")


def lines(made: Path) -> list[str]:
    """Returns the lines of a log without their times."""
    return [line.split(" ", 2)[2] for line in log_of(made).read_text("utf-8").splitlines()]


def test_a_training_logs_its_arguments_and_versions_and_how_it_went(tmp_path: Path) -> None:
    made = tmp_path / "model.pt"
    log_of(made).write_text("of the one before")
    with kept(made, {"steps": 3, "seed": 7}):
        TRAINING.info("step %d loss %.4f", 1, 0.5)
    TRAINING.info("of nobody")
    begun, told, *rest = lines(made)
    assert begun.startswith("Python 3.")
    assert "numpy " in begun
    assert told == "steps 3, seed 7"
    assert rest == ["step 1 loss 0.5000", "made model.pt"]
    assert log_of(made) == tmp_path / "model.pt.log"


@pytest.mark.parametrize("error", [ValueError("no such source"), KeyboardInterrupt()])
def test_what_ends_a_training_is_the_last_line(tmp_path: Path, error: BaseException) -> None:
    made = tmp_path / "model.pt"
    with pytest.raises(type(error)), kept(made, {}):
        raise error
    assert lines(made)[-1] == f"ended by {type(error).__name__}: {error}"
    assert TRAINING.handlers == []
