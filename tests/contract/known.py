"""What the tests of the contracts share."""

from pathlib import Path

from hypothesis import strategies as st

from copydesk.contracts import (
    NAMES,
    schema,
)

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
EXAMPLES = SCHEMAS / "examples"
STORY = {"title": "Ferry service to Suva resumes", "body": "The ferry sails again from Monday."}
PARTS = [(name, None) for name in NAMES] + [("subscription", "patch"), ("subscription", "reply")]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
known_names = sorted({member for name in NAMES for member in schema(name)["properties"]})
near_documents = st.dictionaries(st.sampled_from(known_names), json_values, max_size=8)
