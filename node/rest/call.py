"""From an HTTP request to a call: the checks every route shares, in their order. No use-case is touched before all of them passed."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic

import structlog
from aiohttp import hdrs, web

from federation.model.refusal import Reason
from node.ports.services import Caller
from node.rest.answers import TRAIL
from node.rest.auth import App, Doorkeeper, body_token, header_token
from node.rest.envelope import DataT, Request, RequestHead, parse
from node.rest.errors import EdgeError
from node.rest.limits import Limits

IDEMPOTENCY_KEY = "Idempotency-Key"
_KEY = re.compile(r"[!-~]{1,128}")
_BAD_REQUEST, _UNAUTHORISED, _TIMEOUT, _TOO_LARGE, _UNSUPPORTED = 400, 401, 408, 413, 415


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[DataT]):
    """An authenticated, well-formed request. `key` is the same for every retry of one wish."""

    caller: Caller
    key: str
    data: DataT


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One interface of clause 12.1; the router and the OpenAPI document are both made from it."""

    path: str
    summary: str
    ask: type[Request[Any]]
    tell: type[Any]  # an `Answer[…]`
    serve: Callable[[web.Request, Call[Any]], Awaitable[web.StreamResponse]]
    sends_file: bool = False
    body_bytes: int | None = None  # where it takes more than other routes do: its requests then share few places


def check_surface(request: web.Request) -> None:
    """Check what can be checked before the body is read.

    Raises:
        EdgeError: 400 for a query string (a token or a number there would be logged on its way), 415 for anything but plain JSON in UTF-8.
    """
    if request.query_string:
        detail = "the query string must be empty: a token goes into the Authorization header, all else into the body"
        raise EdgeError(_BAD_REQUEST, Reason.BAD_PARAMETER, detail)
    if request.content_type != "application/json" or (request.charset or "utf-8").lower() not in {"utf-8", "utf8"}:
        raise EdgeError(_UNSUPPORTED, Reason.BAD_PARAMETER, "Content-Type must be application/json in UTF-8")
    if hdrs.CONTENT_ENCODING in request.headers:
        raise EdgeError(
            _UNSUPPORTED, Reason.BAD_PARAMETER, "Content-Encoding is not accepted: send the body uncompressed"
        )


async def _body(request: web.Request, limits: Limits, most: int) -> bytes:
    """The whole body, within its bounds of size and time."""
    body = bytearray()
    try:
        async with asyncio.timeout(limits.body_s):
            while piece := await request.content.readany():
                body += piece
                if len(body) > most:
                    raise EdgeError(_TOO_LARGE, Reason.TOO_LARGE, f"the body is larger than {most} bytes")
    except TimeoutError:
        detail = f"the body did not arrive within {limits.body_s:g} s"
        raise EdgeError(_TIMEOUT, Reason.BAD_PARAMETER, detail, next_step="send the request again") from None
    return bytes(body)


def _key(request: web.Request) -> str:
    """The Idempotency-Key, or else the request id."""
    key = request.headers.get(IDEMPOTENCY_KEY, request[TRAIL].request_id)
    if not _KEY.fullmatch(key):
        detail = f"{IDEMPOTENCY_KEY}: 1 to 128 visible ASCII characters"
        raise EdgeError(_BAD_REQUEST, Reason.BAD_PARAMETER, detail)
    return key


def _check_head(head: RequestHead, app: App, *, in_header: bool) -> None:
    if in_header and head.access_token is not None:  # RFC 6750 §2: one method per request
        detail = "head.accessToken: the token is in the Authorization header already"
        raise EdgeError(_BAD_REQUEST, Reason.BAD_PARAMETER, detail)
    if head.app_id not in {"", app.app_id}:
        detail = "head.appId: the token belongs to another application"
        raise EdgeError(_UNAUTHORISED, Reason.NOT_AUTHORISED, detail)


async def read_call(request: web.Request, route: Route, doorkeeper: Doorkeeper, limits: Limits) -> Call[Any]:
    """Authenticate `request`, then read it as `route` says.

    Raises:
        EdgeError: with the HTTP status of the first check that failed.
    """
    token = header_token(request)
    app = None if token is None else doorkeeper.admit(token)
    body = await _body(request, limits, route.body_bytes or limits.body_bytes)
    if app is None:
        app = doorkeeper.admit(body_token(body))
    structlog.contextvars.bind_contextvars(app_id=app.app_id)
    request[TRAIL].app_id = app.app_id
    asked = parse(route.ask, body)
    trail = request[TRAIL]
    trail.request_id = asked.head.request_id or trail.request_id
    structlog.contextvars.bind_contextvars(request_id=trail.request_id)
    _check_head(asked.head, app, in_header=token is not None)
    return Call(caller=app.caller, key=_key(request), data=asked.data)
