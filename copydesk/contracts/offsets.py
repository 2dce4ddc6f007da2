"""Whether each span of a record is the text that it claims to be."""

from collections.abc import Iterator
from typing import Any, TypeAlias

from copydesk.contracts.violation import Violation, described

Path: TypeAlias = tuple[str | int, ...]


def check_offsets(record: dict[str, Any]) -> list[Violation]:
    """Returns the spans whose text is not what stands at their offsets, in document order.

    JSON Schema cannot say this. Give it a record without other violations.
    """
    return [
        _violation(record, path, field, span)
        for path, field, span in spans(record)
        if not _holds(record[field], span["start"], span["end"], span["text"])
    ]


def spans(record: dict[str, Any]) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    """Yields path, field and span of everything in the record that claims to be verbatim."""
    for index, highlight in enumerate(record["highlights"]):
        yield ("highlights", index), "body", highlight
    for kind in ("actors", "places"):
        for index, named in enumerate(record[kind]):
            for position, mention in enumerate(named["mentions"]):
                yield (kind, index, "mentions", position), mention["field"], mention
            for position, evidence in enumerate(named.get("evidence", ())):
                yield (kind, index, "evidence", position), evidence["field"], evidence
    for index, opinion in enumerate(record["opinions"]):
        yield ("opinions", index), "body", opinion
        if "speaker" in opinion:
            yield ("opinions", index, "speaker"), "body", opinion["speaker"]


def _holds(text: str, start: float, end: float, claimed: str) -> bool:
    """Whether a text has exactly the claimed one from start to end; JSON Schema takes 1.0 for an integer."""
    return end - start == len(claimed) and text.startswith(claimed, int(start))


def _violation(record: dict[str, Any], path: Path, field: str, span: dict[str, Any]) -> Violation:
    start, end = int(span["start"]), int(span["end"])
    expected, actual = described(span["text"]), described(record[field][start:end])
    message = f"`{field}` from {start} to {end} must read {expected}; got {actual}."
    return Violation("".join(f"/{part}" for part in path), "offsets", expected, actual, message)
