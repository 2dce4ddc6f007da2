"""The page of `/docs`: what a service takes and answers. It stands alone: no scripts, nothing fetched."""

import functools
import re
from collections.abc import Iterable
from html import escape
from typing import Final

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response

from copydesk.contracts import fields as contract
from copydesk.web.operations import Operation, Reply, operations

_STYLE: Final = """
:root{color-scheme:light dark;--bg:#fcfcfa;--fg:#1d1d1b;--soft:#5c5c57;--line:#dddcd5;--card:#f1f0ea;
--link:#0b5394}
@media(prefers-color-scheme:dark){:root{--bg:#161615;--fg:#ecebe6;--soft:#a3a29b;--line:#3a3a37;--card:#262623;
--link:#8ab8f0}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:60rem;padding:1.5rem 1rem 4rem;background:var(--bg);color:var(--fg);
font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;margin:0 0 .5rem}
h2{font-size:1.25rem;margin:3rem 0 .6rem}
h3{font-size:1.05rem;margin:2.4rem 0 .4rem;padding-top:.8rem;border-top:1px solid var(--line)}
a{color:var(--link)}
code{font:.92em ui-monospace,monospace;background:var(--card);padding:.05em .25em;border-radius:.2em}
h3 code{background:none;padding:0;font-size:1em}
table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.8rem 0}
td,th{padding:.3rem .9rem .3rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
th{color:var(--soft);font-weight:normal}
td:first-child{min-width:8rem}
nav td:first-child{min-width:24rem}nav td:last-child{min-width:12rem}
.soft{color:var(--soft)}
.problem{display:block}
:target{scroll-margin-top:1rem}
@media(max-width:40rem){table,tbody,tr,td{display:block}tr:first-child{display:none}
tr{padding:.4rem 0;border-bottom:1px solid var(--line)}td{border:0;padding:0;min-width:0!important}}
"""
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    "X-Content-Type-Options": "nosniff",
}
_INTRODUCTION: Final = """<p>Bodies and replies are JSON in UTF-8. Where a scope is named, a request needs a
key that has it, or <code>admin</code>: <code>Authorization: Bearer cdk_…</code>, made with
<code>copydesk keys create</code>. A refusal is a <a href="#problem">problem</a>: its <code>code</code> says
what is wrong. Every reply has <code>X-Request-Id</code>: name it when you ask what went wrong. The same for
programs: <a href="/openapi.json">OpenAPI 3.1</a>.</p>"""
_RULE: Final = """<p>What is marked * must be there. Within v1 a contract only grows: ignore what you do not
know.</p>"""


def router(names: Iterable[str]) -> APIRouter:
    """Returns `GET /docs`.

    Args:
        names: the contracts that the service's OpenAPI names.
    """
    routes = APIRouter(include_in_schema=False)
    contracts = {name.partition(".")[0] for name in names}
    shown = tuple(name for name in contract.SHOWN if name.partition(".")[0] in contracts)

    @functools.cache
    def page(app: FastAPI) -> str:
        return render(app, shown)

    @routes.get("/docs")
    def docs(request: Request) -> Response:
        return Response(page(request.app), headers=_HEADERS, media_type="text/html")

    return routes


def render(app: FastAPI, shown: Iterable[str]) -> str:
    """Returns the page.

    Args:
        app: its OpenAPI document says what can be asked.
        shown: contracts and parts of them, as in `event.retraction`.
    """
    found, contracts = operations(app.openapi()), tuple(shown)
    title = escape(app.title)
    index = _table(
        ("request", "does", "scope"),
        (
            (f'<a href="#{_id(each.request)}">{_code(each.request)}</a>', _text(each.summary), _scopes(each))
            for each in found
        ),
    )
    links = ", ".join(map(_link, contracts))
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<link rel="icon" href="data:,">\n<title>{title}</title>\n<style>{_STYLE}</style>\n'
        f"<main>\n<h1>{title} <span class=soft>{escape(app.version)}</span></h1>\n"
        f"<p>{_text(app.description)}</p>\n{_INTRODUCTION}\n"
        f"<nav>\n{index}<p>Contracts: {links}.</p>\n</nav>\n"
        f"<h2>Requests</h2>\n{''.join(map(_operation, found))}"
        f"<h2>Contracts</h2>\n{_RULE}\n{''.join(map(_contract, contracts))}</main>\n</html>\n"
    )


def _text(text: str) -> str:
    """Returns text as HTML; what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _link(contract_name: str) -> str:
    return f'<a href="#{contract_name}">{contract_name}</a>'


def _id(request: str) -> str:
    return re.sub(r"\W+", "-", request.lower()).strip("-")


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = "".join(f'<th scope="col">{each}</th>' for each in head)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>\n" for row in rows)
    return f"<table>\n<tr>{heads}</tr>\n{lines}</table>\n"


def _scopes(operation: Operation) -> str:
    return ", ".join(map(_code, operation.scopes))


def _operation(operation: Operation) -> str:
    said = " ".join(filter(None, (f"{operation.summary}.", operation.description)))
    parts = [f'<h3 id="{_id(operation.request)}">{_code(operation.request)}</h3>\n<p>{_text(said)}</p>\n']
    if operation.scopes:
        parts.append(f"<p class=soft>Scope: {_scopes(operation)}</p>\n")
    if operation.body:
        parts.append(f"<p>Body: {_link(operation.body)}</p>\n")
    if operation.parameters:
        rows = (
            (_code(name), place, _text(kind), _text(meaning))
            for name, place, kind, meaning in operation.parameters
        )
        parts.append(_table(("parameter", "in", "type", "meaning"), rows))
    parts.append(_table(("status", "means"), ((each.status, _reply(each)) for each in operation.replies)))
    return "".join(parts)


def _reply(reply: Reply) -> str:
    problems = (
        f"<span class=problem>{_code(code)} {_text(remedy)}</span>" for code, remedy in reply.problems
    )
    said = _text(reply.said)
    if reply.contract:
        said = f"{said.removesuffix('.')}: {_link(reply.contract)}"
    return said + "".join(problems)


def _contract(name: str) -> str:
    rows = (
        (_code(each.path) + " *" * each.required, _text(each.kind), _text(each.meaning))
        for each in contract.fields(name)
    )
    said = contract.described(name)
    return (
        f'<h3 id="{name}">{name}</h3>\n{f"<p>{_text(said)}</p>" if said else ""}\n'
        f"{_table(('field', 'type', 'meaning'), rows)}"
    )
