"""The shape in which a subscription wants records: what of them, in which offsets, up to which size."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import orjson

from copydesk import contracts

IDENTITY = ("id", "version", "uri", "source")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a subscription says of bodies.

    Args:
        projection: `full`, or `thin` for ids and links alone.
        fields: the members of a full record that are told besides; `None` for all.
        offsets: `code_points` or `utf16`.
        max_bytes: of a body; a record above it is told thin.
    """

    projection: str = "full"
    fields: tuple[str, ...] | None = None
    offsets: str = "code_points"
    max_bytes: int | None = None

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Self:
        """Returns the shape that a claim carries; `None` is that of a subscription that says nothing."""
        if stored is None:
            return cls()
        fields = stored["fields"]
        return cls(
            stored["projection"],
            None if fields is None else tuple(fields),
            stored["offsets"],
            stored["max_bytes"],
        )

    def apply(self, record: dict[str, Any]) -> dict[str, Any]:
        """Returns the members of an event that tell of a record: `data`, and what is special about it."""
        if self.projection == "thin":
            return thin(record)
        told = {"offsets": "utf16"} if self.offsets == "utf16" else {}
        whole = in_utf16(record) if told else record
        if self.fields is None:
            return {**told, "data": whole}
        named = {name: whole[name] for name in self.fields if name in whole}
        return {**told, "projection": "fields", "data": {**_identity(record), **named}}


FULL = Shape()


def thin(record: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what tells of a record by its ids and a link alone."""
    return {"projection": "thin", "data": _identity(record)}


def _identity(record: Mapping[str, Any]) -> dict[str, Any]:
    link = f"/v1/records/{record['id']}?version={record['version']}"
    return {**{name: record[name] for name in IDENTITY}, "links": {"record": link}}


def in_utf16(record: dict[str, Any]) -> dict[str, Any]:
    """Returns a record whose offsets count UTF-16 units; the record itself where they are the same."""
    beyond = {field: _beyond(record[field]) for field in ("title", "body")}
    if not any(beyond.values()):
        return record
    copy: dict[str, Any] = orjson.loads(orjson.dumps(record))
    for _, field, span in contracts.spans(copy):
        for end in ("start", "end"):
            span[end] += bisect_left(beyond[field], span[end])
    return copy


def _beyond(text: str) -> list[int]:
    """Returns where the characters stand that take two units, in code points."""
    if text.isascii():
        return []
    return [index for index, character in enumerate(text) if character > "\uffff"]
