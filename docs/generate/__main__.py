"""`make docs`: writes docs/reference/ from the code, and removes pages that nothing writes any more."""

from pathlib import Path

from docs.generate import pages

FOLDER = Path(__file__).parents[1] / "reference"


def main() -> None:
    """Writes every page that differs, and names it."""
    made = pages()
    for stale in [path for path in FOLDER.glob("*.md") if path.name not in made]:
        stale.unlink()
        print(f"removed docs/reference/{stale.name}")
    for name, text in made.items():
        path = FOLDER / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"wrote docs/reference/{name}")


if __name__ == "__main__":
    main()
