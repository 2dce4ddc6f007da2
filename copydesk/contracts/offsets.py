"""Whether each span of a record is the text that it claims to be."""

from collections.abc import Iterator
from typing import Any

from copydesk.contracts.violation import Violation, described


def check_offsets(record: dict[str, Any]) -> list[Violation]:
    """Returns the spans whose text is not what stands at their offsets, in document order.

    JSON Schema cannot say this. Give it a record without other violations.
    """
    return [violation for span in spans(record) if (violation := _mismatch(record, *span))]


def spans(record: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yields pointer, field and span of everything in the record that claims to be verbatim."""
    for index, highlight in enumerate(record["highlights"]):
        yield f"/highlights/{index}", "body", highlight
    for kind in ("actors", "places"):
        for index, named in enumerate(record[kind]):
            for position, mention in enumerate(named["mentions"]):
                yield f"/{kind}/{index}/mentions/{position}", mention["field"], mention
            for position, evidence in enumerate(named.get("evidence", ())):
                yield f"/{kind}/{index}/evidence/{position}", evidence["field"], evidence
    for index, opinion in enumerate(record["opinions"]):
        yield f"/opinions/{index}", "body", opinion
        if "speaker" in opinion:
            yield f"/opinions/{index}/speaker", "body", opinion["speaker"]


def _mismatch(record: dict[str, Any], pointer: str, field: str, span: dict[str, Any]) -> Violation | None:
    start, end, text = int(span["start"]), int(span["end"]), span["text"]
    found = record[field][start:end]
    if found == text and end == start + len(text):
        return None
    expected, actual = described(text), described(found)
    message = f"`{field}` from {start} to {end} must read {expected}; got {actual}."
    return Violation(pointer, "offsets", expected, actual, message)
