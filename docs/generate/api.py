"""docs/reference/api.md."""

import re
from typing import Any

from fastapi import FastAPI

from copydesk.settings import IngestSettings, PublishSettings
from copydesk.spelling import KEY_BYTES
from copydesk.web.operations import Operation, Reply, operations
from docs.generate.markdown import code, join, table
from services.ingest import app as ingest
from services.publish import app as publish

INTRODUCTION = """# The two APIs

Both speak JSON in UTF-8 and want a key: `Authorization: Bearer cdk_…`, made with `copydesk keys create`. A
key with the scope `admin` may do everything. A refusal is a [problem](problems.md). Each service serves the
same as OpenAPI 3.1 at `/openapi.json`, and as a page at `/docs`. Health and metrics:
[operations](../operations.md#first-questions).

Every reply has `X-Request-Id`: name it when you ask what went wrong."""

DATABASE, BROKER = "postgresql://localhost/copydesk", "redis://localhost"  # never called


def page() -> str:
    """Returns the page."""
    urls: dict[str, Any] = {"database_url": DATABASE, "broker_url": BROKER}
    key = (bytes(KEY_BYTES),)  # of nothing
    apps = {
        "ingest": ingest.create_app(IngestSettings.model_construct(**urls)),
        "publish": publish.create_app(PublishSettings.model_construct(**urls, secrets_key=key)),
    }
    return join(INTRODUCTION, *(_service(name, app) for name, app in apps.items()))


def _service(name: str, app: FastAPI) -> str:
    found = operations(app.openapi())
    index = table(
        ("request", "does", "scope"),
        (
            (
                f"[`{each.request}`](#{_anchor(f'{name}: {each.request}')})",
                each.summary,
                ", ".join(map(code, each.scopes)),
            )
            for each in found
        ),
    )
    parts = (_operation(f"{name}: {each.request}", each) for each in found)
    return join(f"## {name}", " ".join(app.description.split()), index, *parts)


def _operation(title: str, operation: Operation) -> str:
    rows = [(code(each.name), *each[1:]) for each in operation.parameters]
    return join(
        f"### {title}",
        " ".join(filter(None, (f"{operation.summary}.", operation.description))),
        f"Body: {_link(operation.body)}." if operation.body else "",
        table(("parameter", "in", "type", "meaning"), rows) if rows else "",
        table(("status", "means"), ((each.status, _meaning(each)) for each in operation.replies)),
    )


def _meaning(reply: Reply) -> str:
    if reply.contract:
        return f"{reply.said.removesuffix('.')}: {_link(reply.contract)}"
    return reply.said or ", ".join(code(name) for name, _ in reply.problems)


def _link(contract: str) -> str:
    return f"[{contract}](contracts.md#{_anchor(contract)})"


def _anchor(heading: str) -> str:
    """Returns the anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
