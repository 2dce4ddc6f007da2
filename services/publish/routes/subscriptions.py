"""The routes of subscriptions: made, shown, changed, given new secrets, ended."""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from copydesk import records
from copydesk.contracts import Violation
from copydesk.errors import CallerError, OutageError
from copydesk.model import new_id
from copydesk.store import backlog, secrets, subscriptions
from copydesk.web import body, documents, openapi, replies
from services.publish import carried, signature
from services.publish.carried import NOTHING, Carried
from services.publish.endpoints import Policy
from services.publish.routes.parts import (
    BODY,
    KEY,
    After,
    Limit,
    Manager,
    check_filter,
    database,
    no,
    page,
    refuse,
    settings,
)
from services.publish.vault import Vault, VaultError

OVERLAP_SECONDS = 86_400
SENT_SECONDS = 20.0  # longer than an attempt takes, COPYDESK_SEND_TIMEOUT_SECONDS, 15
LOOK_SECONDS = 0.05

router = APIRouter()


@router.post(
    "/v1/subscriptions",
    status_code=201,
    tags=["subscriptions"],
    summary="Subscribe an endpoint; the secret is shown only now",
    openapi_extra=openapi.request_body("subscription"),
    responses={
        **openapi.reply("subscription.reply", 201),
        **openapi.problem_responses(*BODY, *KEY, "bad_parameter"),
    },
)
async def subscribe(request: Request, caller: Manager) -> Response:
    """Makes a subscription of the caller's source."""
    document = await documents.read(request, settings(request), "subscription")
    _check_url(request, document["url"])
    check_filter(document)
    along = _checked(NOTHING.changed(document))
    secret = _new_secret(document["signature_scheme"])
    made = await run_in_threadpool(_create, request, caller.source, secret, document, along)
    location = {"Location": f"/v1/subscriptions/{made['id']}"}
    return replies.json({**_shown(request, made), **_shown_once(secret)}, 201, location)


def _create(
    request: Request, source: str, secret: signature.Secret, document: dict[str, Any], along: Carried
) -> dict[str, Any]:
    made = new_id()
    sealed = _vault(request).seal(made, signature.dump(secret))
    document = {**document, "carried": carried.sealed(_vault(request), made, along)}
    with database(request).transaction() as connection:
        return subscriptions.create(connection, source, sealed, document, made, _public(secret))


def _new_secret(scheme: str) -> signature.Secret:
    return signature.new_secret() if scheme == "v1" else signature.new_private_key()


def _public(secret: signature.Secret) -> str | None:
    return None if isinstance(secret, bytes) else signature.public(secret)


def _shown_once(secret: signature.Secret) -> dict[str, str]:
    """Of `v1a` nothing: the private key never leaves, and the public one is no secret."""
    return {"secret": signature.shown(secret)} if isinstance(secret, bytes) else {}


@router.get(
    "/v1/subscriptions",
    tags=["subscriptions"],
    summary="Your subscriptions (an admin's: everyone's)",
    responses={**openapi.page("subscription.reply"), **openapi.problem_responses(*KEY)},
)
def list_subscriptions(
    request: Request, caller: Manager, after: After = None, limit: Limit = 100
) -> Response:
    """Lists subscriptions by id, a page at a time."""
    with database(request).transaction() as connection:
        found = subscriptions.listing(connection, caller.sees, after=after, limit=limit)
    return page([_shown(request, each) for each in found], limit)


@router.get(
    "/v1/subscriptions/{subscription_id}",
    tags=["subscriptions"],
    summary="One subscription",
    responses={**openapi.reply("subscription.reply"), **openapi.problem_responses(*KEY, "not_found")},
)
def show_subscription(request: Request, subscription_id: UUID, caller: Manager) -> Response:
    """Shows a subscription without its secret."""
    with database(request).transaction() as connection:
        found = subscriptions.find(connection, subscription_id, caller.sees)
    return replies.json(_shown(request, found or no("subscription")))


@router.patch(
    "/v1/subscriptions/{subscription_id}",
    tags=["subscriptions"],
    summary="Change a subscription; what is not named stays",
    openapi_extra=openapi.request_body("subscription.patch"),
    responses={
        **openapi.reply("subscription.reply"),
        **openapi.problem_responses(*BODY, *KEY, "not_found", "conflict"),
    },
)
async def change_subscription(request: Request, subscription_id: UUID, caller: Manager) -> Response:
    """Changes what the document names; enabling sends what is owed, unless that is to be discarded."""
    changes = await documents.read(request, settings(request), "subscription", part="patch")
    if "url" in changes:
        _check_url(request, changes["url"])
    check_filter(changes)
    changed = await run_in_threadpool(_change, request, subscription_id, caller.sees, changes)
    return replies.json(_shown(request, changed or no("subscription")))


def _change(
    request: Request, subscription_id: UUID, source: str | None, changes: dict[str, Any]
) -> dict[str, Any] | None:
    if changes.get("backlog") == "discard":
        _discard(request, subscription_id, source)
    with database(request).transaction() as connection:
        if not changes.keys().isdisjoint(("url", *carried.MEMBERS)):
            url, stored = subscriptions.carried(connection, subscription_id, source) or no("subscription")
            along = _along(request, subscription_id, stored, changes, is_moved=changes.get("url", url) != url)
            changes = {**changes, "carried": carried.sealed(_vault(request), subscription_id, along)}
        return subscriptions.change(connection, subscription_id, source, changes)


def _along(
    request: Request, subscription_id: UUID, stored: bytes | None, changes: dict[str, Any], *, is_moved: bool
) -> Carried:
    """Returns what is carried from now on. What was given for one endpoint is never sent to another."""
    if all(name in changes for name in carried.MEMBERS):  # then the former need not be opened
        return _checked(NOTHING.changed(changes))
    try:
        former = carried.opened(_vault(request), subscription_id, stored)
    except VaultError:
        raise CallerError(
            "conflict",
            "What is sent along now cannot be decrypted: give both headers and basic_auth, or null for them.",
        ) from None
    for name in carried.MEMBERS:
        if is_moved and name not in changes and getattr(former, name):
            said = f"{name} were given for the former URL: give them anew with this one, or null."
            refuse(Violation("/url", "endpoint", f"{name} beside it", "a URL alone", said))
    return _checked(former.changed(changes))


def _checked(along: Carried) -> Carried:
    if fault := along.fault():
        refuse(fault)
    return along


def _discard(request: Request, subscription_id: UUID, source: str | None) -> None:
    """Discards what waits at this moment; first, so that none of it is sent once it is enabled."""
    with database(request).transaction() as connection:
        if subscriptions.find(connection, subscription_id, source) is None:
            no("subscription")
        now = backlog.moment(connection)
    _discard_until(request, subscription_id, now)


def _discard_until(request: Request, subscription_id: UUID, until: datetime) -> None:
    discarded = backlog.PAGE
    while discarded == backlog.PAGE:
        with database(request).transaction() as connection:
            discarded = backlog.discard(connection, subscription_id, until)


@router.post(
    "/v1/subscriptions/{subscription_id}/rotate",
    tags=["subscriptions"],
    summary="Make a new secret, shown only now; the former one goes on for a while",
    openapi_extra=openapi.request_body("subscription.rotation", required=False),
    responses={
        **openapi.reply("subscription.reply"),
        **openapi.problem_responses(*BODY, *KEY, "not_found", "conflict"),
    },
)
async def rotate_secret(request: Request, subscription_id: UUID, caller: Manager) -> Response:
    """Makes a new secret; answers once no request is under way that is signed without it."""
    wanted: dict[str, Any] = {}
    if not body.is_empty(request):
        wanted = await documents.read(request, settings(request), "subscription", part="rotation")
    overlap = wanted.get("overlap_seconds", OVERLAP_SECONDS)
    made, secret = await run_in_threadpool(_rotate, request, subscription_id, caller.sees, overlap)
    await _until_sent(request, subscription_id, made.leases)
    return replies.json({**_shown(request, made.subscription), **_shown_once(secret)})


def _rotate(
    request: Request, subscription_id: UUID, source: str | None, overlap_seconds: float
) -> tuple[secrets.Rotation, signature.Secret]:
    with database(request).transaction() as connection:
        found = subscriptions.find(connection, subscription_id, source) or no("subscription")
        secret = _new_secret(found["signature_scheme"])
        made = secrets.rotate(
            connection,
            subscription_id,
            source,
            _vault(request).seal(subscription_id, signature.dump(secret)),
            overlap_seconds=overlap_seconds,
            public_key=_public(secret),
        )
    return made or no("subscription"), secret


@router.get(
    "/v1/subscriptions/{subscription_id}/jwks",
    tags=["subscriptions"],
    summary="The public keys of a subscription that is signed for with v1a; needs no API key",
    openapi_extra={"security": []},
    responses=openapi.problem_responses("not_found"),
)
def show_public_keys(request: Request, subscription_id: UUID) -> Response:
    """Shows the keys that verify its deliveries, the newest first, as a JSON Web Key Set."""
    with database(request).transaction() as connection:
        found = secrets.public_keys(connection, subscription_id)
    if not found:
        no("subscription with a public key")
    return replies.json({"keys": [signature.jwk(each) for each in found]})


async def _until_sent(request: Request, subscription_id: UUID, leases: list[UUID]) -> None:
    """Waits for what was leased before a rotation: whoever learns the new secret may ask for it at once."""

    def is_sending() -> bool:
        with database(request).transaction() as connection:
            return secrets.is_sending(connection, subscription_id, leases)

    try:
        async with asyncio.timeout(SENT_SECONDS):
            while await run_in_threadpool(is_sending):  # noqa: ASYNC110 - the database tells no event
                await asyncio.sleep(LOOK_SECONDS)
    except (TimeoutError, OutageError):
        pass  # the secret is shown all the same: nobody could show it later


@router.delete(
    "/v1/subscriptions/{subscription_id}",
    status_code=204,
    tags=["subscriptions"],
    summary="End a subscription; what is still owed is discarded",
    responses=openapi.problem_responses(*KEY, "not_found"),
)
def unsubscribe(request: Request, subscription_id: UUID, caller: Manager) -> Response:
    """Ends a subscription."""
    with database(request).transaction() as connection:
        if not subscriptions.delete(connection, subscription_id, caller.sees):
            no("subscription")
        now = backlog.moment(connection)
    with suppress(OutageError):  # it is ended: a dispatcher discards what is left
        _discard_until(request, subscription_id, now)
    return Response(status_code=204)


def _check_url(request: Request, url: str) -> None:
    if fault := cast("Policy", request.app.state.policy).url_fault(url):
        refuse(Violation("/url", "address", "a URL that may be called", "another", fault))


_SHOWN_WHERE_THERE = (
    "former_secrets_until",
    "public_key",
    "failing_since",
    "disabled_at",
    "disabled_reason",
)


def _shown(request: Request, subscription: dict[str, Any]) -> dict[str, Any]:
    """Times as the contract writes them, the names of what is carried; not those that cannot be opened."""
    with suppress(VaultError):
        along = carried.opened(_vault(request), subscription["id"], subscription["carried"])
        subscription = {**subscription, **along.shown()}
    times = {name: records.timestamp(subscription[name]) for name in ("created_at", "updated_at")}
    for name in ("former_secrets_until", "failing_since", "disabled_at"):
        if at := subscription[name]:
            times[name] = records.timestamp(at)
    absent = {name for name in _SHOWN_WHERE_THERE if subscription[name] is None}
    health = {**subscription["health"]}
    if (held_until := health.pop("held_until")) is not None:
        health["held_until"] = records.timestamp(held_until)
    shown = {**subscription, **times, "health": health, "verified": not subscription["unverified"]}
    return {name: value for name, value in shown.items() if name not in {*absent, "unverified", "carried"}}


def _vault(request: Request) -> Vault:
    return cast("Vault", request.app.state.vault)
