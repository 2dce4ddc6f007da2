"""`copydesk catalogue`: what the enrichment knows, and how to teach it more."""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

if TYPE_CHECKING:
    from services.enrich.catalogue import Catalogue

FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.group()
def catalogue() -> None:
    """Look at the catalogue of known actors, and make files that extend it.

    \b
    Examples:
      copydesk catalogue check                     what is built in
      copydesk catalogue check actors.json         with a file of your own
      copydesk catalogue import dictionary.txt -o actors.json
    """


@catalogue.command()
@click.argument("file", type=FILE, required=False, envvar="COPYDESK_CATALOGUE")
def check(file: Path | None) -> None:
    """Load the catalogue as a worker does, say what is in it, and what clashes.

    FILE extends the built-in catalogue (or replaces it, where it says "replace": true); by default it is
    the one that COPYDESK_CATALOGUE names, if any. A clash is a name that means two actors, an acronym that
    two have for their own, a country code that does not exist, or dates that cannot be. The exit status is
    1 where something clashes or the file cannot be used.

    \b
    Examples:
      copydesk catalogue check
      copydesk catalogue check actors.json && export COPYDESK_CATALOGUE=$PWD/actors.json
    """
    from services.enrich.catalogue import load
    from services.enrich.clashes import clashes

    found = _loaded(file)
    for line in _described(found, load() if file else found):
        click.echo(line)
    wrong = clashes(found)
    for sentence in wrong:
        click.echo(sentence, err=True)
    click.echo(f"clashes: {len(wrong)}" if wrong else "no clashes")
    sys.exit(1 if wrong else 0)


@catalogue.command(name="import")
@click.argument("file", type=FILE)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write; stdout by default.",
)
@click.option("--label", help="The version that records will name; the file's name by default.")
def import_(file: Path, output: Path | None, label: str | None) -> None:
    """Make a catalogue file from an actor dictionary of PETRARCH or TABARI, with CAMEO's codes.

    An actor that copydesk knows keeps its id, type and names, and gets the dictionary's codes; any other
    gets a type by its name, which is worth a look. CAMEO's roles become PLOVER's sectors. What cannot be
    read is told with its line, the rest is written, and the exit status is 1.

    \b
    The dictionary:
      BARACK_OBAMA_ [USAGOV 20090120-20170120] [USAELI >20170120]   ; a comment
      +PRESIDENT_OBAMA

    \b
    Examples:
      copydesk catalogue import dictionary.txt -o actors.json
      copydesk catalogue check actors.json
    """
    from services.enrich.catalogue import load
    from services.enrich.petrarch import read, written

    with file.open("rb") as lines:
        entries, complaints = read(_lines(lines), load())
    for complaint in complaints:
        click.echo(f"{file}:{complaint.line}: {complaint.message}", err=True)
    if entries:
        data = written(entries, (label or file.stem)[:60] or "imported")
        if output is None:
            click.echo(data, nl=False)
        else:
            output.write_bytes(data)
    click.echo(f"actors: {len(entries)}, complaints: {len(complaints)}", err=True)
    sys.exit(1 if complaints or not entries else 0)


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Yields the lines of a file, the longest cut a little past what is allowed: they are refused anyway."""
    from services.enrich.petrarch import MAX_LINE

    while line := file.readline(MAX_LINE + 2):
        rest = line
        while len(rest) > MAX_LINE + 1 and not rest.endswith(b"\n"):
            rest = file.readline(MAX_LINE + 2)
        yield line


def _loaded(file: Path | None) -> "Catalogue":
    """Returns the catalogue.

    Raises:
        click.ClickException: it cannot be used; says why.
    """
    from services.enrich.catalogue import CatalogueError, load

    try:
        return load(file)
    except CatalogueError as error:
        raise click.ClickException(str(error)) from None


def _described(found: "Catalogue", built_in: "Catalogue") -> Iterator[str]:
    """Yields the version, how many there are of each type, and which built-in entries are replaced."""
    yield f"version {found.version}"
    for type_, count in sorted(Counter(entry.type for entry in found.entries).items()):
        yield f"  {type_:<20} {count:>6}"
    yield f"  {'actors in all':<20} {len(found.entries):>6}"
    yield f"  {'places':<20} {len(found.places):>6}"
    known = {entry.id: entry for entry in built_in.entries}
    replaced = [entry.id for entry in found.entries if known.get(entry.id, entry) != entry]
    if replaced:
        yield f"replaces {len(replaced)} built-in: {', '.join(replaced[:10])}{' …' if replaced[10:] else ''}"
