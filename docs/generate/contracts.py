"""docs/reference/contracts.md."""

from copydesk.contracts import fields as contract
from docs.generate.markdown import code, join, table

INTRODUCTION = """# Contracts

The fields of what is posted, sent and answered. The JSON Schemas themselves are in
[schemas/](../../schemas/README.md), with examples; both services serve them at `/schemas/{name}`. A field
marked * must be there. Within v1 a contract only grows: ignore what you do not know."""


def page() -> str:
    """Returns the page."""
    return join(INTRODUCTION, *(_section(name) for name in contract.SHOWN))


def fields(name: str) -> str:
    """Returns the table of one contract, or of a part of it, as in `event.retraction`."""
    return table(
        ("field", "type", "meaning"),
        (
            (f"{code(each.path)}{' *' if each.required else ''}", each.kind, each.meaning)
            for each in contract.fields(name)
        ),
    )


def _section(name: str) -> str:
    return join(f"## {name}", contract.described(name), fields(name))
