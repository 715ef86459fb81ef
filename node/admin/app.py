"""The admin application: `/healthz`, `/readyz`, `/metrics`, and commands under `/admin/v1` that need the node's own token. DESIGN §9.

For a loopback port: no TLS. The operator's token is one the node writes into its data directory at every start, so whoever may read that
directory may give commands; what changes lists takes the token of a list manager (`lists`). No personal data passes here, but the account
of an operator on its way into a digest, and in answers about drafts and moves the accounts of managers.
"""

import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog
from aiohttp import hdrs, web

from federation.model.publication import PublicationError
from federation.model.refusal import Reason
from node.admin import openapi
from node.admin.doorkeeper import Doorkeeper
from node.admin.list_bodies import bounded
from node.admin.lists import MANAGER
from node.admin.paths import (
    ADOPT_PATH,
    CONTENTS_PATH,
    LISTS_PREFIX,
    NOTICES_PATH,
    OBJECTIONS_PATH,
    ORDERS_PATH,
    READY_PATH,
    REVIEWS_PATH,
    SIGN_ORDER_PATH,
    STATUS_PATH,
)
from node.errors import NodeError, RefusedError
from node.metrics import CONTENT_TYPE, Metrics
from node.ports.lists import Kind
from node.ports.services import Administration
from node.ports.store import StoreError
from node.usecases.workshop.managers import Manager
from node.usecases.workshop.refused import ListRefusedError

_MAX_BODY = 4096  # bytes; a stop order is the largest
_MAX_TEXT = 256  # characters of a member of a command
_MAX_DOCUMENTS = 64 << 20  # bytes; membership documents are the exception
_BAD_REQUEST, _UNAUTHORISED, _FORBIDDEN, _CONFLICT, _UNPROCESSABLE, _UNAVAILABLE = 400, 401, 403, 409, 422, 503
_WHO = frozenset({Reason.NOT_AUTHORISED, Reason.FOUR_EYES})
_LISTS = (
    openapi.PATH,
    REVIEWS_PATH,
    OBJECTIONS_PATH,
    CONTENTS_PATH,
    NOTICES_PATH,
    *(f"{LISTS_PREFIX}{kind.value}" for kind in Kind),
)

_log = structlog.get_logger("node.admin")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _guard(keeper: Doorkeeper) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Ask for a token under /admin, and turn the node's own errors into answers that a person can read."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/admin/") and not _admitted(keeper, request):
            headers = {hdrs.WWW_AUTHENTICATE: "Bearer"}
            error = "this needs the admin token from the node's data directory; what concerns lists, a manager's token"
            return web.json_response({"error": error}, status=_UNAUTHORISED, headers=headers)
        try:
            return await handler(request)
        except (NodeError, PublicationError, StoreError) as wrong:
            body, status = _told(wrong)
            return web.json_response(body, status=status)

    return middleware


def _admitted(keeper: Doorkeeper, request: web.Request) -> bool:
    """The operator everywhere, a manager with the lists, reviews, objections, notices and contents."""
    operator, manager = keeper.admit(request)
    if manager is not None and request.path.startswith(_LISTS):
        request[MANAGER] = manager
        return True
    return operator


def _told(wrong: Exception) -> tuple[dict[str, Any], int]:
    """What the answer says of an error, and its status."""
    match wrong:
        case CommandError():
            return {"error": str(wrong)}, _BAD_REQUEST
        case RefusedError():
            told = {"error": str(wrong), "refusal": wrong.refusal.to_dict()}
            if isinstance(wrong, ListRefusedError):
                return {**told, "problems": [one.to_dict() for one in wrong.faults], "more": wrong.more}, _UNPROCESSABLE
            return told, _FORBIDDEN if wrong.refusal.reason in _WHO else _CONFLICT
        case StoreError():
            return {"error": f"{wrong}; look what was done, then repeat"}, _UNAVAILABLE
        case _:
            return {"error": str(wrong)}, _CONFLICT


class CommandError(NodeError):
    """A command that cannot be read; the message says why."""


class _Admin:
    """The handlers."""

    def __init__(self, administration: Administration, metrics: Metrics, ready: Callable[[], bool]) -> None:
        self._administration = administration
        self._metrics = metrics
        self._ready = ready

    async def healthz(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def readyz(self, _request: web.Request) -> web.Response:
        if self._ready():
            return web.json_response({"status": "ready"})
        return web.json_response({"status": "not ready"}, status=_UNAVAILABLE)

    async def metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=self._metrics.render(), headers={hdrs.CONTENT_TYPE: CONTENT_TYPE})

    async def status(self, _request: web.Request) -> web.Response:
        return web.json_response(dict(self._administration.status()))

    async def orders(self, _request: web.Request) -> web.Response:
        return web.json_response(dict(self._administration.orders()))

    async def give_order(self, request: web.Request) -> web.Response:
        order = await _texts(request, "kind", "subject", "action", "reason")
        return web.json_response(dict(await self._administration.give_order(**order)))

    async def sign_order(self, request: web.Request) -> web.Response:
        order = await _texts(request, "id")
        return web.json_response(dict(await self._administration.sign_order(order["id"])))

    async def adopt(self, request: web.Request) -> web.Response:
        held = dict(await self._administration.adopt(await _documents(request)))
        return web.json_response(held)


async def _texts(request: web.Request, *names: str) -> dict[str, str]:
    """The members of a command's JSON body: these texts and nothing else, each bounded.

    Raises:
        CommandError: anything else.
    """
    try:
        raw = await request.json()
    except (ValueError, RecursionError) as error:
        raise CommandError("the body is not JSON") from error
    if not isinstance(raw, dict) or set(raw) != set(names):
        raise CommandError(f"the body has the members {', '.join(names)}")
    if not all(isinstance(value, str) and len(value) <= _MAX_TEXT for value in raw.values()):
        raise CommandError(f"each member is a text of at most {_MAX_TEXT} characters")
    return raw


async def _documents(request: web.Request) -> list[bytes]:
    """The documents of a command to adopt: a JSON list of texts.

    Raises:
        RefusedError: too large, or something else.
    """
    body = await bounded(request.content, _MAX_DOCUMENTS)
    try:
        texts = json.loads(body)["documents"]
        return [text.encode() for text in texts]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RefusedError(Reason.BAD_PARAMETER, "documents: a list of texts") from error


def make_admin_app(
    *,
    administration: Administration,
    metrics: Metrics,
    token: str,
    ready: Callable[[], bool],
    managers: Iterable[tuple[str, Manager]] = (),
    lists: Iterable[web.RouteDef] = (),
) -> web.Application:
    """The admin application; `ready` says whether the node takes requests (False at start and while draining).

    `managers` are pairs of a token's SM3 (hex) and its owner, `lists` what `list_routes` gives.

    Raises:
        ValueError: `token` is empty, or the digest of a manager's is none.
    """
    keeper = Doorkeeper(token, managers)
    admin = _Admin(administration, metrics, ready)
    app = web.Application(client_max_size=_MAX_BODY, middlewares=[_guard(keeper)])
    app.add_routes(
        [
            web.get("/healthz", admin.healthz),
            web.get(READY_PATH, admin.readyz),
            web.get("/metrics", admin.metrics),
            web.get(STATUS_PATH, admin.status),
            web.get(ORDERS_PATH, admin.orders),
            web.post(ORDERS_PATH, admin.give_order),
            web.post(SIGN_ORDER_PATH, admin.sign_order),
            web.post(ADOPT_PATH, admin.adopt),
            *lists,
        ]
    )
    return app
