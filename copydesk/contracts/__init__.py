"""The contracts of copydesk: the schemas, what a document violates, and its canonical form.

`schemas/*.schema.json` is the one source of truth for what a story, a record or an event is. Nothing here
reaches the network, and everything is safe to call twice.
"""

from copydesk.contracts.defaults import with_defaults
from copydesk.contracts.documents import NAMES, bundled, canonical, schema, schema_bytes
from copydesk.contracts.offsets import check_offsets, spans
from copydesk.contracts.validation import passes, violations
from copydesk.contracts.violation import Violation

__all__ = [
    "NAMES",
    "Violation",
    "bundled",
    "canonical",
    "check_offsets",
    "passes",
    "schema",
    "schema_bytes",
    "spans",
    "violations",
    "with_defaults",
]
