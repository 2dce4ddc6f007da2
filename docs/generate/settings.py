"""docs/reference/settings.md."""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import annotated_types
from pydantic.fields import FieldInfo

from copydesk.settings import (
    COMMAND_LINE,
    DispatcherSettings,
    EndpointSettings,
    EnrichSettings,
    IngestSettings,
    PublishSettings,
    SecretSettings,
    Settings,
    WebSettings,
    spelled_default,
    variable,
)
from docs.generate.markdown import code, join, table

INTRODUCTION = """# Settings

Every environment variable that copydesk reads; `copydesk settings` prints the same list. How they are
given, and which rules hold between them: [configuration](../configuration.md)."""

SECTIONS: dict[type[Settings], str] = {
    Settings: "Every process",
    WebSettings: "ingest and publish",
    IngestSettings: "ingest",
    EnrichSettings: "enrich: workers and sweep",
    EndpointSettings: "publish and dispatcher: which endpoints may be called, and how",
    SecretSettings: "publish and dispatcher: the secrets of subscriptions",
    PublishSettings: "publish",
    DispatcherSettings: "dispatcher",
}
HEAD = ("variable", "default", "allowed", "meaning", "example")


def page() -> str:
    """Returns the page."""
    sections = [
        join(f"## {title}", table(HEAD, (_row(group, field) for field in _own(group))))
        for group, title in SECTIONS.items()
    ]
    read = ((code(name), code("(unset)"), meaning) for name, meaning in COMMAND_LINE.items())
    command_line = join(
        "## The command line",
        "Read by `copydesk`, not by the services.",
        table(("variable", "default", "meaning"), read),
    )
    return join(INTRODUCTION, *sections, command_line)


def _own(group: type[Settings]) -> list[str]:
    """Returns the fields that a group does not have from the one that it builds on."""
    inherited: set[str] = set()
    for parent in group.__mro__[1:]:
        if issubclass(parent, Settings):
            inherited |= parent.model_fields.keys()
    return [field for field in group.model_fields if field not in inherited]


def _row(group: type[Settings], field: str) -> tuple[str, ...]:
    found = group.model_fields[field]
    default = code(spelled_default(group, field))
    example = code((found.examples or [""])[0])
    return (code(variable(group, field)), default, _allowed(found), found.description or "", example)


def _allowed(field: FieldInfo) -> str:
    """Returns the values that a field takes, in a few words."""
    if get_origin(field.annotation) is Literal:
        return ", ".join(code(value) for value in get_args(field.annotation))
    return ", ".join(_bounds([*field.metadata, *_of_items(field.annotation)]))


def _of_items(annotation: Any) -> list[Any]:  # noqa: ANN401 - any annotation
    """Returns what is said of the items of a list."""
    items = get_args(annotation)[:1] if get_origin(annotation) is tuple else ()
    return [rule for item in items for rule in _flat(getattr(item, "__metadata__", ()))]


def _flat(metadata: tuple[Any, ...]) -> Iterator[Any]:
    for rule in metadata:
        yield from rule.metadata if isinstance(rule, FieldInfo) else (rule,)


def _bounds(rules: list[Any]) -> Iterator[str]:
    for rule in rules:
        match rule:
            case annotated_types.MinLen(least):
                yield f"{least} item or more" if least == 1 else f"{least} items or more"
            case annotated_types.MaxLen(most):
                yield f"{most} items at the most"
            case annotated_types.Gt(bound):
                yield f"> {bound}"
            case annotated_types.Ge(bound):
                yield f"≥ {bound}"
            case annotated_types.Le(bound):
                yield f"≤ {bound}"
            case _:
                pass
