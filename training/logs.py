"""The log that a training keeps beside what it makes: with what it was begun, how it went, what came out."""

import logging
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Final

_FORMAT: Final = "%(asctime)s %(message)s"
_log = logging.getLogger("training")


def log_of(made: Path) -> Path:
    """Returns the log of a file: model.pt.log beside model.pt."""
    return made.with_name(f"{made.name}.log")


@contextmanager
def kept(
    made: Path, arguments: Mapping[str, object], packages: tuple[str, ...] = ("numpy",)
) -> Iterator[None]:
    """Writes what is logged of the training to the log of the file that is being made, begun anew.

    Its first lines are the arguments and the versions that a second training needs to be the same. What ends
    the training before its time is its last line.

    Args:
        made: the file, in a folder that is there.
        arguments: what the training was told.
        packages: those whose versions count.
    """
    file = logging.FileHandler(log_of(made), mode="w", encoding="utf-8")
    file.setFormatter(logging.Formatter(_FORMAT))
    _log.setLevel(logging.INFO)
    _log.addHandler(file)
    try:
        versions = ", ".join(f"{name} {version(name)}" for name in packages)
        _log.info("Python %s on %s, %s", platform.python_version(), platform.machine(), versions)
        _log.info("%s", ", ".join(f"{name} {value}" for name, value in arguments.items()))
        yield
        _log.info("made %s", made.name)
    except BaseException as error:
        _log.info("ended by %s: %s", type(error).__name__, error)
        raise
    finally:
        _log.removeHandler(file)
        file.close()
